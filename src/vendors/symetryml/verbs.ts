import type { Action, BackendProfile, CallOptions, Job, JobState, TaskKind, Verb, VerbAnswer } from '../../domain/index.js';
import { type ErrorCode, isVigilError, VigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { killJob, startJob } from './client.js';
import type { AdapterContext } from './context.js';
import { fieldOf, type StartInput, startRequestOf } from './start/kinds.js';
import { readStart } from './start/read-start.js';

const unsupported = (action: Action, { capabilities }: BackendProfile): VigilError =>
  new VigilError('UNSUPPORTED', 'SymetryML has no such verb.', { action, supported: capabilities });

const ends: Readonly<Partial<Record<JobState, string>>> = {
  FINISHED: 'The job has finished already.',
  KILLED: 'The job was killed already.',
  FAILED: 'The job has failed already.',
};

/** Which kinds can be killed, only the server's answer tells. */
export const refusalOf = (verb: Verb, { state }: Pick<Job, 'state'>, profile: BackendProfile): VigilError | null => {
  if (verb.action !== 'KILL_JOB') return unsupported(verb.action, profile);
  const end = state === undefined ? undefined : ends[state];
  return end === undefined ? null : new VigilError('WRONG_STATE', end);
};

/** Sends a verb. A job and its run have one id, and killing one is cancelling the other. */
export const runVerb = async ({ endpoint, numbersOfOthers }: AdapterContext, verb: Verb, call: CallOptions): Promise<VerbAnswer> => {
  if (verb.action !== 'KILL_JOB' && verb.action !== 'CANCEL_TASK') throw unsupported(verb.action, call.profile);
  const id = verb.action === 'KILL_JOB' ? verb.jobId : verb.taskId;
  if (numbersOfOthers.has(id)) throw errorAbout(endpoint.origin, 'NOT_FOUND', "There is no such job: its number is another customer's.");
  await killJob(endpoint, id, call);
  return { done: true, taskId: id };
};

/** Only their messages are shown to clients. */
const wordless: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'INVALID_INPUT', 'CONFLICT']);

/** What is wrong with an input only the server knows: its words, and the place they are about as far as that is told. */
const inWordsOfVendor = (error: unknown, { kind }: StartInput): unknown => {
  if (!isVigilError(error) || error.facts.httpStatus === undefined || !wordless.has(error.code)) return error;
  const { vendorMessage, httpStatus } = error.facts;
  const words = vendorMessage === undefined ? '' : ` SymetryML says: ${vendorMessage}`;
  // With 400 it is the project that is not found (6.3, all pages of the REST API).
  const path = ['input', fieldOf[kind], ...(error.code === 'NOT_FOUND' && httpStatus === 400 ? ['project'] : [])];
  return new VigilError(error.code, `${error.message}${words}`, { ...error.facts, path, cause: error });
};

/** `request`: a StartInput, as the mutation of this vendor makes it. */
export const start = async (
  { endpoint, secretKey, numbersOfOthers }: AdapterContext,
  request: unknown,
  call: CallOptions,
): Promise<VerbAnswer> => {
  const input = readStart(request);
  const started = startRequestOf(input, secretKey, call.profile.version);
  try {
    const taskId = await startJob(endpoint, started, call);
    numbersOfOthers.forget(taskId);
    return { done: false, taskId };
  } catch (error) {
    throw inWordsOfVendor(error, input);
  }
};

export const taskKinds = { RUN: 'The run of a job that runs once. SymetryML only.' } as const satisfies Readonly<Record<TaskKind, string>>;

/** A kill shows in the run that it ends: it is no task of its own. */
export const taskKindOf = (action: Action): TaskKind => (action === 'START_JOB' ? 'RUN' : 'UNKNOWN');
