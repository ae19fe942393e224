import {
  type Datafeed,
  type GlobalId,
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
import { inTheWay, readOnlyRefusal, unsupported } from './refusal.js';
import { originOf, type Sent, type VerbFrame, type VerbServiceOptions } from './verb-frame.js';
import { subjectOfJob } from './verb-record.js';

/** A datafeed and the job it feeds, as they are now. */
interface Pair {
  readonly datafeed: Datafeed | null;
  readonly job: Revised<Job> | null;
  /** What this reading alone tells of the job: the verb is judged by that. */
  readonly told?: Job;
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

export const createDatafeedVerbs = (options: VerbServiceOptions, frame: VerbFrame): VerbService['runOnDatafeed'] => {
  const { backends, ledger, book, runner, fault, renew, now = Date.now } = options;

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
      return { datafeed, job: job ?? null, told: found };
    } catch (error) {
      const known = asVigilError(error);
      if (known !== error) fault('a datafeed could not be read', error);
      return { datafeed, job: null, error: known };
    }
  };

  const send = async (request: DatafeedVerbRequest, id: GlobalId, verbOptions: VerbOptions, owner: string): Promise<Sent> => {
    const { datafeed, job, told, error } = await read(id, verbOptions);
    if (error) throw error;
    if (!datafeed || !job || !told) return { taskId: null };
    const backend = backends.get(id.backend);
    const verb = verbOf(request, datafeed.nativeId, job.nativeId);
    await renew(backend);
    const running = book.tasksOf(job.backendKey).find((task) => isUnfinished(task) && task.jobNativeId === job.nativeId);
    const refused =
      readOnlyRefusal(backend) ??
      unsupported(backend, [verb.action]) ??
      inTheWay(backend, backend.adapter.refusalOf(verb, told, backend.profile()), running);
    if (refused) throw refused;
    const task = await runner.start(backend, verb, subjectOfJob(job), originOf(verbOptions, owner));
    return { taskId: task?.id ?? null };
  };

  return async (request, id, verbOptions) => {
    const [outcome] = await frame.send({
      request,
      ids: [id],
      options: verbOptions,
      path: ['input', 'datafeedId'],
      send: (owner) => () => send(request, id, verbOptions, owner),
    });
    const { task, errors } = outcome ? await frame.settle(outcome, request, verbOptions) : { task: null, errors: [] };
    const { datafeed, job } = await read(id, verbOptions);
    return { datafeed, job, task, errors };
  };
};
