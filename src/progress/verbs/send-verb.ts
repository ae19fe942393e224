import type { AnyVerb, Backend, CallOptions, VerbAnswer } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';

/** Sends verbs to their vendors. */
export type SendVerb = (backend: Backend, verb: AnyVerb, options: SendOptions) => Promise<VerbAnswer>;

/** How one verb is sent. */
export interface SendOptions {
  readonly requestId: string;
  /** How long the vendor may take where the verb does not say; absent: the backend's own deadline. */
  readonly vendorTimeoutMs?: number;
}

/** How much longer the gateway waits than the vendor says it will. */
const marginMs = 15_000;

/** `refused` is told of a backend that has said no to a verb: it may have begun to take none. */
export const createSendVerb =
  (signal: AbortSignal, refused: (backend: Backend) => void): SendVerb =>
  async (backend, verb, { requestId, vendorTimeoutMs }) => {
    const limitMs = ('timeoutMs' in verb ? verb.timeoutMs : undefined) ?? vendorTimeoutMs;
    try {
      const call = backend.call({ signal, requestId, ...(limitMs === undefined ? {} : { timeoutMs: limitMs + marginMs }) });
      return await run(backend, verb, call);
    } catch (error) {
      if (isVigilError(error) && error.code === 'REFUSED') refused(backend);
      throw error;
    }
  };

const run = async ({ adapter, key, vendor }: Backend, verb: AnyVerb, call: CallOptions): Promise<VerbAnswer> => {
  if (verb.action === 'START_JOB') {
    if (adapter.startJob) return adapter.startJob(verb.request, call);
    throw new VigilError('UNSUPPORTED', `Jobs of ${vendor} are not started by the gateway.`, { backend: key, vendor, action: verb.action });
  }
  if (verb.action !== 'START_DETECTOR' && verb.action !== 'STOP_DETECTOR') return adapter.run(verb, call);
  if (adapter.detectors) return adapter.detectors.run(verb, call);
  throw new VigilError('UNSUPPORTED', `${vendor} has no detectors.`, { backend: key, vendor, action: verb.action });
};
