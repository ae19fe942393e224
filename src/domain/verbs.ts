import type { VigilError } from '../errors.js';
import type { DateRange } from './values.js';
import type { DetectorRun, Instant } from './vocabulary.js';

/** A verb on a job, on what feeds it, or on a task, with its arguments; ids are native. */
export type Verb =
  | { readonly action: 'OPEN_JOB'; readonly jobId: string; readonly timeoutMs?: number }
  | { readonly action: 'CLOSE_JOB'; readonly jobId: string; readonly force?: boolean; readonly timeoutMs?: number }
  | { readonly action: 'RESET_JOB'; readonly jobId: string; readonly deleteUserAnnotations?: boolean }
  | { readonly action: 'DELETE_JOB'; readonly jobId: string; readonly force?: boolean; readonly deleteUserAnnotations?: boolean }
  | { readonly action: 'REVERT_JOB'; readonly jobId: string; readonly snapshotId: string; readonly deleteInterveningResults?: boolean }
  | { readonly action: 'KILL_JOB'; readonly jobId: string }
  /** The gateway's own: takes the result of a job that was not begun through it. Adapters are never asked to run it. */
  | { readonly action: 'COLLECT_JOB_RESULT'; readonly jobId: string }
  /** `jobId`: the job it feeds, whose state decides. `start` absent: where it stopped, or the beginning of the data; `end` absent: it goes on with new data. */
  | {
      readonly action: 'START_DATAFEED';
      readonly jobId: string;
      readonly datafeedId: string;
      readonly start?: Instant;
      readonly end?: Instant;
      readonly timeoutMs?: number;
    }
  | {
      readonly action: 'STOP_DATAFEED';
      readonly jobId: string;
      readonly datafeedId: string;
      readonly force?: boolean;
      readonly timeoutMs?: number;
    }
  | { readonly action: 'CANCEL_TASK'; readonly taskId: string };

/** A verb on a detector; ids are native. */
export type DetectorVerb =
  | { readonly action: 'START_DETECTOR'; readonly detectorId: string; readonly run: 'REALTIME' }
  | { readonly action: 'START_DETECTOR'; readonly detectorId: string; readonly run: 'HISTORICAL'; readonly dateRange: DateRange }
  | { readonly action: 'STOP_DETECTOR'; readonly detectorId: string; readonly run: DetectorRun };

/**
 * Starts a job. What it takes is the vendor's own (its mutation stands in its `graphql.ts`) and may hold credentials: it is handed to the adapter and kept
 * nowhere.
 */
export interface StartVerb {
  readonly action: 'START_JOB';
  /** Null: not kept. */
  readonly request: unknown;
}

export type AnyVerb = Verb | DetectorVerb | StartVerb;

/**
 * What a verb's call came to: it is done, or it goes on as a task of the vendor's. `taskId` is native. Of a verb that is no kind of task itself
 * (`taskKindOf` UNKNOWN) it names the task the verb acts on: the run that was stopped. Null: begun, but the vendor did not say as which task.
 */
export type VerbAnswer = { readonly done: true; readonly taskId?: string } | { readonly done: false; readonly taskId: string | null };

/** How a verb stands, judged from the object it was sent to: for calls whose answer was lost. */
export type VerbStanding =
  | { readonly state: 'RUNNING' }
  | { readonly state: 'SUCCEEDED' }
  | { readonly state: 'FAILED'; readonly error: VigilError }
  /** The object tells nothing either way. */
  | { readonly state: 'UNKNOWN' };
