import {
  type Backend,
  type Backends,
  type Datafeed,
  type GlobalId,
  type Instant,
  isUnfinished,
  type Job,
  type Reading,
  type Readings,
  type Revised,
  textOfId,
  unionOf,
  type Verb,
} from '../../domain/index.js';
import { asVigilError, VigilError } from '../../errors.js';
import type { DatafeedVerbRequest, VerbOptions, VerbService } from '../hub.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { type AuditEntry, auditEntry } from './audit.js';
import { type Idempotency, type RememberedOutcome, recall, remember, withPath } from './idempotency.js';
import { refusal } from './plan.js';
import type { VerbRunner } from './runner.js';
import type { WritableTaskBook } from './task-book.js';

/** What verbs on datafeeds need. */
export interface DatafeedVerbOptions {
  readonly backends: Backends;
  readonly ledger: ObservableLedger;
  readonly book: WritableTaskBook;
  readonly runner: VerbRunner;
  readonly idempotency: Idempotency;
  readonly audit: (entry: AuditEntry) => void;
  readonly fault: (message: string, cause: unknown) => undefined;
  /** Learns again what keeps the backend from taking verbs. */
  readonly renew: (backend: Backend) => Promise<void>;
  readonly now?: () => Instant;
}

/** A datafeed and the job it feeds, as they are now. */
interface Pair {
  readonly datafeed: Datafeed | null;
  readonly job: Revised<Job> | null;
  /** Why one of them is not there. */
  readonly error?: VigilError;
}

const only = <T>({ readings }: Readings<T>, native: string, missing: VigilError): T => {
  const reading: Reading<T> = readings.get(native) ?? { status: 'gone' };
  if (reading.status === 'undetermined') throw reading.cause;
  if (reading.status === 'gone') throw missing;
  return reading.value;
};

const verbOf = (request: DatafeedVerbRequest, datafeedId: string, jobId: string): Verb => ({ ...request, datafeedId, jobId });

export const createDatafeedVerbs = (options: DatafeedVerbOptions): VerbService['runOnDatafeed'] => {
  const { backends, ledger, book, runner, idempotency, audit, fault, renew, now = Date.now } = options;

  /** Never throws: what was read before a failure is shown all the same. */
  const read = async (id: GlobalId, verbOptions: VerbOptions): Promise<Pair> => {
    let datafeed: Datafeed | null = null;
    try {
      const backend = backends.get(id.backend);
      const { adapter } = backend;
      const call = backend.call({ signal: new AbortController().signal, requestId: verbOptions.requestId });
      const missing = (what: string): VigilError =>
        new VigilError('NOT_FOUND', `There is no ${what}.`, { backend: backend.key, vendor: backend.vendor });
      const wanted = unionOf([adapter.verbFields, verbOptions.fields]);
      datafeed = only(await adapter.readDatafeeds([id.native], wanted, call), id.native, missing(`datafeed ${textOfId(id)}`));
      const native = datafeed.jobNativeId ?? null;
      if (native === null) throw missing(`job that ${textOfId(id)} feeds`);
      const readAt = now();
      const found = only(await adapter.readJobs([native], wanted, call), native, missing(`job ${native}, which ${textOfId(id)} feeds`));
      const [job] = ledger.stampJobs([found], readAt);
      return { datafeed, job: job ?? null };
    } catch (error) {
      const known = asVigilError(error);
      if (known !== error) fault('a datafeed could not be read', error);
      return { datafeed, job: null, error: known };
    }
  };

  const send = async (request: DatafeedVerbRequest, id: GlobalId, verbOptions: VerbOptions): Promise<string | null> => {
    const { datafeed, job, error } = await read(id, verbOptions);
    if (error) throw error;
    if (!datafeed || !job) return null;
    const backend = backends.get(id.backend);
    const verb = verbOf(request, datafeed.nativeId, job.nativeId);
    await renew(backend);
    const running = book.tasksOf(job.backendKey).find((task) => isUnfinished(task) && task.jobNativeId === job.nativeId);
    const refused = refusal(backend, [verb], job, running);
    if (refused) throw refused;
    const task = await runner.start(backend, verb, job, {
      startedBy: verbOptions.actor ?? null,
      idempotencyKey: verbOptions.idempotencyKey ?? null,
      parentId: null,
      requestId: verbOptions.requestId,
    });
    return task?.id ?? null;
  };

  const sendOnce = async (request: DatafeedVerbRequest, id: GlobalId, verbOptions: VerbOptions): Promise<RememberedOutcome> => {
    let taskId: string | null = null;
    const errors: VigilError[] = [];
    try {
      taskId = await send(request, id, verbOptions);
    } catch (error) {
      const known = asVigilError(error);
      if (known !== error) fault('a verb met a fault', error);
      errors.push(withPath(known, verbOptions.path ?? ['input', 'datafeedId']));
    }
    audit(auditEntry(request, [{ target: textOfId(id), errors }], verbOptions));
    return remember(textOfId(id), { taskId, errors });
  };

  return async (request, id, verbOptions) => {
    const [outcome] = await idempotency.once(verbOptions.idempotencyKey, { request, datafeed: textOfId(id) }, async () => [
      await sendOnce(request, id, verbOptions),
    ]);
    const taskId = outcome?.taskId ?? null;
    const task = taskId === null ? undefined : (ledger.task(taskId) ?? book.find(taskId));
    const { datafeed, job } = await read(id, verbOptions);
    return { datafeed, job, task: task ? { revision: now(), ...task } : null, errors: recall(outcome?.errors ?? []) };
  };
};
