import { randomUUID } from 'node:crypto';
import {
  type JobListQuery,
  JobResultDocument,
  type JobRowFragment,
  KillJobDocument,
  StartSymetryJobDocument,
  type StartSymetryJobInput,
} from '../client/index.js';
import type { Act } from './demo-stage.js';
import type { Connected } from './gateway-connection.js';
import { type KeyValuePart, scoreLines } from './result-parts.js';

/** What is played with SymetryML. */
export interface SymetryPlay {
  readonly backend: JobListQuery['backends'][number];
  /** Running, not ours, and in the way: few jobs run at a time. */
  readonly inTheWay: JobRowFragment | undefined;
  /** Done, and not ours. */
  readonly foreign: JobRowFragment | undefined;
}

/** Fisher's irises, as the simulator has them. */
const project = 'irisTest';
const measures = [0, 1, 2, 3];

export const chooseSymetry = (jobs: readonly JobRowFragment[], backends: JobListQuery['backends']): SymetryPlay | undefined => {
  const backend = backends.find(({ vendor, capabilities }) => vendor === 'SYMETRYML' && capabilities.includes('START_JOB'));
  if (!backend) return undefined;
  const its = jobs.filter((job) => job.backend.id === backend.id);
  const isCrowded = its.some(({ state }) => state === 'QUEUED');
  const killable = its.findLast(({ state, allowedActions }) => state === 'RUNNING' && allowedActions.includes('KILL_JOB'));
  return {
    backend,
    inTheWay: isCrowded ? killable : undefined,
    foreign: its.find(({ resultState }) => resultState === 'UNCLAIMED'),
  };
};

/** What `playSymetry` is going to do. */
export const announceSymetry = ({ backend: { key }, inTheWay }: SymetryPlay): readonly string[] => [
  ...(inTheWay ? [`  kill ${inTheWay.type} ${inTheWay.nativeId} on ${key}, which somebody else began, to make room`] : []),
  `  start a job on ${key}: how many clusters the data of ${project} has; it waits for its turn`,
];

/** The acts; `began` is told the id of the job that was started. */
export const playSymetry = (
  { client, io }: Connected,
  { backend, inTheWay }: SymetryPlay,
  began: (jobId: string) => void,
): readonly Act[] => {
  const options = { signal: io.signal };
  const input: StartSymetryJobInput = {
    backendId: backend.id,
    idempotencyKey: randomUUID(),
    kmeansOptimize: { project, context: { inputs: measures }, minClusters: 2, maxClusters: 5 },
  };
  const killing = { jobId: inTheWay?.id ?? '', idempotencyKey: randomUUID() };
  const kill: Act = {
    key: killing.idempotencyKey,
    send: async () => {
      const { errors } = (await client.mutate(KillJobDocument, { input: killing }, options)).killJob;
      // That it has ended by itself makes room as well; what ends is the run of somebody else, so there is nothing to follow.
      return { task: null, errors: errors.filter(({ code }) => code !== 'WRONG_STATE') };
    },
  };
  const start: Act = {
    key: input.idempotencyKey ?? '',
    send: async () => {
      const { job, task, errors } = (await client.mutate(StartSymetryJobDocument, { input }, options)).startSymetryJob;
      if (job) began(job.id);
      return { task, errors };
    },
  };
  return inTheWay ? [kill, start] : [start];
};

const bestOf = ({ kMeans }: KeyValuePart): number | undefined =>
  [...kMeans].sort((one, other) => (other.silhouette ?? -1) - (one.silhouette ?? -1))[0]?.clusters;

/** What has come of it, and of the job nobody has asked for. */
export const tellSymetry = async (
  { client, printer, io }: Connected,
  { backend, foreign }: SymetryPlay,
  jobId: string | undefined,
): Promise<void> => {
  const options = { signal: io.signal };
  const job = jobId === undefined ? null : (await client.query(JobResultDocument, { id: jobId }, options)).job;
  for (const part of job?.result?.entities ?? []) {
    if (part.__typename !== 'KeyValueMap') continue;
    printer.line(
      `Job ${job?.nativeId} of ${backend.key} tells ${bestOf(part) ?? '?'} clusters apart best. Its result is ${job?.resultState}: the server has`,
    );
    printer.line('forgotten it, the gateway keeps it.');
    for (const line of scoreLines(part)) printer.line(line);
  }
  if (!foreign) return;
  printer.line(
    `Job ${foreign.nativeId} of ${backend.key} has a result, too, but somebody else began it: it is left on the server, ${foreign.resultState}, until`,
  );
  printer.line('collectJobResult takes it on purpose.');
};
