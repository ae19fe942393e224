import {
  BackendsLiveDocument,
  CloseJobDocument,
  type ErrorFieldsFragment,
  JobDetailDocument,
  JobListDocument,
  type JobRowFragment,
  ResetJobDocument,
  type TaskRowFragment,
} from '../client/index.js';
import { VigilError } from '../errors.js';
import { followTask } from './follow-task.js';
import type { Connected } from './gateway-connection.js';
import { jobHeadings, jobRow } from './job-table.js';
import { createTable } from './table.js';

const readyWithinMs = 15_000;

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

/** A job that is being fed is the better show: its datafeed is stopped with it. Vendors' own consoles want that done first, so it is no matter of `allowedActions`. */
const chooseJob = (jobs: readonly JobRowFragment[]): JobRowFragment | undefined =>
  jobs.find((job) => job.state === 'OPENED' && job.datafeed?.state === 'STARTED') ??
  jobs.find((job) => job.state === 'OPENED' && job.allowedActions.some((action) => action === 'CLOSE_JOB'));

const play = async (
  connection: Connected,
  job: JobRowFragment,
  answer: { readonly task: TaskRowFragment | null; readonly errors: readonly ErrorFieldsFragment[] },
): Promise<void> => {
  const [error] = answer.errors;
  if (error) throw new VigilError('INTERNAL', `The demo did not go as planned: ${error.code}, ${error.message}`);
  if (!answer.task) return;
  const { task } = await followTask(connection, answer.task, job);
  if (task.state !== 'SUCCEEDED')
    throw new VigilError('INTERNAL', `The demo did not go as planned: ${task.kind} is ${task.state}. ${task.error?.message ?? ''}`);
};

/** Lists the jobs, then closes and resets one, everything through the API and its WebSocket. Answers the job it played with. */
export const playScenario = async (connection: Connected): Promise<JobRowFragment | undefined> => {
  const { client, printer, io } = connection;
  const options = { signal: io.signal };
  await untilBackendsAnswer(connection);
  const { jobs } = await client.query(JobListDocument, {}, options);
  const rows = jobs.edges.map(({ node }) => node);
  for (const line of createTable(jobHeadings).lines(rows.map(jobRow))) printer.line(line);
  const job = chooseJob(rows);
  if (!job) return undefined;

  printer.line(
    `\nClosing ${job.nativeId} on ${job.backend.key}${job.datafeed?.state === 'STARTED' ? ', with the datafeed that feeds it' : ''}:`,
  );
  await play(connection, job, (await client.mutate(CloseJobDocument, { input: { jobId: job.id } }, options)).closeJob);
  printer.line(`\nResetting it: its results and model go, its configuration stays:`);
  await play(connection, job, (await client.mutate(ResetJobDocument, { input: { jobId: job.id } }, options)).resetJob);

  const after = (await client.query(JobDetailDocument, { id: job.id }, options)).job;
  printer.line(`\n${job.nativeId} is ${after?.state ?? 'gone'}; allowed now: ${after?.allowedActions.join(' ') || 'nothing'}.`);
  return job;
};
