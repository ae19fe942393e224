import type { CallOptions, Verb, VerbAnswer } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import type { Write } from './client.js';
import type { AdapterContext } from './context.js';
import { errorOfTask, failureOf } from './errors.js';
import { isPossibleId } from './native-ids.js';
import type { Query } from './request-line.js';
import { unsendable } from './verb-ids.js';

type VerbOf<A extends Verb['action']> = Extract<Verb, { action: A }>;
type Send<A extends Verb['action']> = (context: AdapterContext, verb: VerbOf<A>, call: CallOptions) => Promise<VerbAnswer>;

const done: VerbAnswer = { done: true };

/** A duration with its unit: a bare number is refused with 400. */
const duration = (ms: number | undefined): string | undefined => (ms === undefined ? undefined : `${Math.round(ms)}ms`);
const flag = (value: boolean | undefined): true | undefined => (value === true ? true : undefined);

const writeOf = (action: Verb['action'], id: string, call: CallOptions, query: Query): Write => ({
  id,
  query,
  action,
  supported: call.profile.capabilities,
});

const background = (answer: { readonly task?: string | null | undefined }): VerbAnswer =>
  answer.task === undefined ? done : { done: false, taskId: answer.task };

/** Id of the datafeed that keeps a job from being closed. A stop of what is no such id would stop others, or all of them. */
const runningDatafeed = (error: unknown): string | undefined => {
  const reason = isVigilError(error) ? failureOf(error)?.reason : undefined;
  const id = /datafeed \[([^\]]+)\] hasn't been stopped/.exec(reason ?? '')?.[1];
  return id !== undefined && isPossibleId(id) ? id : undefined;
};

/*
 * Up to 7.13 a close, also with force, is refused while the datafeed runs (recorded: 409 "cannot close job datafeed [df] hasn't been stopped"); later the
 * server stops it with the same force and timeout. The refusal is certain to have changed nothing, so the datafeed is stopped and the close sent anew.
 */
const closeJob: Send<'CLOSE_JOB'> = async ({ client }, verb, call) => {
  const query = { force: flag(verb.force), timeout: duration(verb.timeoutMs) };
  const close = () => client.closeJob(writeOf('CLOSE_JOB', verb.jobId, call, query), call);
  try {
    await close();
  } catch (error) {
    const datafeed = runningDatafeed(error);
    if (datafeed === undefined) throw error;
    await client.stopDatafeed(writeOf('CLOSE_JOB', datafeed, call, query), call);
    await close();
  }
  return done;
};

const send: { readonly [A in Verb['action']]?: Send<A> } = {
  OPEN_JOB: async ({ client }, verb, call) => {
    await client.openJob(writeOf('OPEN_JOB', verb.jobId, call, { timeout: duration(verb.timeoutMs) }), call);
    return done;
  },
  CLOSE_JOB: closeJob,
  // In the background even a refusal is answered with 200 and a task: its result tells.
  RESET_JOB: async ({ client }, verb, call) => {
    const query = { wait_for_completion: false, delete_user_annotations: flag(verb.deleteUserAnnotations) };
    return background(await client.resetJob(writeOf('RESET_JOB', verb.jobId, call, query), call));
  },
  DELETE_JOB: async ({ client }, verb, call) => {
    const query = { wait_for_completion: false, force: flag(verb.force), delete_user_annotations: flag(verb.deleteUserAnnotations) };
    return background(await client.deleteJob(writeOf('DELETE_JOB', verb.jobId, call, query), call));
  },
  REVERT_JOB: async ({ client }, verb, call) => {
    const query = { delete_intervening_results: flag(verb.deleteInterveningResults) };
    await client.revertJob(writeOf('REVERT_JOB', verb.jobId, call, query), verb.snapshotId, call);
    return done;
  },
  START_DATAFEED: async ({ client }, verb, call) => {
    // Times as epoch milliseconds, which every version takes.
    const query = { start: verb.start, end: verb.end, timeout: duration(verb.timeoutMs) };
    await client.startDatafeed(writeOf('START_DATAFEED', verb.datafeedId, call, query), call);
    return done;
  },
  // One that is stopped already is stopped once more without harm (7.9).
  STOP_DATAFEED: async ({ client }, verb, call) => {
    const query = { force: flag(verb.force), timeout: duration(verb.timeoutMs) };
    await client.stopDatafeed(writeOf('STOP_DATAFEED', verb.datafeedId, call, query), call);
    return done;
  },
  // An unknown, ended or dead node's task is no error status but a node failure inside a 200 (7.9 to 9.1).
  CANCEL_TASK: async ({ client, origin }, verb, call) => {
    const answer = await client.cancelTask(writeOf('CANCEL_TASK', verb.taskId, call, {}), call);
    const failure = answer.node_failures?.[0] ?? answer.task_failures?.[0]?.reason;
    if (failure !== undefined) throw errorOfTask(failure.caused_by ?? failure, origin);
    if (Object.keys(answer.nodes ?? {}).length === 0)
      throw errorAbout(origin, 'NOT_FOUND', 'The cluster neither runs this task nor has its result.');
    return done;
  },
};

export const runVerb = async (context: AdapterContext, verb: Verb, call: CallOptions): Promise<VerbAnswer> => {
  const reason = unsendable(context.origin, verb);
  if (reason) throw reason;
  const run = send[verb.action] as ((context: AdapterContext, verb: Verb, call: CallOptions) => Promise<VerbAnswer>) | undefined;
  if (!run) throw errorAbout(context.origin, 'UNSUPPORTED', `Elasticsearch has no ${verb.action}.`);
  return run(context, verb, call);
};
