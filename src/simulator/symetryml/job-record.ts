import type { Json, JsonObject } from '../json.js';
import type { JobKindId } from './job-kinds.js';

/** What a job was asked to do. */
export interface JobInput {
  readonly projectId?: string;
  readonly modelId?: string;
  readonly dataSource?: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Json | undefined;
}

/** What a finished job hands over. */
export type JobResult =
  | { readonly values: JsonObject }
  /** A whole body as it is, be it JSON or not. */
  | { readonly raw: string; readonly status: number }
  /** A data frame written while it is sent. */
  | { readonly frame: { readonly key: string; readonly rows: number; readonly columns: number } };

export type JobState = 'queued' | 'running' | 'finished' | 'failed' | 'killed';

/** Why a job is no longer there. */
export type Removal = 'read' | 'listed' | 'reaped' | 'killed' | 'restarted' | 'taken';

/** A job, kept beyond its removal so that tests can ask what became of it. */
export interface JobRecord {
  readonly id: number;
  /** How often the server had been started when it was born: ids begin anew with each start. */
  readonly incarnation: number;
  readonly kind: JobKindId;
  readonly owner: string;
  readonly input: JobInput;
  readonly createdAt: number;
  /** Simulated; without, it runs until told. */
  readonly durationMs: number | undefined;
  /** Against the setting of its kind. */
  readonly killable: boolean | undefined;
  /** Against the literal of its kind. */
  readonly jobType: string | undefined;
  details: Readonly<Record<string, string>>;
  maximum: number;
  /** Set by control route; otherwise it follows the clock. */
  current: number | undefined;
  state: JobState;
  startedAt: number | undefined;
  doneAt: number | undefined;
  /** Given when planted; otherwise made by its kind when it ends. */
  result: JobResult | undefined;
  /** Why it failed, or is going to. */
  failure: string | undefined;
  removed: Removal | undefined;
  /** Times its end was handed out. */
  reads: number;
  /** Times it was asked for after it was gone, and before its number was given again. */
  lateReads: number;
}
