import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse } from 'yaml';
import type { SpokenRecord } from './record.js';

type Tree = Readonly<Record<string, unknown>>;
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null;

const shown = new Set(['kind', 'username', 'customerId']);

/** Texts below every `auth`, and passphrases, wherever they stand. */
function* secretsIn(tree: Tree, inAuth = false): Generator<string> {
  for (const [key, value] of Object.entries(tree)) {
    const isSecret = (inAuth && !shown.has(key)) || key === 'passphrase';
    if (isTree(value)) yield* secretsIn(value, inAuth || key === 'auth');
    else if (typeof value === 'string' && isSecret) yield value;
    else if (key === 'url' && typeof value === 'string' && URL.canParse(value)) yield decodeURIComponent(new URL(value).password);
  }
}

const parsed = (text: string): unknown => {
  try {
    return parse(text);
  } catch {
    // Some tests write what is no YAML on purpose.
    return undefined;
  }
};

type Environment = Readonly<Record<string, string | undefined>>;

/** What a configuration file and its environment keep secret. */
export const forbidConfig = (record: SpokenRecord, text: string, env: Environment = {}): void => {
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && /password|token|secret|key/i.test(name)) record.forbidSecret(`the variable ${name}`, value);
  const tree = parsed(text);
  if (!isTree(tree)) return;
  for (const secret of secretsIn(tree))
    record.forbidSecret(
      'a secret of the configuration',
      secret.replace(/\$\{(\w+)\}/g, (_all, name: string) => env[name] ?? ''),
    );
};

/** The folder of an embedded store; undefined where there is none. */
export const storeFolder = (text: string, file: string): string | undefined => {
  const tree = parsed(text);
  const store = isTree(tree) && isTree(tree.store) ? tree.store : undefined;
  if (store === undefined || (store.kind ?? 'embedded') !== 'embedded') return undefined;
  return resolve(dirname(file), typeof store.path === 'string' ? store.path : './.vigil');
};

const textOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // The command has to tell that it cannot be read.
    return undefined;
  }
};

/** What a command line must keep secret, by its environment and the file it is pointed to; and the folder of its store, where it has one. */
export const forbidCommand = (
  record: SpokenRecord,
  argv: readonly string[],
  { cwd = process.cwd(), env = {} }: { readonly cwd?: string; readonly env?: Environment },
): string | undefined => {
  const named = argv[argv.indexOf('--config') + 1];
  const file = resolve(cwd, argv.includes('--config') && named !== undefined ? named : 'vigil.yaml');
  const text = textOf(file);
  forbidConfig(record, text ?? '', env);
  return text === undefined ? undefined : storeFolder(text, file);
};
