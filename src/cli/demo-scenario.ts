import { randomUUID } from 'node:crypto';
import {
  BackendsLiveDocument,
  CloseJobDocument,
  DetectorFindingsDocument,
  DetectorListDocument,
  type DetectorRowFragment,
  JobDetailDocument,
  JobListDocument,
  type JobListQuery,
  type JobRowFragment,
  ResetJobDocument,
  StartHistoricalDocument,
} from '../client/index.js';
import { VigilError } from '../errors.js';
import { type Act, playTogether } from './demo-stage.js';
import { announceSymetry, chooseSymetry, playSymetry, type SymetryPlay, tellSymetry } from './demo-symetry.js';
import type { Connected } from './gateway-connection.js';
import { jobColumns, resultBackendsOf } from './job-table.js';
import { tableOf } from './paged-list.js';

const readyWithinMs = 15_000;
const dayMs = 86_400_000;

/** What the scenario played with. */
export interface Played {
  readonly job: JobRowFragment | undefined;
  readonly detectors: readonly DetectorRowFragment[];
  readonly symetry: SymetryPlay | undefined;
  /** Id of the job that was started, whose result is kept. */
  readonly begun?: string | undefined;
}

/** Waits until every backend has been heard of: before, its verbs are not known. */
const untilBackendsAnswer = async ({ client, io }: Connected): Promise<void> => {
  const patience = AbortSignal.timeout(readyWithinMs);
  const up = new Map<string, boolean>();
  try {
    for await (const { backendsChanged } of client.subscribe(
      BackendsLiveDocument,
      {},
      { signal: AbortSignal.any([io.signal, patience]) },
    )) {
      for (const backend of backendsChanged.backends) up.set(backend.id, backend.health.status === 'UP');
      if (backendsChanged.synced && up.size > 0 && [...up.values()].every(Boolean)) return;
    }
  } catch (cause) {
    if (io.signal.aborted || !patience.aborted) throw cause;
    throw new VigilError('TIMEOUT', `Not all simulated backends were up within ${readyWithinMs / 1000} s.`, { cause });
  }
};

/**
 * One that can be closed and reset. A job that is being fed is the better show: its datafeed is stopped with it. Vendors' own consoles want that done
 * first, so it is no matter of `allowedActions`.
 */
const chooseJob = (jobs: readonly JobRowFragment[], backends: JobListQuery['backends']): JobRowFragment | undefined => {
  const resettable = new Set(backends.filter(({ capabilities }) => capabilities.includes('RESET_JOB')).map(({ id }) => id));
  const open = jobs.filter((job) => job.state === 'OPENED' && resettable.has(job.backend.id));
  return open.find((job) => job.datafeed?.state === 'STARTED') ?? open.find((job) => job.allowedActions.includes('CLOSE_JOB'));
};

/** One that runs, or was analysed before, has data to look at; one whose last analysis failed may fail again. */
const promise = ({ realtimeTask, historicalTask }: DetectorRowFragment): number =>
  (realtimeTask?.state === 'RUNNING' ? 1 : 0) +
  (historicalTask?.state === 'SUCCEEDED' ? 1 : 0) -
  (historicalTask?.state === 'FAILED' ? 1 : 0);

/** One that looks at a single stream, one that keeps a model for each entity. */
const chooseDetectors = (detectors: readonly DetectorRowFragment[]): readonly DetectorRowFragment[] => {
  const idle = detectors
    .filter(({ historicalActions }) => historicalActions.includes('START_DETECTOR'))
    .sort((one, other) => promise(other) - promise(one));
  return [idle.find(({ highCardinality }) => !highCardinality), idle.find(({ highCardinality }) => highCardinality)].filter(
    (detector) => detector !== undefined,
  );
};

