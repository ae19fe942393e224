import { type Action, type GlobalId, isUnfinished, type Job, type Reading, type Task, textOfId } from '../../domain/index.js';
import type { JobVerbRequest, VerbOptions, VerbService } from '../hub.js';
import { plan } from './plan.js';
import { inTheWay, readOnlyRefusal, unsupported } from './refusal.js';
import { jobReader, type Met, originOf, present, type Sent, type VerbFrame, type VerbServiceOptions } from './verb-frame.js';
import { subjectOfJob } from './verb-record.js';

/** They act on the run of a job: it is not in their way. */
const onRuns: ReadonlySet<Action> = new Set(['KILL_JOB', 'COLLECT_JOB_RESULT']);

export const createJobVerbs = (options: VerbServiceOptions, frame: VerbFrame): VerbService['runOnJobs'] => {
  const { backends, book, runner, renew } = options;

  const read = (ids: readonly GlobalId[], verbOptions: VerbOptions) => frame.read(ids, verbOptions, jobReader(options, verbOptions));

  const runningTaskOf = (job: Job): Task | undefined =>
    book.tasksOf(job.backendKey).find((task) => isUnfinished(task) && task.jobNativeId === job.nativeId);

  const send = async (
    request: JobVerbRequest,
    id: GlobalId,
    reading: Reading<Met<Job>> | undefined,
    verbOptions: VerbOptions,
    owner: string,
  ): Promise<Sent> => {
    const backend = backends.get(id.backend);
    const { known: job, told } = present(reading, backend, `job ${textOfId(id)}`);
    const [first, ...others] = plan(request, told);
    const last = others.at(-1) ?? first;
    await renew(backend);
    // Only the first step is judged by the job's state: the others depend on how it ends.
    const refused =
      readOnlyRefusal(backend) ??
      unsupported(
        backend,
        [first, ...others].map(({ action }) => action),
      ) ??
      inTheWay(
        backend,
        backend.adapter.refusalOf(first, told, backend.profile()),
        onRuns.has(first.action) ? undefined : runningTaskOf(job),
      );
    if (refused) throw refused;
    const task =
      first === last
        ? await runner.start(backend, last, subjectOfJob(job), originOf(verbOptions, owner))
        : await runner.startResetAfterClose(backend, first, last, subjectOfJob(job), originOf(verbOptions, owner));
    return { taskId: task?.id ?? null };
  };

  return async (request, jobIds, verbOptions) => {
    const ids = [...new Map(jobIds.map((id) => [textOfId(id), id])).values()];
    const outcomes = await frame.send({
      request,
      ids,
      options: verbOptions,
      path: ['input', 'jobId'],
      send: async (owner) => {
        const readings = await read(ids, verbOptions);
        return (id) => send(request, id, readings.get(textOfId(id)), verbOptions, owner);
      },
    });
    const settled = await Promise.all(outcomes.map((outcome) => frame.settle(outcome, request, verbOptions)));
    const readings = await read(ids, verbOptions);
    return outcomes.map(({ target }, index) => {
      const reading = readings.get(target);
      const { task, errors } = settled[index] ?? { task: null, errors: [] };
      return { jobId: target, job: reading?.status === 'found' ? reading.value.known : null, task, errors };
    });
  };
};
