import pLimit from 'p-limit';
import {
  type Action,
  type Backend,
  type Backends,
  type CallOptions,
  type DetectorRun,
  type GlobalId,
  gatewayTaskNative,
  type Instant,
  isFinal,
  type Job,
  nativeOf,
  parseId,
  type Reading,
  type Readings,
  type Revised,
  sameObject,
  type Task,
  textOfId,
  unionOf,
} from '../../domain/index.js';
import { asVigilError, VigilError } from '../../errors.js';
import type { VerbOptions } from '../hub.js';
import type { Instances } from '../instances/instances.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { type AuditEntry, auditEntry } from './audit.js';
import { type Idempotency, type RememberedOutcome, recall, remember, withPath } from './idempotency.js';
import type { VerbRunner } from './runner.js';
import { isResting, type WritableTaskBook } from './task-book.js';
import type { TaskKeeper, TaskWait } from './task-keeper.js';
import type { TaskOrigin } from './verb-record.js';

/** What verbs are run with. */
export interface VerbServiceOptions {
  readonly backends: Backends;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly runner: VerbRunner;
  readonly idempotency: Idempotency;
  readonly instances: Pick<Instances, 'self'>;
  readonly audit: (entry: AuditEntry) => void;
  readonly wake: (backend: Backend) => void;
  /** Keeps the backend's loop on a task that nothing is written down about, as long as somebody would wait for it. */
  readonly track: (backend: Backend, task: Task, wait: TaskWait) => void;
  readonly fault: (message: string, cause: unknown) => undefined;
  /** Learns again what keeps a backend from taking verbs, if anything does. */
  readonly renew: (backend: Backend) => Promise<void>;
  readonly now?: () => Instant;
}

/** What sending to one target came to. An error beside a task: refused, and that is the task it is about. */
export interface Sent {
  readonly taskId: string | null;
  readonly error?: unknown;
}

/** A verb with its switches. */
type Asked = Readonly<Record<string, unknown>> & { readonly action: Action };

/** One mutation: what it asks for, and of what. */
export interface VerbRound {
  readonly request: Asked;
  /** What the audit is told of it; absent: all of it. */
  readonly audited?: Asked;
  readonly ids: readonly GlobalId[];
  readonly options: VerbOptions;
  /** Where the id of a single target stands in the input. */
  readonly path: readonly string[];
  /** Begins the work of the first time the request is seen. `owner`: this instance, by the name under which it took that on. */
  readonly send: (owner: string) => Promise<(id: GlobalId) => Promise<Sent>> | ((id: GlobalId) => Promise<Sent>);
}

/** What every verb goes through, whatever it acts on. */
export interface VerbFrame {
  /** Sends to every target, unless the key says that was done; an error is the outcome of its own target. Tells the audit log. */
  send(round: VerbRound): Promise<readonly RememberedOutcome[]>;
  /** The objects as they are now, one batch for each backend, by id as given; never throws. */
  read<T extends { readonly id: string }>(ids: readonly GlobalId[], options: VerbOptions, reader: Reader<T>): Promise<Found<T>>;
  /** The outcome as it stands now: the task may have gone on since, and is waited for where the mutation waits. */
  settle(
    outcome: RememberedOutcome,
    verb: { readonly action: Action; readonly run?: DetectorRun },
    options: VerbOptions,
  ): Promise<{ readonly task: Revised<Task> | null; readonly errors: readonly VigilError[] }>;
}

/** How objects of one kind are read. */
export interface Reader<T> {
  readonly read: (backend: Backend, nativeIds: readonly string[], call: CallOptions) => Promise<Readings<T>>;
  readonly stamp: (found: readonly T[], readAt: Instant) => readonly Revised<T>[];
}

/** An object read for a verb. */
export interface Met<T> {
  /** As it is known by now, with what earlier readings told besides. */
  readonly known: Revised<T>;
  /** What this reading alone tells: a verb is judged by that. What an earlier, fuller one told besides may be true no more. */
  readonly told: T;
}

export type Found<T> = ReadonlyMap<string, Reading<Met<T>>>;

/** Verbs being sent at the same time for one request; vendors take one object at a time. */
const sendingAtOnce = 8;

