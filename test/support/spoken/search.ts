import { telling } from './forms.js';
import { viewsOf } from './views.js';

/** What must not be said, ready to be looked for. */
export interface Forbidden {
  /** A name by each form of each secret, in lower case. */
  readonly secrets: ReadonlyMap<string, string>;
  /** Beginnings of signatures, in lower case. */
  readonly signatures: ReadonlySet<string>;
}

/** Something that should not be there. */
export interface Found {
  readonly what: string;
  /** The words before it; all that could be a secret is left out. */
  readonly after: string;
}

const newline = String.raw`(?:\r?\n|\\+r?\\*n|%0a)`;
const line = String.raw`[^\r\n\\]{1,400}`;
const digest = '(?:[a-z0-9+/]{22}==)?';
const day = String.raw`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`;
/** Verb, digest, key, date; and the line that SymetryML's servers have in place of the key when they quote it. */
const stringToSign = new RegExp(
  `\\b(?:get|post|put|delete|patch|head)${newline}${digest}${newline}${line}${newline}${day}|${newline}secretkey${newline}`,
);

const tokens = new RegExp(`[a-z0-9+/_-]{${telling},}`, 'g');

const wordsBefore = (text: string, at: number): string => text.slice(Math.max(0, at - 120), at).replace(/[a-z0-9+/=_-]{8,}/gi, '…');

const signatureIn = (text: string, signatures: ReadonlySet<string>): number => {
  for (const { 0: token, index } of text.matchAll(tokens)) {
    const standard = token.replaceAll('-', '+').replaceAll('_', '/');
    for (let start = 0; start + telling <= standard.length; start += 1)
      if (signatures.has(standard.slice(start, start + telling))) return index + start;
  }
  return -1;
};

/** Everything in a text that is forbidden, each once. */
export const searchText = (text: string, { secrets, signatures }: Forbidden): readonly Found[] => {
  const found = new Map<string, Found>();
  const note = (what: string, view: string, at: number): void => {
    if (at >= 0 && !found.has(what)) found.set(what, { what, after: wordsBefore(view, at) });
  };
  for (const view of viewsOf(text).map((each) => each.toLowerCase())) {
    for (const [form, name] of secrets) note(name, view, view.indexOf(form));
    if (signatures.size > 0) note('a signature', view, signatureIn(view, signatures));
    note('a string to sign', view, view.search(stringToSign));
  }
  return [...found.values()];
};
