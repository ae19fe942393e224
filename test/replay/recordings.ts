import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulatedUser } from '../../src/simulator/index.js';
import type { Json } from './json.js';
import type { Call, Life, LifeSetup, Moment } from './opensearch-ad/recording.js';

/** A request and what the server answered. */
export interface Exchange {
  readonly note?: string;
  readonly method: string;
  readonly path: string;
  readonly request_headers?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text where it was no JSON. */
  readonly response: Json;
}

/** One entry of a recording: a request, or one of the other forms. */
export type Entry =
  | Exchange
  | { readonly note: string; readonly series: readonly Json[] }
  | {
      readonly note: string;
      readonly matrix: Readonly<Record<string, Readonly<Record<string, readonly [status: number, reason: string]>>>>;
    }
  | { readonly note: string; readonly answers: readonly Json[] }
  | { readonly note: string; readonly status: number; readonly response: Json }
  | { readonly note: string };

/** Something that was done without being recorded. */
export interface Step {
  readonly method: string;
  readonly path: string;
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** Repeats the request until the value at this dotted path is as given. */
  readonly until?: Readonly<Record<string, Json>>;
  /** Of the list in the answer the item with these members, which `learn` then looks at. */
  readonly find?: Readonly<Record<string, Json>>;
  /** Recorded ids that the answer names: dotted paths to it, joined by a colon. */
  readonly learn?: Readonly<Record<string, readonly string[]>>;
  /** Does not wait for the answer. */
  readonly meanwhile?: boolean;
}

/** Entries by number: `3`, `3-9`, `3-9,12`. */
export type EntryNumbers = string;

/** How a series was made. */
export interface SeriesSetup {
  readonly kind: 'job' | 'datafeed' | 'delete';
  readonly job: string;
  readonly datafeed?: string;
  /** The entry that is sent while this is watched. */
  readonly during?: number;
  /** Begins what is watched; absent: an entry did. */
  readonly trigger?: Step;
  /** States that were too short for the looks of the recording, as this harness writes them. */
  readonly unseen?: readonly string[];
}

/** What belongs to a recording and stands in no entry of it. */
export interface Setup {
  /** Dialect of the simulator; absent: as the folder or the file is called. */
  readonly version?: string;
  readonly speed?: number;
  /** Recorded node ids and the simulator's names of them; nodes without a name leave before anything is sent. */
  readonly nodes?: Readonly<Record<string, string>>;
  readonly users?: readonly SimulatedUser[];
  readonly before?: readonly Step[];
  /** Before the entry of this number. */
  readonly steps?: Readonly<Record<string, readonly Step[]>>;
  /** Requests of entries that only say what was answered. */
  readonly requests?: Readonly<Record<string, { readonly method: string; readonly path: string }>>;
  /** Paths in place of recorded ones that were cut. */
  readonly paths?: Readonly<Record<string, string>>;
  /** Headers in place of recorded ones that were taken out. */
  readonly headers?: readonly { readonly entries: EntryNumbers; readonly headers: Readonly<Record<string, string>> }[];
  readonly series?: Readonly<Record<string, SeriesSetup>>;
  /** Users and bodies of a matrix. */
  readonly matrix?: {
    readonly authorization: Readonly<Record<string, string>>;
    readonly bodies: Readonly<Record<string, Json>>;
  };
  readonly skip?: readonly { readonly entries: EntryNumbers; readonly why: string }[];
  /** Places of an answer that are not compared. */
  readonly ignore?: readonly { readonly entries: EntryNumbers; readonly paths: readonly string[]; readonly why: string }[];
}

/** A recording with its setup. */
export interface Recording {
  /** Folder and file. */
  readonly name: string;
  readonly version: string;
  readonly entries: readonly Entry[];
  readonly setup: Setup;
}

const committed = fileURLToPath(new URL('../recordings', import.meta.url));

/** Where recordings are read from; another folder of the same form, or of one vendor of it, may be named. */
export const folder = process.env.VIGIL_RECORDINGS ?? committed;

/** Whether these are the project's own, whose skipped entries are counted. */
export const areOwn = folder === committed;

const read = <Value>(file: string): Value => {
  const value: Value = JSON.parse(readFileSync(file, 'utf8'));
  return value;
};

/** The first of these files that there is. Recordings of the same servers elsewhere need no setups of their own. */
const beside = (name: string, vendor: string, end: string): string | undefined =>
  [folder, committed, join(committed, vendor)].map((root) => join(root, name.replace(/\.json$/, end))).find((path) => existsSync(path));

function loadSetup<Value extends object>(name: string, vendor: string): Value | undefined {
  const file = beside(name, vendor, '.setup.json');
  return file === undefined ? undefined : read<Value>(file);
}

const versionIn = (name: string): string | undefined => (/\d+\.\d+/.exec(basename(name)) ?? /\d+\.\d+/.exec(name))?.[0];

/** A file of the second form. */
interface LifeFile {
  readonly server: string;
  readonly exchanges: readonly Call[];
  readonly polls?: readonly Moment[];
}

function loadLife(name: string, { server, exchanges, polls = [] }: LifeFile): Life {
  const setup = loadSetup<LifeSetup>(name, 'opensearch-ad') ?? {};
  const other = (path: string) => {
    const file = beside(join(dirname(name), `${path}.json`), 'opensearch-ad', '.json');
    if (file === undefined) throw new TypeError(`${name} needs ${path}, which is not there`);
    return read<LifeFile>(file).exchanges;
  };
  const version = /\d+\.\d+\.\d+/.exec(server)?.[0] ?? versionIn(name) ?? '';
  return { form: 'life', name, version, exchanges, polls, setup, other };
}

function load(name: string): Recording | Life | undefined {
  const content = read<readonly Entry[] | LifeFile | object>(join(folder, name));
  if ('exchanges' in content && 'server' in content) return loadLife(name, content);
  if (!Array.isArray(content)) return undefined;
  const setup = loadSetup<Setup>(name, 'elasticsearch-ml') ?? {};
  return { name, version: setup.version ?? versionIn(name) ?? '8.17', entries: content, setup };
}

/** Every recording there is, in the order of the names. */
export const recordings = (): readonly (Recording | Life)[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !name.endsWith('.setup.json'))
    .sort()
    .flatMap((name) => load(name) ?? []);

/** The numbers that such a text stands for. */
export function numbersOf(text: EntryNumbers): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