export const createVerbFrame = (options: VerbServiceOptions): VerbFrame => {
  const { backends, ledger, book, keeper, idempotency, instances, audit, track, fault, now = Date.now } = options;

  const waitFor = async (taskId: string, { kind, backend }: { kind: string; backend: Backend }, waitMs: number): Promise<void> => {
    const task = ledger.task(taskId);
    // A verb that is no kind of task acts on another one, and is done when that has ended.
    const isOver = (each: Task): boolean => isFinal(each.state) || (kind !== 'UNKNOWN' && isResting(each));
    if (task && !isOver(task) && (task.continuous === true || book.record(taskId) === undefined)) track(backend, task, { waitMs, isOver });
    await keeper.waitFor(taskId, { waitMs, isOver });
  };

  const attempt = async (
    send: () => Promise<Sent>,
    path: readonly string[],
  ): Promise<{ readonly taskId: string | null; readonly errors: readonly VigilError[] }> => {
    const { taskId, error } = await send().catch((thrown: unknown): Sent => ({ taskId: null, error: thrown }));
    if (error === undefined) return { taskId, errors: [] };
    const known = asVigilError(error);
    if (known.code === 'INTERNAL') fault('a verb met a fault', error);
    return { taskId, errors: [withPath(known, path)] };
  };

  const read = async <T extends { readonly id: string }>(
    ids: readonly GlobalId[],
    { requestId }: VerbOptions,
    reader: Reader<T>,
  ): Promise<Found<T>> => {
    const found = new Map<string, Reading<Met<T>>>();
    const revise = (id: GlobalId, reading: Reading<T> | undefined, readAt: Instant): Reading<Met<T>> => {
      if (reading?.status !== 'found') return reading ?? { status: 'gone' };
      const told = reading.value;
      const [known] = reader.stamp([told], readAt);
      return known && sameObject(id, parseId(known.id)) ? { status: 'found', value: { known, told } } : { status: 'gone' };
    };
    await Promise.all(
      [...groupByBackend(ids)].map(async ([key, asked]) => {
        try {
          const backend = backends.get(key);
          const readAt = now();
          const call = backend.call({ signal: new AbortController().signal, requestId });
          const { readings } = await reader.read(backend, [...new Set(asked.map((id) => nativeOf(id, backend.adapter)))], call);
          for (const id of asked) found.set(textOfId(id), revise(id, readings.get(nativeOf(id, backend.adapter)), readAt));
        } catch (error) {
          for (const id of asked) found.set(textOfId(id), { status: 'undetermined', cause: asVigilError(error) });
        }
      }),
    );
    return found;
  };

  /** The task of a first time that another instance has begun a moment ago, or an earlier run has seen and is in no book: then its vendor tells of it. */
  const findAgain = async (taskId: string, verbOptions: VerbOptions): Promise<void> => {
    const id = parseId(taskId);
    if (ledger.task(taskId) || book.record(taskId)) return;
    const kept = (await book.lookUp(taskId))?.task;
    if (kept && (id.native === gatewayTaskNative || isFinal(kept.state))) ledger.stampTasks([kept], kept.updatedAt ?? now());
    if (kept || id.native === gatewayTaskNative) return;
    await read<Task>([id], verbOptions, {
      read: ({ adapter }, natives, call) => adapter.readTasks(natives, verbOptions.fields, call),
      stamp: ledger.stampTasks,
    });
  };

  const onceOnly = (
    { idempotencyKey, waitMs }: VerbOptions,
    asked: unknown,
    work: (owner: string) => Promise<readonly RememberedOutcome[]>,
  ): Promise<readonly RememberedOutcome[]> =>
    idempotencyKey === undefined ? work(instances.self) : idempotency.once(idempotencyKey, asked, work, waitMs);

  return {
    send: ({ request, audited = request, ids, options: verbOptions, path, send }) =>
      onceOnly(verbOptions, { request, ids: ids.map(textOfId) }, async (owner) => {
        const lane = pLimit(sendingAtOnce);
        const sendOne = await send(owner);
        const tried = await Promise.all(
          ids.map((id) => lane(async () => ({ target: textOfId(id), ...(await attempt(() => sendOne(id), verbOptions.path ?? path)) }))),
        );
        audit(auditEntry(audited, tried, verbOptions));
        return tried.map((each) => remember(each.target, each));
      }),
    read,
    settle: async (outcome, { action, run }, verbOptions) => {
      const { waitMs } = verbOptions;
      const errors = recall(outcome.errors);
      if (outcome.taskId === null) return { task: null, errors };
      await findAgain(outcome.taskId, verbOptions);
      const backend = backends.get(parseId(outcome.target).backend);
      const kind = backend.adapter.taskKindOf(action, run);
      if (waitMs) await waitFor(outcome.taskId, { kind, backend }, waitMs);
      const known = ledger.task(outcome.taskId) ?? book.record(outcome.taskId)?.task;
      const task = known ? { revision: now(), ...known } : null;
      // A verb that acts on another run is done whatever becomes of that; but who collects a result wants it.
      const wantsEnd = kind !== 'UNKNOWN' || action === 'COLLECT_JOB_RESULT';
      return { task, errors: waitMs && wantsEnd ? [...errors, ...endErrors(task)] : errors };
    },
  };
};

/** How a task ended that was waited for, as an error of the mutation; nothing when it went well, or runs and is meant to. */
const endErrors = (task: Task | null): readonly VigilError[] => {
  if (!task || (task.continuous === true && !isFinal(task.state))) return [];
  if (!task.error)
    return isFinal(task.state) && task.state !== 'SUCCEEDED' ? [new VigilError('REFUSED', `The task ended as ${task.state}.`)] : [];
  const { code, message, detail, missing, retryAfterMs } = task.error;
  const words = detail === null ? {} : { vendorMessage: detail };
  return [
    new VigilError(code, message, {
      backend: task.backendKey,
      ...words,
      ...(missing ? { missing } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }),
  ];
};

/** Jobs, with what a verb has to know of them. */
export const jobReader = ({ ledger }: VerbServiceOptions, { fields }: VerbOptions): Reader<Job> => ({
  read: ({ adapter }, natives, call) => adapter.readJobs(natives, unionOf([adapter.verbFields, fields]), call),
  stamp: ledger.stampJobs,
});

/** What a reading found. Throws what keeps it from being known; `what` names it. */
export const present = <T>(reading: Reading<T> | undefined, backend: Backend, what: string): T => {
  if (reading?.status === 'undetermined') throw reading.cause;
  if (reading?.status === 'found') return reading.value;
  throw new VigilError('NOT_FOUND', `There is no ${what}.`, { backend: backend.key, vendor: backend.vendor });
};

/** Whom the task of a mutation's verb belongs to. */
export const originOf = ({ actor, idempotencyKey, requestId }: VerbOptions, owner: string): TaskOrigin => ({
  startedBy: actor ?? null,
  idempotencyKey: idempotencyKey ?? null,
  parentId: null,
  requestId,
  owner,
});

/** By backend, in order (`Map.groupBy` is younger than Node 20). */
const groupByBackend = (ids: readonly GlobalId[]): Map<string, GlobalId[]> => {
  const groups = new Map<string, GlobalId[]>();
  for (const id of ids) groups.set(id.backend, [...(groups.get(id.backend) ?? []), id]);
  return groups;
};
