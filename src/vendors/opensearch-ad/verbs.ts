import { z } from 'zod';
import { type CallOptions, type DateRange, type DetectorVerb, isFinal, type Verb, type VerbAnswer } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import type { AdapterContext } from './context.js';
import { failureOf } from './errors.js';
import { isPossibleId } from './native-ids.js';
import { pause } from './pause.js';
import { newestRun, type RunTask, taskOf } from './runs.js';

/** The other three members went with 2.15. */
const answerSchema = z.object({ _id: z.string().refine(isPossibleId) });

type Sent = { readonly body?: unknown; readonly query?: { readonly historical: true } };

const post = async ({ request }: AdapterContext, detectorId: string, verb: '_start' | '_stop', { body, query }: Sent, call: CallOptions) =>
  request(
    {
      schema: answerSchema,
      method: 'POST',
      path: `/detectors/${encodeURIComponent(detectorId)}/${verb}`,
      route: `POST /detectors/{id}/${verb}`,
      ...(query === undefined ? {} : { query }),
      ...(body === undefined ? {} : { body }),
    },
    call,
  );

/** Where a search right after a write comes too early for its index. */
const settleMs = 300;

/** A task that is looked for after its verb was carried out: not finding it does not undo that. */
const sought = async (search: Promise<RunTask | undefined>): Promise<RunTask | undefined> => {
  try {
    return await search;
  } catch (error) {
    if (isVigilError(error)) return undefined;
    throw error;
  }
};

const isUnderWay = (task: RunTask | undefined): task is RunTask => task !== undefined && !isFinal(task.state);

/**
 * With any body at all the start would be historical, and `{}` is refused (recorded). It answers the id of the detector: its task is the newest of that run, which
 * the start has written before it answers. One that stands still is of an earlier start.
 */
const startRealtime = async (context: AdapterContext, detectorId: string, call: CallOptions): Promise<VerbAnswer> => {
  await post(context, detectorId, '_start', {}, call);
  const newest = () => sought(newestRun(context, detectorId, 'REALTIME', call));
  const first = await newest();
  const task = isUnderWay(first) || !(await pause(settleMs, call)) ? first : await newest();
  return { done: false, taskId: isUnderWay(task) ? task.id : null };
};

/** Refusals that pass by themselves: another start holds the lock, or all places, for a moment (recorded). */
const isPassing = (error: unknown): boolean =>
  /^No available task slot|^Too many historical analysis requests/.test(failureOf(error)?.reason ?? '');

/** Two starts that met once would meet again after equal waits. */
const waitMs = (): number => 400 + Math.floor(Math.random() * 600);

const startHistorical = async (
  context: AdapterContext,
  detectorId: string,
  { start, end }: DateRange,
  call: CallOptions,
): Promise<VerbAnswer> => {
  const send = () => post(context, detectorId, '_start', { body: { start_time: start, end_time: end } }, call);
  const answer = await send().catch(async (error: unknown) => {
    if (!isPassing(error) || !(await pause(waitMs(), call))) throw error;
    return send();
  });
  return { done: false, taskId: answer._id };
};

/** It answers the id of the detector; since 2.15 also when there was never anything to stop. */
const stopRealtime = async (context: AdapterContext, detectorId: string, call: CallOptions): Promise<VerbAnswer> => {
  await post(context, detectorId, '_stop', {}, call);
  const task = await sought(newestRun(context, detectorId, 'REALTIME', call));
  return { done: true, ...(task === undefined ? {} : { taskId: task.id }) };
};

const foundNoneRunning = (error: unknown): boolean => /^No running task found/.test(failureOf(error)?.reason ?? '');

/**
 * The run ends at its next piece, not with the call. A run whose node is gone is refused with "No running task found" and yet set to STOPPED by that very call,
 * without an end time (3.4.0 after a crash, recorded): so the task is read before the refusal is believed.
 */
const stopHistorical = async (context: AdapterContext, detectorId: string, call: CallOptions): Promise<VerbAnswer> => {
  try {
    return { done: false, taskId: (await post(context, detectorId, '_stop', { query: { historical: true } }, call))._id };
  } catch (error) {
    if (!foundNoneRunning(error)) throw error;
    const newest = () => sought(newestRun(context, detectorId, 'HISTORICAL', call));
    const first = await newest();
    const task = isUnderWay(first) && (await pause(settleMs, call)) ? await newest() : first;
    if (task?.state === 'CANCELLED' && task.endedAt === null) return { done: true, taskId: task.id };
    throw error;
  }
};

/** There is no way to cancel a task but to stop the run it is of. */
const cancel = async (context: AdapterContext, taskId: string, call: CallOptions): Promise<VerbAnswer> => {
  const { origin } = context;
  const task = await taskOf(context, taskId, call);
  if (task === undefined) throw errorAbout(origin, 'NOT_FOUND', 'There is no such task, or the cluster has dropped it.');
  if (task.run === undefined)
    throw errorAbout(origin, 'WRONG_STATE', 'The task of one entity cannot be cancelled by itself: cancel its parent.');
  if (isFinal(task.state)) throw errorAbout(origin, 'WRONG_STATE', 'The task has ended already.', { already: true });
  const answer = await (task.run === 'REALTIME' ? stopRealtime : stopHistorical)(context, task.detectorId, call);
  return answer.taskId === undefined ? { ...answer, taskId } : answer;
};

const checked = (context: AdapterContext, detectorId: string): string => {
  if (isPossibleId(detectorId)) return detectorId;
  throw errorAbout(context.origin, 'NOT_FOUND', 'There is no such detector.');
};

/** Sends a verb on a detector. */
export const runDetectorVerb = async (context: AdapterContext, verb: DetectorVerb, call: CallOptions): Promise<VerbAnswer> => {
  const detectorId = checked(context, verb.detectorId);
  if (verb.action === 'STOP_DETECTOR') return (verb.run === 'REALTIME' ? stopRealtime : stopHistorical)(context, detectorId, call);
  return verb.run === 'REALTIME' ? startRealtime(context, detectorId, call) : startHistorical(context, detectorId, verb.dateRange, call);
};

/** Sends a verb on a real-time job, whose id is its detector's, or on a task. */
export const runVerb = async (context: AdapterContext, verb: Verb, call: CallOptions): Promise<VerbAnswer> => {
  switch (verb.action) {
    case 'OPEN_JOB':
      return startRealtime(context, checked(context, verb.jobId), call);
    case 'CLOSE_JOB':
      return stopRealtime(context, checked(context, verb.jobId), call);
    case 'CANCEL_TASK':
      return cancel(context, verb.taskId, call);
    default:
      throw errorAbout(context.origin, 'UNSUPPORTED', 'Anomaly Detection has no such verb.', {
        action: verb.action,
        supported: call.profile.capabilities,
      });
  }
};
