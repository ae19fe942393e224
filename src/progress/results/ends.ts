import type { Instant, Job } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import { taskErrorOf } from '../verbs/task-keeper.js';
import type { JobRecord, RecordEnd, RecordResult } from './record.js';
import type { Entry, ShelfOfRecords } from './shelf.js';

/** Why a result is lost. */
export const losses = {
  foreign: 'The server no longer has this job: another client took its result, or the server dropped it.',
  untold:
    'The server no longer has this job and its result was not received: another client took it or killed the job, or the server dropped it.',
  stopped: 'Its result was being read when the gateway was stopped; the server hands a result over once, and no longer has this one.',
  broken: 'The connection broke while its result was being read; the server hands a result over once, and no longer has this one.',
  unkept: 'Its result was read but could not be kept; the server hands a result over once, and no longer has this one.',
  renumbered: 'The server has given its number to another job: it was probably restarted, and its result with it.',
} as const;
export type Loss = keyof typeof losses;

/** Told of what an operator has to know. */
export interface EndWitness {
  /** A result is lost. Told once, by who gave it up. */
  lost(entry: Entry, loss: Loss): void;
  /** A result came that had been given up. */
  late(entry: Entry): void;
}

/** Writes down how jobs end. The first end stands. */
export interface Ends {
  lost(entry: Entry, loss: Loss): Promise<void>;
  killed(entry: Entry): Promise<void>;
  failed(entry: Entry, error: VigilError): Promise<void>;
  /** Its result is in the store. */
  received(entry: Entry, bytes: number): Promise<void>;
}

const ended = (record: JobRecord, end: RecordEnd, more: Partial<Pick<JobRecord, 'gone' | 'result'>> = {}): JobRecord | null =>
  record.end ? null : { ...record, end, ...more };

const seenDone = ({ job }: JobRecord): Job['state'] & string => (job?.state === 'FINISHED' ? 'FINISHED' : 'UNKNOWN');

const lostResult: RecordResult = { state: 'LOST', receivedAt: null, bytes: null };

export const createEnds = (shelf: Pick<ShelfOfRecords, 'amend'>, witness: EndWitness, now: () => Instant): Ends => ({
  lost: async (entry, loss) => {
    let isNews = false;
    await shelf.amend(entry, (record) => {
      const next = ended(
        record,
        { at: now(), jobState: seenDone(record), taskState: 'LOST', error: taskErrorOf(new VigilError('NOT_FOUND', losses[loss])) },
        { gone: true, result: lostResult },
      );
      isNews = next !== null;
      return next;
    });
    if (isNews) witness.lost(entry, loss);
  },
  killed: async (entry) => {
    await shelf.amend(entry, (record) => ended(record, { at: now(), jobState: 'KILLED', taskState: 'CANCELLED', error: null }));
  },
  failed: async (entry, error) => {
    await shelf.amend(entry, (record) => ended(record, { at: now(), jobState: 'FAILED', taskState: 'FAILED', error: taskErrorOf(error) }));
  },
  received: async (entry, bytes) => {
    const at = now();
    let isLate = false;
    await shelf.amend(entry, (record) => {
      if (record.result.state === 'AVAILABLE' || record.result.state === 'EXPIRED') return null;
      isLate = record.result.state === 'LOST';
      return {
        ...record,
        end: record.end ?? { at, jobState: 'FINISHED', taskState: 'SUCCEEDED', error: null },
        gone: true,
        result: { state: 'AVAILABLE', receivedAt: at, bytes },
      };
    });
    if (isLate) witness.late(entry);
  },
});
