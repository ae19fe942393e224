import pLimit from 'p-limit';
import {
  type Backend,
  type Backends,
  type GlobalId,
  type Instant,
  isFinal,
  isUnfinished,
  type Job,
  parseId,
  type Reading,
  type Revised,
  sameObject,
  type Task,
  textOfId,
  unionOf,
} from '../../domain/index.js';
import { asVigilError, VigilError } from '../../errors.js';
import type { JobVerbRequest, VerbOptions, VerbOutcome, VerbService } from '../hub.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { type AuditEntry, auditEntry } from './audit.js';
import { createCancel } from './cancel.js';
import { createDatafeedVerbs } from './datafeed-verbs.js';
import { type Idempotency, type RememberedOutcome, recall, remember, withPath } from './idempotency.js';
import { plan, refusal } from './plan.js';
import type { VerbRunner } from './runner.js';
import type { WritableTaskBook } from './task-book.js';
import type { TaskKeeper } from './task-keeper.js';

/** How to make one. */
export interface VerbServiceOptions {
  readonly backends: Backends;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly runner: VerbRunner;
  readonly idempotency: Idempotency;
  readonly audit: (entry: AuditEntry) => void;
  readonly wake: (backend: Backend) => void;
  readonly fault: (message: string, cause: unknown) => undefined;
  /** Learns again what keeps a backend from taking verbs, if anything does. */
  readonly renew: (backend: Backend) => Promise<void>;
  readonly now?: () => Instant;
}

/** Verbs being sent at the same time for one request; vendors take one job at a time. */
const sendingAtOnce = 8;

/** What a verb came to for one job, with the error as it was thrown. */
interface Sent {
  readonly taskId: string | null;
  readonly errors: readonly VigilError[];
}

