import type { ErrorCode } from '../../errors.js';

/** What one refusal of Elasticsearch means. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Overrides the catalogue. */
  readonly retryable?: boolean;
}

interface TextRule extends Refusal {
  readonly text: RegExp;
}

/*
 * ML answers conflicts, bad requests and lack of capacity all with type `status_exception`, and stored task results carry no status:
 * the text is what tells them apart. Recorded from 7.9, 7.10, 7.17, 8.17 and 9.1; reset, blocked and datafeed texts from the 8.x sources.
 */
const byText: readonly TextRule[] = [
  { text: /^No known job with id /, code: 'NOT_FOUND', message: 'There is no such job; a group name does not name one job.' },
  { text: /^No datafeed with id /, code: 'NOT_FOUND', message: 'There is no such datafeed.' },
  {
    text: /isn't running and hasn't stored its results|there is no record of the task|^task \[.*\] is not found|^No such node /,
    code: 'NOT_FOUND',
    message: 'The cluster neither runs this task nor has its result.',
  },
  { text: /doesn't support cancellation/, code: 'WRONG_STATE', message: 'This task cannot be cancelled.' },
  { text: /^No model snapshot with id /, code: 'NOT_FOUND', message: 'The job has no such model snapshot.' },
  {
    text: /^cannot start datafeed \[.*\] because job \[.*\] is \w+|job's \[.*\] state is \[/,
    code: 'WRONG_STATE',
    message: 'The job is not open: open it before its datafeed is started.',
  },
  { text: /^cannot start datafeed .* already been started/, code: 'WRONG_STATE', message: 'The datafeed has already been started.' },
  { text: /must be earlier than end/, code: 'INVALID_INPUT', message: 'The start has to be before the end.' },
  {
    text: /cannot retrieve (?:data|field) /,
    code: 'REFUSED',
    message: 'The datafeed cannot read its data: an index or a field is missing.',
  },
  {
    text: /[Uu]se force stop/,
    code: 'REFUSED',
    message: 'The datafeed has no node that could stop it: use force.',
  },
  { text: /use force close/, code: 'WRONG_STATE', message: 'The job has failed; only a forced close ends it: use force.' },
  { text: /hasn't been stopped/, code: 'WRONG_STATE', message: "The job's datafeed is still running." },
  {
    text: /started datafeeds that could not be stopped/,
    code: 'REFUSED',
    message: 'The job was not closed because its datafeed could not be stopped.',
    retryable: true,
  },
  {
    text: /as its datafeed .* could not be deleted/,
    code: 'REFUSED',
    message: 'The job was not deleted because its datafeed could not be.',
    retryable: true,
  },
  { text: /Can only reset a job when it is closed/, code: 'WRONG_STATE', message: 'A job must be closed to be reset: close it first.' },
  {
    text: /Can only revert .* when the job is closed/,
    code: 'WRONG_STATE',
    message: 'A job must be closed to be reverted: close it first.',
  },
  {
    text: /while it is blocked with \[|because it is executing \[/,
    code: 'CONFLICT',
    message: 'A reset, revert or delete of this job is under way.',
  },
  { text: /has already been opened/, code: 'WRONG_STATE', message: 'The job is not closed: it is open, opening, closing or failed.' },
  { text: /because the job is \w+$/, code: 'WRONG_STATE', message: 'The job is not closed: close it first, or use force.' },
  {
    text: /because datafeed \[.*\] refers to it/,
    code: 'WRONG_STATE',
    message: 'A datafeed refers to this job, and this version does not delete it with the job.',
  },
  { text: /closed while waiting to be opened/, code: 'CONFLICT', message: 'The job was closed while it was being opened.' },
  {
    text: /^Timed out when waiting for persistent tasks|timed out after \[|^Timed out waiting/i,
    code: 'TIMEOUT',
    message: 'Elasticsearch stopped waiting; the work goes on.',
  },
  {
    text: /upgrade mode is enabled|while indices are being upgraded/,
    code: 'REFUSED',
    message: 'Machine learning is in upgrade mode: nothing can be changed until it ends.',
    retryable: true,
  },
  {
    text: /no ML nodes with sufficient capacity|no suitable nodes|persistent task assignment is disabled|^No node found to start/,
    code: 'REFUSED',
    message: 'No node can take the job now.',
    retryable: true,
  },
  { text: /license is non-compliant/, code: 'REFUSED', message: "The cluster's licence does not include machine learning." },
  {
    text: /has min version before/,
    code: 'REFUSED',
    message: "The job's model snapshot is too old for this version: reset the job or revert it to a newer snapshot.",
  },
  { text: /^Unexpected job state \[failed\]/, code: 'REFUSED', message: 'The job failed while it was being opened.' },
  {
    text: /^reset failed to complete|^Failed to force close job/,
    code: 'REFUSED',
    message: 'Elasticsearch began but could not finish it: send it again.',
    retryable: true,
  },
];

const unavailable: Refusal = { code: 'BACKEND_UNAVAILABLE', message: 'The cluster cannot answer this now.' };
const late: Refusal = { code: 'TIMEOUT', message: 'Elasticsearch stopped waiting; the work may go on.' };

const tooLong: Refusal = { code: 'INTERNAL', message: 'The gateway sent a request line or a header that is too long.' };

const byType: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['es_rejected_execution_exception', unavailable],
  ['circuit_breaking_exception', unavailable],
  ['master_not_discovered_exception', unavailable],
  ['no_shard_available_action_exception', unavailable],
  ['search_phase_execution_exception', unavailable],
  ['node_closed_exception', unavailable],
  ['node_disconnected_exception', unavailable],
  ['node_not_connected_exception', unavailable],
  ['timeout_exception', late],
  ['process_cluster_event_timeout_exception', late],
  ['receive_timeout_transport_exception', late],
  ['version_conflict_engine_exception', { code: 'CONFLICT', message: 'Somebody else changed the job at the same time.' }],
  ['cluster_block_exception', { code: 'REFUSED', message: 'An index that machine learning keeps is blocked or closed.' }],
  ['resource_not_found_exception', { code: 'NOT_FOUND', message: 'There is no such object.' }],
  // We build the request line and its headers, so one too long is ours.
  ['too_long_frame_exception', tooLong],
  ['too_long_http_line_exception', tooLong],
  ['too_long_http_header_exception', tooLong],
]);

/** What a failure means by its text and type; undefined when only the status can tell. */
export const refusalByWords = (failure: { readonly type: string | null; readonly reason: string }): Refusal | undefined =>
  byText.find((rule) => rule.text.test(failure.reason)) ?? byType.get(failure.type ?? '');

/** What a failure means by its status alone. */
export const refusalByStatus = (status: number): Refusal => {
  if (status === 400) return { code: 'INVALID_INPUT', message: 'Elasticsearch does not accept the request.' };
  if (status === 404) return { code: 'NOT_FOUND', message: 'There is no such object.' };
  if (status === 408 || status === 504) return late;
  if (status === 409) return { code: 'WRONG_STATE', message: 'The job is in a state in which Elasticsearch does not accept this.' };
  if (status === 429) return { code: 'REFUSED', message: 'The cluster has no capacity for this now.', retryable: true };
  return status >= 500 ? unavailable : { code: 'REFUSED', message: 'Elasticsearch refused the request.' };
};
