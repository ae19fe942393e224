import { type Backend, type GlobalId, idOfNative, type Job, parseId, type Reading, type Task } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { VerbService } from '../hub.js';
import { readOnlyRefusal, unsupported } from './refusal.js';
import { jobReader, type Met, originOf, type VerbFrame, type VerbServiceOptions } from './verb-frame.js';
import { nobody } from './verb-record.js';

/** Of a job that runs once: its run has its native id. */
const jobOf = (backend: Backend, task: Task | null): GlobalId | undefined =>
  task?.jobNativeId ? idOfNative('job', backend, task.jobNativeId) : undefined;

export const createStartJob = (options: VerbServiceOptions, frame: VerbFrame): VerbService['startJob'] => {
  const { backends, runner, renew } = options;

  return async (backendKey, { action, kind, request }, verbOptions) => {
    const backend = backends.get(backendKey);
    const target = parseId(backend.id);
    const [outcome] = await frame.send({
      request: { action, kind, request },
      // What is started may hold credentials.
      audited: { action, kind },
      ids: [target],
      options: verbOptions,
      path: ['input', 'backendId'],
      send: (owner) => async () => {
        await renew(backend);
        const refused = readOnlyRefusal(backend) ?? unsupported(backend, [action]);
        if (refused) throw refused;
        const task = await runner.start(backend, { action, request }, nobody, originOf(verbOptions, owner));
        return { taskId: task?.id ?? null };
      },
    });
    if (!outcome) throw new VigilError('INTERNAL', 'A start has come to nothing.');
    const { task, errors } = await frame.settle(outcome, { action }, verbOptions);
    const id = jobOf(backend, task);
    const readings: ReadonlyMap<string, Reading<Met<Job>>> = id
      ? await frame.read([id], verbOptions, jobReader(options, verbOptions))
      : new Map();
    const [reading] = readings.values();
    return { jobId: outcome.target, job: reading?.status === 'found' ? reading.value.known : null, task, errors };
  };
};