const closeAndReset = ({ client, io }: Connected, { id: jobId }: JobRowFragment): readonly Act[] => {
  const input = () => ({ jobId, idempotencyKey: randomUUID() });
  const [closing, resetting] = [input(), input()];
  return [
    {
      key: closing.idempotencyKey,
      send: async () => (await client.mutate(CloseJobDocument, { input: closing }, { signal: io.signal })).closeJob,
    },
    {
      key: resetting.idempotencyKey,
      send: async () => (await client.mutate(ResetJobDocument, { input: resetting }, { signal: io.signal })).resetJob,
    },
  ];
};

const analyse = ({ client, io }: Connected, { id: detector }: DetectorRowFragment): readonly Act[] => {
  const key = randomUUID();
  const range = { start: new Date(Date.now() - dayMs).toISOString(), end: new Date().toISOString() };
  return [
    {
      key,
      send: async () => (await client.mutate(StartHistoricalDocument, { detector, range, key }, { signal: io.signal })).startDetector,
    },
  ];
};

const tellResults = async ({ client, printer, io }: Connected, { job, detectors }: Played): Promise<void> => {
  const options = { signal: io.signal };
  printer.line();
  if (job) {
    const after = (await client.query(JobDetailDocument, { id: job.id }, options)).job;
    printer.line(`${job.nativeId} is ${after?.state ?? 'gone'}; allowed now: ${after?.allowedActions.join(' ') || 'nothing'}.`);
  }
  for (const { id, name } of detectors) {
    const [highest] = (await client.query(DetectorFindingsDocument, { id, first: 1 }, options)).detector?.anomalies.edges ?? [];
    const entity = highest?.node.entity.map((each) => `${each.name} ${each.value}`).join(', ');
    printer.line(
      highest
        ? `${name} found its worst anomaly${entity ? ` in ${entity}` : ''} at ${highest.node.startAt}: ${highest.node.score.toFixed(2)}.`
        : `${name} found nothing unusual.`,
    );
  }
};

/**
 * Lists the jobs of all vendors; then, side by side in one live stream, closes and resets one, analyses the past with two detectors, and runs a job for its
 * result. Everything through the API and its WebSocket.
 */
export const playScenario = async (connection: Connected): Promise<Played> => {
  const { client, printer, io } = connection;
  const options = { signal: io.signal };
  await untilBackendsAnswer(connection);
  const { backends, jobs } = await client.query(JobListDocument, {}, options);
  const rows = jobs.edges.map(({ node }) => node);
  for (const line of tableOf(jobColumns(resultBackendsOf(backends))).lines(rows)) printer.line(line);
  const { detectors } = await client.query(DetectorListDocument, {}, options);
  const played: Played = {
    job: chooseJob(rows, backends),
    detectors: chooseDetectors(detectors.edges.map(({ node }) => node)),
    symetry: chooseSymetry(rows, backends),
  };
  const { symetry } = played;

  printer.line('\nAt the same time, in one live stream:');
  if (played.job) {
    const fed = played.job.datafeed?.state === 'STARTED' ? ', with the datafeed that feeds it' : '';
    printer.line(`  close ${played.job.nativeId} on ${played.job.backend.key}${fed}, then reset it: its results and model go`);
  }
  for (const { name, backend, highCardinality } of played.detectors)
    printer.line(`  analyse the last day with ${name} on ${backend.key}${highCardinality ? ', each of its entities by itself' : ''}`);
  for (const line of symetry ? announceSymetry(symetry) : []) printer.line(line);
  printer.line();
  let begun: string | undefined;
  const began = (jobId: string): void => {
    begun = jobId;
  };
  await playTogether(connection, [
    ...(played.job ? [closeAndReset(connection, played.job)] : []),
    ...played.detectors.map((detector) => analyse(connection, detector)),
    ...(symetry ? [playSymetry(connection, symetry, began)] : []),
  ]);
  await tellResults(connection, played);
  if (symetry) await tellSymetry(connection, symetry, begun);
  return { ...played, begun };
};
