import { type Action, type BackendProfile, type DatafeedState, formatId, type Job, type JobState, type Verb } from '../../domain/index.js';
import { type ErrorCode, type ErrorFacts, VigilError } from '../../errors.js';
import { lacksUserAnnotations } from './capabilities.js';
import { isElasticsearchDetails } from './details.js';

const closable: ReadonlySet<JobState> = new Set(['OPENING', 'OPENED', 'FAILED']);
const held: ReadonlySet<JobState> = new Set(['RESETTING', 'REVERTING', 'DELETING']);

/*
 * Kibana's rules (ML plugin, job_actions/management.tsx and utils): close when the job is neither closed nor closing; reset when closed, or held by a
 * reset that hangs; delete always, since it may be forced; nothing else while held. Two differ: Kibana has no open button, a closed job can be opened; and
 * Kibana wants the datafeed stopped before a close, which this gateway's close does itself (docs/decisions/0005). Kibana opens a job to start its
 * datafeed; here that is a verb of its own, so the job has to be open.
 */
const offers: Readonly<Partial<Record<Action, (state: JobState, datafeed: DatafeedState | undefined) => boolean>>> = {
  OPEN_JOB: (state) => state === 'CLOSED',
  CLOSE_JOB: (state) => closable.has(state),
  RESET_JOB: (state) => state === 'CLOSED' || state === 'RESETTING',
  DELETE_JOB: (state) => state !== 'UNKNOWN',
  REVERT_JOB: (state) => state === 'CLOSED',
  START_DATAFEED: (state, datafeed) => state === 'OPENED' && datafeed === 'STOPPED',
  STOP_DATAFEED: (state, datafeed) => state !== 'UNKNOWN' && !held.has(state) && (datafeed === 'STARTED' || datafeed === 'STARTING'),
};

/** Verbs to offer for a job, in the order of the capabilities. An unknown state offers none; without a datafeed there is none to start or stop. */
export const allowedActionsOf = (
  state: JobState,
  datafeed: DatafeedState | undefined,
  capabilities: readonly Action[],
): readonly Action[] => capabilities.filter((action) => offers[action]?.(state, datafeed) ?? false);

const about = (job: Job): Pick<ErrorFacts, 'backend'> => ({ backend: job.backendKey });

const refuse = (job: Job, code: ErrorCode, message: string, facts: ErrorFacts = {}): VigilError =>
  new VigilError(code, message, { ...about(job), ...facts });

const underWay: Readonly<Partial<Record<JobState, string>>> = { RESETTING: 'reset', REVERTING: 'reverted', DELETING: 'deleted' };

const conflict = (job: Job, state: JobState): VigilError => {
  const holder = isElasticsearchDetails(job.details) ? job.details.blockingTaskId : null;
  // A reset that was cancelled, or whose node left, holds its job with nobody at work on it: only another one ends that.
  const waysOut = state === 'RESETTING' ? 'wait for it to end, cancel it, or reset it again' : 'wait for it to end, or cancel it';
  const task = holder ? { taskId: formatId('task', job.backendKey, holder) } : {};
  return refuse(job, 'CONFLICT', `The job is being ${underWay[state]}: ${waysOut}.`, task);
};

const word = (state: JobState): string =>
  state === 'FAILED' ? 'has failed' : `is ${state.toLowerCase() === 'opened' ? 'open' : state.toLowerCase()}`;

type Rule<A extends Verb['action']> = (verb: Extract<Verb, { action: A }>, job: Job, state: JobState) => VigilError | null;

