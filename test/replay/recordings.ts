import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SimulatedUser } from '../../src/simulator/index.js';
import type { Json } from './json.js';

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

const committed = fileURLToPath(new URL('../recordings/elasticsearch-ml', import.meta.url));

/** Where recordings are read from; another folder of the same form may be named. */
export const folder = process.env.VIGIL_RECORDINGS ?? committed;

/** Whether these are the project's own, whose skipped entries are counted. */
export const areOwn = folder === committed;

const read = <Value>(file: string): Value => {
  const value: Value = JSON.parse(readFileSync(file, 'utf8'));
  return value;
};

function load(file: string): Recording {
  const name = relative(folder, file);
  // Recordings of the same servers elsewhere need no setups of their own.
  const setupFile = [folder, committed].map((root) => join(root, name.replace(/\.json$/, '.setup.json'))).find((path) => existsSync(path));
  const setup = setupFile === undefined ? {} : read<Setup>(setupFile);
  const number = /\d+\.\d+/.exec(basename(file)) ?? /\d+\.\d+/.exec(name);
  return { name, version: setup.version ?? number?.[0] ?? '8.17', entries: read<readonly Entry[]>(file), setup };
}

/** Every recording there is, in the order of the names. */
export const recordings = (): readonly Recording[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json') && !name.endsWith('.setup.json'))
    .sort()
    .map((name) => load(join(folder, name)));

/** The numbers that such a text stands for. */
export function numbersOf(text: EntryNumbers): readonly number[] {
  return text.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}
