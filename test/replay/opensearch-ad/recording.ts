import type { Json } from '../json.js';
import type { EntryNumbers, Step } from '../recordings.js';
import type { Documents } from './documents.js';

/** A request and what the server answered. */
export interface Call {
  readonly label: string;
  /** Epoch milliseconds; absent: at the same time as the ones before it. */
  readonly at?: number;
  /** How long the answer took. */
  readonly ms?: number;
  readonly request: { readonly method: string; readonly path: string; readonly body?: Json };
  readonly response: { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body: Json };
}

/** What was seen at one moment of polling; `__next` begins the next run. */
export interface Moment {
  readonly __next?: string;
  readonly t_ms?: number;
  readonly tasks?: readonly Json[] | 'same as before';
  /** `_profile/ad_task` of the detector. */
  readonly profile?: Json;
  /** `_profile?_all` by name. */
  readonly profiles?: Readonly<Record<string, Json>> | 'same as before';
}

/** Does exchanges of another recording, to have what they leave behind. */
export interface Earlier {
  /** Of the same folder, or from there. */
  readonly earlier: string;
  readonly entries: EntryNumbers;
  /** Ids of that recording in the words of this one. */
  readonly as?: Readonly<Record<string, string>>;
}

/** Something that was done without being recorded in this file; to advance is to let so much time pass. */
export type LifeStep = Step | Earlier | { readonly documents: Documents } | { readonly advance: number };

/** How one run of polling was made. */
export interface PollSetup {
  /** The exchange that began it. */
  readonly after: number;
  /** The exchange before which it had ended; absent: none came after it. */
  readonly before?: number;
  /** Detectors by the names that the profiles have. */
  readonly profiles?: Readonly<Record<string, string>>;
  /** Why looks at these (`task <detector>`, `profile`, `profile <name>`) are not compared. */
  readonly skip?: Readonly<Record<string, string>>;
}

/** What belongs to such a recording and stands in no entry of it. */
export interface LifeSetup {
  readonly version?: string;
  readonly before?: readonly LifeStep[];
  /** Before the exchange of this number. */
  readonly steps?: Readonly<Record<string, readonly LifeStep[]>>;
  /** After the exchange of this number, at once. */
  readonly then?: Readonly<Record<string, readonly LifeStep[]>>;
  /** Exchanges that are sent at another time than recorded, in milliseconds after the first. */
  readonly pace?: readonly { readonly entries: EntryNumbers; readonly at: number }[];
  /** Bodies that the recording cut. */
  readonly bodies?: Readonly<Record<string, Documents>>;
  /** Headers that the recording does not tell. */
  readonly headers?: readonly { readonly entries: EntryNumbers; readonly headers: Readonly<Record<string, string>> }[];
  /** One for each run of polling. */
  readonly polls?: readonly PollSetup[];
  readonly skip?: readonly { readonly entries: EntryNumbers; readonly why: string }[];
  readonly ignore?: readonly { readonly entries: EntryNumbers; readonly paths: readonly string[]; readonly why: string }[];
}

/** A recording of a server's life, with its setup. */
export interface Life {
  readonly form: 'life';
  readonly name: string;
  readonly version: string;
  readonly exchanges: readonly Call[];
  readonly polls: readonly Moment[];
  readonly setup: LifeSetup;
  /** Exchanges of another recording beside it. */
  other(name: string): readonly Call[];
}

/** The runs of polling, one after the other. */
export function runsOf(polls: readonly Moment[]): readonly (readonly Moment[])[] {
  const runs: Moment[][] = [];
  for (const moment of polls) {
    if (moment.__next !== undefined || runs.length === 0) runs.push([]);
    if (moment.__next === undefined) runs.at(-1)?.push(moment);
  }
  return runs;
}