/** Of the verbs Elasticsearch has. */
const ruleOf: { readonly [A in Verb['action']]?: Rule<A> } = {
  OPEN_JOB: (_verb, job, state) => {
    if (held.has(state)) return conflict(job, state);
    if (state === 'CLOSED') return null;
    return refuse(
      job,
      'WRONG_STATE',
      `The job ${word(state)}; only a closed job can be opened.${state === 'FAILED' ? ' Close it with force first.' : ''}`,
    );
  },
  // A closed job is closed once more without harm, and so is one that is being reset or reverted; one being deleted no longer counts as a job to close.
  CLOSE_JOB: (verb, job, state) => {
    if (state === 'DELETING') return conflict(job, state);
    return state === 'FAILED' && verb.force !== true
      ? refuse(job, 'WRONG_STATE', 'The job has failed; only a forced close ends it: use force.')
      : null;
  },
  // Resetting again is how a reset that hangs, or was cancelled, is brought to its end.
  RESET_JOB: (_verb, job, state) => {
    if (state === 'REVERTING' || state === 'DELETING') return conflict(job, state);
    if (state === 'CLOSED' || state === 'RESETTING') return null;
    return refuse(job, 'WRONG_STATE', `The job ${word(state)}; it must be closed to be reset: close it first, or use closeFirst.`);
  },
  // A delete cancels a reset, and joins a delete that is under way.
  DELETE_JOB: (verb, job, state) => {
    if (state === 'CLOSED' || held.has(state) || verb.force === true) return null;
    return refuse(job, 'WRONG_STATE', `The job ${word(state)}; close it first, or use force.`);
  },
  REVERT_JOB: (_verb, job, state) => {
    if (held.has(state)) return conflict(job, state);
    if (state === 'CLOSED') return null;
    return refuse(job, 'WRONG_STATE', `The job ${word(state)}; it must be closed to be reverted: close it first.`);
  },
  // A job that is opening may be refused or not, by version and by whether it has a node: the vendor decides.
  START_DATAFEED: (verb, job, state) => {
    if (held.has(state)) return conflict(job, state);
    if (state !== 'OPENED' && state !== 'OPENING')
      return refuse(job, 'WRONG_STATE', `The job ${word(state)}; it must be open for its datafeed to be started: open it first.`);
    const feed = job.datafeed?.nativeId === verb.datafeedId ? job.datafeed.state : undefined;
    if (feed === 'STARTED' || feed === 'STARTING') return refuse(job, 'WRONG_STATE', 'The datafeed has already been started.');
    return feed === 'STOPPING' ? refuse(job, 'WRONG_STATE', 'The datafeed is stopping: start it when it has stopped.') : null;
  },
  // Stopping what is stopped is no error.
  STOP_DATAFEED: () => null,
  CANCEL_TASK: () => null,
};

const optionsRefused = (verb: Verb, job: Job, profile: BackendProfile): VigilError | null => {
  // 7.9 fails a close with 0 or -1 at once with "Timed out … after -1".
  if ('timeoutMs' in verb && verb.timeoutMs !== undefined && !(verb.timeoutMs >= 1)) {
    return refuse(job, 'INVALID_INPUT', 'timeoutMs has to be at least 1.', { path: ['input', 'timeoutMs'] });
  }
  if (verb.action === 'START_DATAFEED' && verb.start !== undefined && verb.end !== undefined && verb.end <= verb.start) {
    return refuse(job, 'INVALID_INPUT', 'The end has to be after the start.', { path: ['input', 'end'] });
  }
  if ('deleteUserAnnotations' in verb && verb.deleteUserAnnotations === true && lacksUserAnnotations(profile.version)) {
    const message = `deleteUserAnnotations needs Elasticsearch 8.7; this backend has ${profile.version}.`;
    return refuse(job, 'INVALID_INPUT', message, { path: ['input', 'deleteUserAnnotations'] });
  }
  return null;
};

/** Why Elasticsearch would refuse the verb now; null when it would not, or when only it can tell (its state is not known). */
export const refusalOf = (verb: Verb, job: Job, profile: BackendProfile): VigilError | null => {
  if (!profile.capabilities.includes(verb.action)) {
    const version = profile.version === null ? 'an Elasticsearch whose version is not known' : `Elasticsearch ${profile.version}`;
    return refuse(job, 'UNSUPPORTED', `${verb.action} is not offered by ${version}.`, {
      action: verb.action,
      supported: profile.capabilities,
    });
  }
  const options = optionsRefused(verb, job, profile);
  if (options) return options;
  if (job.state === undefined || job.state === 'UNKNOWN') return null;
  const rule = ruleOf[verb.action] as (verb: Verb, job: Job, state: JobState) => VigilError | null;
  return rule(verb, job, job.state);
};
