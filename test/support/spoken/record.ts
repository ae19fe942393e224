import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { formsOf, signatureForms } from './forms.js';
import { type Found, searchText } from './search.js';

/** All that was said in a file of tests, and all that should not have been. */
export interface SpokenRecord {
  /** Keeps a text until the search; or a list that may still grow, or a way to ask for what there is by then. */
  hear(where: string, text: string | readonly string[] | (() => string)): void;
  /** Must not be heard in any form. `name` tells what it is, and is shown. */
  forbidSecret(name: string, secret: string): void;
  /** In Base64, as sent. */
  forbidSignature(signature: string): void;
  /** Searches the files of a folder at once, for what is known by now: the folder may be gone later. */
  hearFiles(where: string, folder: string): void;
  /** How many secrets and signatures are looked for, and how many files were searched. */
  known(): { readonly secrets: number; readonly signatures: number; readonly files: number };
  /** Where what was found, without telling it. */
  findings(): readonly string[];
}

const pieceBytes = 4 * 1024 * 1024;
/** Nothing that is looked for is longer, whatever its escapes. */
const overlapBytes = 16 * 1024;
/** Texts that are searched in one go. */
const batchLength = 1024 * 1024;

/** A file as text of one character for each byte, in pieces that overlap. */
function* piecesOf(path: string): Generator<string> {
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.alloc(pieceBytes);
    for (let at = 0; ; at += pieceBytes - overlapBytes) {
      const length = readSync(file, buffer, 0, pieceBytes, at);
      if (length === 0) return;
      yield buffer.toString('latin1', 0, length);
      if (length < pieceBytes) return;
    }
  } finally {
    closeSync(file);
  }
}

/** Texts of one place in batches, so that a search has long strings to go through. */
function* batchesOf(texts: readonly string[]): Generator<string> {
  let batch: string[] = [];
  let length = 0;
  for (const text of texts) {
    batch.push(text);
    length += text.length;
    if (length < batchLength) continue;
    yield batch.join('\n');
    batch = [];
    length = 0;
  }
  if (batch.length > 0) yield batch.join('\n');
}

const isGone = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

export const createSpokenRecord = (): SpokenRecord => {
  const secrets = new Map<string, string>();
  const named = new Set<string>();
  const signatures = new Set<string>();
  const seen = new Set<string>();
  const heard: { readonly where: string; readonly texts: () => readonly string[] }[] = [];
  const said = new Map<string, string[]>();
  const found = new Set<string>();
  let files = 0;
  const report = (where: string, what: readonly Found[]): void => {
    for (const each of what) found.add(`${each.what} in ${where}, after “${each.after}”`);
  };
  return {
    hear: (where, text) => {
      if (typeof text !== 'string') {
        heard.push({ where, texts: () => (typeof text === 'function' ? [text()] : text) });
        return;
      }
      const texts = said.get(where);
      if (texts) texts.push(text);
      else said.set(where, [text]);
    },
    forbidSecret: (name, secret) => {
      const forms = formsOf(secret);
      if (forms.length > 0) named.add(secret);
      for (const form of forms) if (!secrets.has(form)) secrets.set(form, name);
    },
    forbidSignature: (signature) => {
      if (seen.has(signature)) return;
      seen.add(signature);
      for (const form of signatureForms(signature)) signatures.add(form);
    },
    hearFiles: (where, folder) => {
      try {
        for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
          const path = join(folder, name);
          if (!statSync(path).isFile()) continue;
          files += 1;
          for (const piece of piecesOf(path)) report(`${where} (${name})`, searchText(piece, { secrets, signatures }));
        }
      } catch (error) {
        // A store that was never opened, or a file that it has just put away.
        if (!isGone(error)) throw error;
      }
    },
    known: () => ({ secrets: named.size, signatures: seen.size, files }),
    findings: () => {
      const all = [...heard, ...[...said].map(([where, texts]) => ({ where, texts: () => texts }))];
      for (const { where, texts } of all) for (const batch of batchesOf(texts())) report(where, searchText(batch, { secrets, signatures }));
      return [...found];
    },
  };
};
