import { LRUCache } from 'lru-cache';
import { type AnyVerb, createTurns, type Instant, isFinal, type Job, parseId, type Task } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';

/** A task the gateway knows by itself, as it is kept. */
export interface TaskRecord {
  readonly task: Task;
  /** The verb it stands for; null for a parent of several verbs. */
  readonly verb: AnyVerb | null;
  /** The vendor's own id, where the vendor runs it. */
  readonly vendorTaskId: string | null;
  /** The job as it was when the verb was sent, by its global id: a job of the same name made later is another one. Null for a detector's task. */
  readonly jobId: Job['id'] | null;
  /** Its vendor was silent when it began: its start, and with it its id, are the gateway's own guess. */
  readonly startGuessed?: true;
  /** Nobody looks after it any longer than this; absent: until it has ended. */
  readonly followUntil?: Instant;
  /** The instance that is at work on it, which nobody else can go on with; absent: it is the backend's to go on with. */
  readonly owner?: string;
}

/** The records in the store, where other instances may write too. What concerns one record is done one after the other. */
export interface KeptRecords {
  /** Returns when it is durable, with what stands: of several ends of one task the first one counts, whoever wrote it. */
  write(record: TaskRecord): Promise<TaskRecord>;
  read(id: string): Promise<TaskRecord | undefined>;
  /** Page by page; an end comes after what was known before it. */
  all(): AsyncIterable<TaskRecord>;
  drop(id: string): Promise<void>;
  /** What this instance has written of it, perhaps too late to know that another one has dropped it. */
  dropOwn(id: string): Promise<void>;
}

/** How they are kept. */
export interface KeptRecordOptions {
  readonly store: Pick<Store, 'shared' | 'get' | 'put' | 'putIfAbsent' | 'delete' | 'list'>;
  /** Told of an entry that cannot be read; it is left as it is. */
  readonly damaged: (key: string, cause: unknown) => void;
}

const prefix = 'tasks/';
/** Where others may write, an end has a place of its own, which only the first one finds free: a late step cannot undo it. */
const endPrefix = 'task-ends/';
const page = 500;
/** Records of which it is known that this instance has written them. */
const ownRemembered = 1_000;

/** Throws for what is no record. */
export const taskRecordOf = (value: unknown): TaskRecord => {
  const record = value as TaskRecord;
  // What the book works with is looked at; that the rest is there too is a matter of who wrote it.
  if (typeof record.task.id !== 'string' || typeof record.task.state !== 'string')
    throw new VigilError('INTERNAL', 'A record of a task in the store has no task.');
  parseId(record.task.id);
  if (record.owner !== undefined && typeof record.owner !== 'string')
    throw new VigilError('INTERNAL', 'A record of a task in the store has an owner without a name.');
  return record;
};

export const createKeptRecords = ({ store, damaged }: KeptRecordOptions): KeptRecords => {
  const turns = createTurns();
  const own = new LRUCache<string, true>({ max: ownRemembered });

  const parse = (key: string, value: string | undefined): TaskRecord | undefined => {
    if (value === undefined) return undefined;
    try {
      return taskRecordOf(JSON.parse(value));
    } catch (cause) {
      damaged(key, cause);
      return undefined;
    }
  };
  const read = async (key: string): Promise<TaskRecord | undefined> => parse(key, await store.get(key));

  const end = async (record: TaskRecord): Promise<TaskRecord> => {
    const key = endPrefix + record.task.id;
    const text = JSON.stringify(record);
    if (await store.putIfAbsent(key, text)) return record;
    const first = await read(key);
    // Dropped since, or damaged.
    if (!first) await store.put(key, text);
    return first ?? record;
  };

  const drop = async (id: string): Promise<void> => {
    await store.delete(prefix + id);
    if (store.shared) await store.delete(endPrefix + id);
  };

  return {
    write: (record) =>
      turns.take(record.task.id, async () => {
        own.set(record.task.id, true);
        if (store.shared && isFinal(record.task.state)) return end(record);
        await store.put(prefix + record.task.id, JSON.stringify(record));
        return record;
      }),
    read: async (id) => (await read(endPrefix + id)) ?? (await read(prefix + id)),
    all: async function* () {
      for (const from of store.shared ? [prefix, endPrefix] : [prefix]) {
        for (let after: string | undefined; ; ) {
          const entries = await store.list(from, { limit: page, ...(after === undefined ? {} : { after }) });
          for (const { key, value } of entries) {
            const record = parse(key, value);
            if (record) yield record;
          }
          after = entries.at(-1)?.key;
          if (entries.length < page) break;
        }
      }
    },
    drop: (id) => turns.take(id, () => drop(id)),
    dropOwn: (id) => (own.has(id) || turns.isBusy(id) ? turns.take(id, () => drop(id)) : Promise.resolve()),
  };
};
