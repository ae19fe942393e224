import type { TaskError } from '../../domain/index.js';
import type { ErrorCode } from '../../errors.js';
import { cut, readable, withoutPlaces } from '../../http/index.js';
import { refusalByWords } from './refusals.js';

interface Rule {
  readonly text: RegExp;
  readonly code: ErrorCode;
}

/** Texts as a task carries them. Recorded from 2.11.0, 2.19.4 and 3.4.0 unless another source is named. */
const rules: readonly Rule[] = [
  // Of a historical run, half a second after a start that was accepted: the range is to be chosen otherwise.
  { text: /^There is no data in the detection date range|^There is not enough data to train model/, code: 'INVALID_INPUT' },
  { text: /no such index|IndexNotFoundException/, code: 'NOT_FOUND' },
  { text: /no permissions for|Insufficient permissions|does not have permissions|security_exception/i, code: 'FORBIDDEN' },
  // The first minute of a new cluster, a node that left (AD source, TaskManager; core).
  {
    text: /NoShardAvailable|ShardNotFound|NodeNotConnected|NodeClosed|NodeDisconnected|NotSerializableTransport|RejectedExecution|CircuitBreaking|ClusterBlock|all shards failed/i,
    code: 'BACKEND_UNAVAILABLE',
  },
  { text: /exceeds? limitation|No eligible node|No available task slot/, code: 'BACKEND_UNAVAILABLE' },
  { text: /timed out|TimeoutException/i, code: 'TIMEOUT' },
];

const codeOf = (text: string): ErrorCode =>
  rules.find((rule) => rule.text.test(text))?.code ?? refusalByWords({ type: null, reason: text })?.code ?? 'REFUSED';

const longestMessage = 500;
const longestDetail = 4_000;

/** `MR48… org.opensearch.timeseries.common.exception.EndRunException: Having trouble…`: the class tells a reader nothing. */
const classPrefix = /^(?:[\w-]{1,64} )?(?:[a-z]\w*\.)+\w*(?:Exception|Error): /;

/** What a stop of a historical run leaves as its error; the state tells it already. */
const cancelledByUser = 'Historical analysis cancelled by user';

/** A task's `error` text, which may be a whole Java trace. Empty counts as none: it is what a run that recovered has. */
export const mapTaskError = (text: string | undefined): TaskError | null => {
  const words = withoutPlaces(readable(text ?? '')).trim();
  if (words === '' || words === cancelledByUser) return null;
  const line = (words.split(/\r?\n/, 1)[0] ?? '').replace(classPrefix, '').split('; nested: ', 1)[0] ?? '';
  const message = cut(line.replace(/;$/, '').trim(), longestMessage);
  return { code: codeOf(words), message, detail: words === message ? null : cut(words, longestDetail) };
};

/** What a run is told by that nobody carries on. */
export const orphaned = (known: TaskError | null): TaskError => ({
  code: 'BACKEND_UNAVAILABLE',
  message:
    'The node that ran it is gone, and nobody goes on with it. Its state stays as it is until the detector’s next historical start or stop ends it.',
  detail: known?.message ?? null,
});
