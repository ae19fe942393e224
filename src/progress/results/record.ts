import { z } from 'zod';
import { type Instant, type Job, jobStates, type Task, type TaskError, taskStates } from '../../domain/index.js';

const instant = z.number();
const object = <T>() => z.custom<T>((value) => typeof value === 'object' && value !== null && !Array.isArray(value));

const recordSchema = z.object({
  number: z.string().min(1),
  incarnation: z.string().regex(/^[0-9a-z]{1,26}$/),
  firstSeenAt: instant,
  ours: z.boolean(),
  job: object<Job>().nullable(),
  task: object<Task>().nullable(),
  intendedAt: instant.nullable(),
  end: z
    .object({ at: instant, jobState: z.enum(jobStates), taskState: z.enum(taskStates), error: object<TaskError>().nullable() })
    .nullable(),
  gone: z.boolean(),
  result: z.object({
    state: z.enum(['NONE', 'LOST', 'AVAILABLE', 'EXPIRED']),
    receivedAt: instant.nullable(),
    bytes: z.number().nullable(),
    leaving: z.boolean().optional(),
  }),
});

/** What is kept of one job, of many that may have had its number. Neither what the vendor sent as it was, nor what it was started with. */
export interface JobRecord {
  /** The vendor's id. */
  readonly number: string;
  readonly incarnation: string;
  readonly firstSeenAt: Instant;
  /** Begun through the gateway, or claimed: its result is collected. */
  readonly ours: boolean;
  /** As last seen, under the vendor's number; null: it was never listed. */
  readonly job: Job | null;
  readonly task: Task | null;
  /** When the question was intended that may take the result from the server; null: never. */
  readonly intendedAt: Instant | null;
  readonly end: RecordEnd | null;
  /** The server has it no longer: who has its number is another job. */
  readonly gone: boolean;
  readonly result: RecordResult;
}

/** How a job ended. */
export interface RecordEnd {
  readonly at: Instant;
  readonly jobState: Job['state'] & string;
  readonly taskState: Task['state'];
  readonly error: TaskError | null;
}

export interface RecordResult {
  readonly state: 'NONE' | 'LOST' | 'AVAILABLE' | 'EXPIRED';
  readonly receivedAt: Instant | null;
  readonly bytes: number | null;
  /** EXPIRED, and the body may still be in the store. */
  readonly leaving?: boolean | undefined;
}

/** `7~lx3k9a`. */
export const nameOf = ({ number, incarnation }: Pick<JobRecord, 'number' | 'incarnation'>): string => `${number}~${incarnation}`;

/** What a native id names: a job, or the latest one of its number. */
export const splitName = (name: string): { readonly number: string; readonly incarnation?: string } => {
  const tilde = name.lastIndexOf('~');
  return tilde < 0 ? { number: name } : { number: name.slice(0, tilde), incarnation: name.slice(tilde + 1) };
};

/** Throws for what is no record. */
export const parseRecord = (text: string): JobRecord => recordSchema.parse(JSON.parse(text));

/** What is not kept: what the vendor sent as it was may be large, and estimates are of the moment. */
export const lastingJob = ({ allowedActions: _actions, details, ...job }: Job): Job => {
  if (!details) return details === undefined ? job : { ...job, details };
  const { raw: _raw, ...kept } = details;
  return { ...job, details: kept };
};
export const lastingTask = ({ raw: _raw, estimatedEndAt: _estimate, ...task }: Task): Task => task;

const rankOf = { NONE: 0, LOST: 1, AVAILABLE: 2, EXPIRED: 3 } as const satisfies Record<RecordResult['state'], number>;

/** What is known of a job here and in the store, where other instances write too: the first end stands, a result that came counts however late. */
export const mergeRecords = (mine: JobRecord, stored: JobRecord): JobRecord => {
  const theirs = stored.end !== null;
  return {
    ...mine,
    ours: mine.ours || stored.ours,
    job: (theirs ? stored.job : mine.job) ?? mine.job ?? stored.job,
    task: (theirs ? stored.task : mine.task) ?? mine.task ?? stored.task,
    intendedAt: stored.intendedAt ?? mine.intendedAt,
    end: stored.end ?? mine.end,
    gone: mine.gone || stored.gone,
    result: rankOf[stored.result.state] >= rankOf[mine.result.state] ? stored.result : mine.result,
  };
};

/** Whether there is more to a record than the store has of it: another instance has written over it what it knew before. */
export const tellsMore = (mine: JobRecord, stored: JobRecord): boolean =>
  (mine.ours && !stored.ours) ||
  (mine.gone && !stored.gone) ||
  (mine.end !== null && stored.end === null) ||
  (mine.intendedAt !== null && stored.intendedAt === null) ||
  rankOf[mine.result.state] > rankOf[stored.result.state];

const endWords: Partial<Record<Task['state'], string>> = {
  SUCCEEDED: 'has finished',
  FAILED: 'has failed',
  CANCELLED: 'was killed',
  LOST: 'is lost',
};

/** How it ended, for who asks something of it that comes too late. */
export const howItEnded = (record: JobRecord): string => {
  const { end, number, result } = record;
  if (!end) return `Job ${number} has not ended.`;
  const when = new Date(end.at).toISOString();
  if (end.taskState === 'LOST' && result.receivedAt !== null) return `Job ${number} has finished; its result came late.`;
  return `Job ${number} ${endWords[end.taskState] ?? 'has ended'} (${end.jobState}, ${when}).${end.error ? ` ${end.error.message}` : ''}`;
};