export const createVerbService = (options: VerbServiceOptions): VerbService => {
  const { backends, ledger, book, keeper, runner, idempotency, audit, fault, renew } = options;
  const now = options.now ?? Date.now;

  /** The jobs as they are now, one batch for each backend; never throws. */
  const readJobs = async (ids: readonly GlobalId[], verbOptions: VerbOptions): Promise<ReadonlyMap<string, Reading<Revised<Job>>>> => {
    const found = new Map<string, Reading<Revised<Job>>>();
    const byBackend = groupByBackend(ids);
    await Promise.all(
      [...byBackend].map(async ([key, asked]) => {
        try {
          const backend = backends.get(key);
          const signal = new AbortController().signal;
          const readAt = now();
          const fields = unionOf([backend.adapter.verbFields, verbOptions.fields]);
          const { readings } = await backend.adapter.readJobs(
            [...new Set(asked.map((id) => id.native))],
            fields,
            backend.call({ signal, requestId: verbOptions.requestId }),
          );
          for (const id of asked) found.set(textOfId(id), reviseReading(id, readings.get(id.native), readAt));
        } catch (error) {
          for (const id of asked) found.set(textOfId(id), { status: 'undetermined', cause: asVigilError(error) });
        }
      }),
    );
    return found;
  };

  const reviseReading = (id: GlobalId, reading: Reading<Job> | undefined, readAt: Instant): Reading<Revised<Job>> => {
    if (reading?.status !== 'found') return reading ?? { status: 'gone' };
    const [job] = ledger.stampJobs([reading.value], readAt);
    return job && sameObject(id, parseId(job.id)) ? { status: 'found', value: job } : { status: 'gone' };
  };

  const runningTaskOf = (job: Job): Task | undefined =>
    book.tasksOf(job.backendKey).find((task) => isUnfinished(task) && task.jobNativeId === job.nativeId);

  const send = async (
    request: JobVerbRequest,
    id: GlobalId,
    reading: Reading<Job> | undefined,
    verbOptions: VerbOptions,
  ): Promise<Sent> => {
    const path = verbOptions.path ?? ['input', 'jobId'];
    try {
      const backend = backends.get(id.backend);
      const job = presentJob(id, reading, backend);
      const steps = plan(request, job);
      const last = steps[steps.length - 1];
      await renew(backend);
      const refused = refusal(backend, steps, job, runningTaskOf(job));
      if (refused || !last) return { taskId: null, errors: refused ? [withPath(refused, path)] : [] };
      const origin = {
        startedBy: verbOptions.actor ?? null,
        idempotencyKey: verbOptions.idempotencyKey ?? null,
        parentId: null,
        requestId: verbOptions.requestId,
      };
      const first = steps[0];
      const task =
        steps.length > 1 && first
          ? await runner.startResetAfterClose(backend, first, last, job, origin)
          : await runner.start(backend, last, job, origin);
      return { taskId: task?.id ?? null, errors: [] };
    } catch (error) {
      const known = asVigilError(error);
      if (known.code === 'INTERNAL') fault('a verb met a fault', error);
      return { taskId: null, errors: [withPath(known, path)] };
    }
  };

  const sendAll = async (
    request: JobVerbRequest,
    ids: readonly GlobalId[],
    verbOptions: VerbOptions,
  ): Promise<readonly RememberedOutcome[]> => {
    const readings = await readJobs(ids, verbOptions);
    const lane = pLimit(sendingAtOnce);
    const sent = await Promise.all(
      ids.map((id) => lane(async () => ({ id: textOfId(id), ...(await send(request, id, readings.get(textOfId(id)), verbOptions)) }))),
    );
    audit(
      auditEntry(
        request,
        sent.map(({ id, errors }) => ({ target: id, errors })),
        verbOptions,
      ),
    );
    return sent.map((each) => remember(each.id, each));
  };

  /** The outcome as it stands now: the task may have gone on since. */
  const complete = async (
    outcomes: readonly RememberedOutcome[],
    ids: readonly GlobalId[],
    verbOptions: VerbOptions,
  ): Promise<readonly VerbOutcome[]> => {
    const tasks = await Promise.all(
      outcomes.map(async ({ taskId }) => {
        if (taskId === null) return null;
        const waited = verbOptions.waitMs ? await keeper.waitForEnd(taskId, verbOptions.waitMs) : undefined;
        const kept = waited ?? ledger.task(taskId) ?? book.find(taskId);
        return kept ? { revision: now(), ...kept } : null;
      }),
    );
    const readings = await readJobs(ids, verbOptions);
    return outcomes.map((outcome, index) => {
      const reading = readings.get(outcome.jobId);
      const task = tasks[index] ?? null;
      return {
        jobId: outcome.jobId,
        job: reading?.status === 'found' ? reading.value : null,
        task,
        errors: [...recall(outcome.errors), ...(verbOptions.waitMs ? endErrors(task) : [])],
      };
    });
  };

  return {
    runOnJobs: async (request, jobIds, verbOptions) => {
      const ids = [...new Map(jobIds.map((id) => [textOfId(id), id])).values()];
      const outcomes = await idempotency.once(verbOptions.idempotencyKey, { request, ids: ids.map(textOfId) }, () =>
        sendAll(request, ids, verbOptions),
      );
      return complete(outcomes, ids, verbOptions);
    },
    expand: async (backendKey, expression, requestId) => {
      const backend = backends.get(backendKey);
      const found = await backend.adapter.expandJobs(expression, backend.call({ signal: new AbortController().signal, requestId }));
      return found.map((native) => ({ kind: 'job', backend: backendKey, native }));
    },
    runOnDatafeed: createDatafeedVerbs(options),
    cancelTask: createCancel(options),
  };
};

/** How a task ended that was waited for, as an error of the mutation; nothing when it went well or has not ended. */
const endErrors = (task: Task | null): readonly VigilError[] => {
  if (!task?.error)
    return task && isFinal(task.state) && task.state !== 'SUCCEEDED' ? [new VigilError('REFUSED', `The task ended as ${task.state}.`)] : [];
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

/** The job a verb is meant for. Throws what keeps it from being known. */
const presentJob = (id: GlobalId, reading: Reading<Job> | undefined, backend: Backend): Job => {
  if (reading?.status === 'undetermined') throw reading.cause;
  if (reading?.status === 'found') return reading.value;
  throw new VigilError('NOT_FOUND', `There is no job ${textOfId(id)}.`, { backend: backend.key, vendor: backend.vendor });
};

/** By backend, in order (`Map.groupBy` is younger than Node 20). */
const groupByBackend = (ids: readonly GlobalId[]): Map<string, GlobalId[]> => {
  const groups = new Map<string, GlobalId[]>();
  for (const id of ids) groups.set(id.backend, [...(groups.get(id.backend) ?? []), id]);
  return groups;
};
