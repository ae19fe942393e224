import type { ErrorCode } from '../../errors.js';

/** What one refusal means. */
export interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  /** Overrides the catalogue. */
  readonly retryable?: boolean;
  readonly retryAfterMs?: number;
  /** The object is already as the verb would make it. */
  readonly already?: boolean;
  readonly path?: readonly string[];
}

interface TextRule extends Refusal {
  readonly text: RegExp;
}

/** A start in progress holds slots and the lock on starts for a moment only (recorded: 2.11.0, 2.19.4 and 3.4.0). */
const momentMs = 2_000;

const badRange = { code: 'INVALID_INPUT', path: ['input', 'dateRange'] } as const;
const stopFirst = { code: 'WRONG_STATE', message: 'The detector runs: stop it first.' } as const;

/*
 * Anomaly detection answers nearly everything with type `status_exception`: the text tells what is meant. The texts changed with 2.15; both are here.
 * Recorded from 2.11.0, 2.19.4 and 3.4.0, unless another source is named.
 */
const byText: readonly TextRule[] = [
  // With status 200: those two are the only errors that have nothing to do as their reason. The first says "detector" in every version, the second until 2.14.
  { text: /job is already running/i, code: 'WRONG_STATE', message: 'The detector is already running in real time.', already: true },
  { text: /job is already stopped/i, code: 'WRONG_STATE', message: 'The detector is not running in real time.', already: true },
  // Until 2.14 (AD source, IndexAnomalyDetectorJobActionHandler 2.11); later a stop of what never ran is answered with success.
  { text: /detector job not exist/i, code: 'WRONG_STATE', message: 'The detector was never started in real time.', already: true },
  // The job index, which is made by the first start ever.
  {
    text: /^no such index \[\.[\w-]*detector-jobs?\]/,
    code: 'WRONG_STATE',
    message: 'The detector was never started in real time.',
    already: true,
  },
  { text: /^(?:Config|Detector) is already running/, code: 'WRONG_STATE', message: 'A historical analysis of the detector is under way.' },
  { text: /^Detector not started/, code: 'WRONG_STATE', message: 'The detector never analysed a past range.', already: true },
  { text: /^No running task found/, code: 'WRONG_STATE', message: 'No historical analysis of the detector is under way.', already: true },
  { text: /^Can't find (?:config|detector|anomaly detector) with id/, code: 'NOT_FOUND', message: 'There is no such detector.' },
  // The configuration index, which is made with the first detector.
  { text: /^no such index \[\.[\w-]*anomaly-detectors\]/, code: 'NOT_FOUND', message: 'There is no such detector: there was never one.' },
  { text: /^Cannot find entity/, code: 'NOT_FOUND', message: 'The detector has no such entity.' },
  { text: /as no features configured/, code: 'REFUSED', message: 'The detector has no features: there is nothing to analyse.' },
  { text: /as no enabled features configured/, code: 'REFUSED', message: 'All features of the detector are switched off.' },
  { text: /^Detection data range's end time must be after/, message: 'The end of the range has to be after its start.', ...badRange },
  { text: /^Detection data range's|^For input string/, message: 'The range needs a start and an end.', ...badRange },
  {
    text: /No available task slot/,
    code: 'REFUSED',
    message: 'All places for historical analyses are taken.',
    retryable: true,
    retryAfterMs: momentMs,
  },
  // With status 403, although it is about no privilege (AD source, ADTaskManager: one semaphore on the lead node).
  {
    text: /^Too many historical analysis requests/,
    code: 'REFUSED',
    message: 'Another historical analysis is being started at this very moment.',
    retryable: true,
    retryAfterMs: momentMs,
  },
  {
    text: /exceeds? limitation|No eligible node to run detector/,
    code: 'REFUSED',
    message: 'No node can take the detector now.',
    retryable: true,
  },
  { text: /^(?:Detector )?[jJ]ob is running|^(?:Historical|Detector) is running/, ...stopFirst },
  { text: /^Cannot create .* with name/, code: 'CONFLICT', message: 'Another detector has this name.', retryable: false },
  // AD source, StopConfigTransportAction: the job is switched off by then, its task becomes FAILED.
  {
    text: /^Failed to delete model|^Failed to execute stop/,
    code: 'REFUSED',
    message: 'The detector was stopped, but its models could not be deleted on every node.',
    retryable: true,
  },
  {
    text: /^Fail to (?:start|stop)/,
    code: 'REFUSED',
    message: 'Anomaly detection could not do it and does not say why: the log of the cluster has the reason.',
    retryable: true,
  },
  // A request that takes no body refuses one: before 1.1 a past range could not be analysed by a start.
  { text: /does not support having a body/, code: 'UNSUPPORTED', message: 'This version cannot analyse a past range on demand.' },
  {
    text: /contains unrecognized (?:parameter|stat)|^profiles to collect|^Content-Type header|^request body or source parameter/,
    code: 'INTERNAL',
    message: 'The gateway asked in a way that this version does not know.',
  },
];

const unavailable: Refusal = { code: 'BACKEND_UNAVAILABLE', message: 'The cluster cannot answer this now.' };
const late: Refusal = { code: 'TIMEOUT', message: 'The cluster stopped waiting; the work may go on.' };

/** Types of the core, which OpenSearch and Elasticsearch share but for the name of the manager. */
const byType: ReadonlyMap<string, Refusal> = new Map<string, Refusal>([
  ['rejected_execution_exception', unavailable],
  ['es_rejected_execution_exception', unavailable],
  ['circuit_breaking_exception', unavailable],
  ['timeout_exception', late],
  ['process_cluster_event_timeout_exception', late],
  ['receive_timeout_transport_exception', late],
  ['version_conflict_engine_exception', { code: 'CONFLICT', message: 'Somebody else changed the detector at the same time.' }],
  ['cluster_block_exception', { code: 'REFUSED', message: 'An index that anomaly detection keeps is blocked or closed.' }],
]);

/** What a failure means by its text and type; undefined when only the status can tell. */
export const refusalByWords = (failure: { readonly type: string | null; readonly reason: string }): Refusal | undefined =>
  byText.find((rule) => rule.text.test(failure.reason)) ?? byType.get(failure.type ?? '');

/** What a failure means by its status alone. */
export const refusalByStatus = (status: number, subject: string): Refusal => {
  if (status === 400) return { code: 'INVALID_INPUT', message: 'Anomaly detection does not accept the request.' };
  if (status === 404) return { code: 'NOT_FOUND', message: `There is no such ${subject}.` };
  // A search that took too long is answered with 408 and what it had found (AD source, AbstractSearchAction).
  if (status === 408 || status === 504) return late;
  if (status === 409) return { code: 'CONFLICT', message: `Something else is under way on the ${subject}.` };
  if (status === 429) return { code: 'REFUSED', message: 'The cluster has no capacity for this now.', retryable: true };
  return status >= 500 ? unavailable : { code: 'REFUSED', message: 'Anomaly detection refused the request.' };
};
