import type {
  Auth,
  BackendObserver,
  BackendProfile,
  CallOptions,
  Connection,
  VendorAdapter,
  VendorModule,
} from '../../../src/domain/index.js';
import { isVigilError, type VigilError } from '../../../src/errors.js';
import { spoken, wordsOf } from '../../support/spoken.js';

/** An observer that keeps nothing but for the search for secrets. */
const unobserved: BackendObserver = {
  answered: (answer) => spoken.hear('what an adapter tells of answers', JSON.stringify(answer)),
  failed: (error) => spoken.hear('an error of an adapter', wordsOf(error)),
  noted: (...note) => spoken.hear('a note of an adapter', JSON.stringify(note)),
};

/** How to connect in a test; bounds are wide, and nothing is asked twice. */
export interface ConnectOptions {
  readonly url: URL;
  readonly auth?: Auth;
  readonly version?: string;
}

export const connectTo = (module: VendorModule, { url, auth = { kind: 'none' }, version }: ConnectOptions): VendorAdapter => {
  const connection: Connection = {
    key: 'es-prod',
    vendorId: module.id,
    url,
    auth,
    readOnly: false,
    ...(version === undefined ? {} : { version }),
    http: {
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 5_000,
      maxResponseBytes: 50_000_000,
      maxConnections: 16,
      maxRetries: 0,
      breakerThreshold: 1000,
      breakerResetMs: 10,
    },
    poll: { fastMs: 1000, slowMs: 30_000 },
  };
  return module.connect(connection, unobserved);
};

/** Options of one call. */
export const callAs = (profile: BackendProfile, timeoutMs = 10_000): CallOptions => ({
  signal: new AbortController().signal,
  deadlineAt: Date.now() + timeoutMs,
  requestId: 'test-request',
  profile,
});

/** The catalogue error a promise is rejected with. */
export const errorOf = async (promise: Promise<unknown>): Promise<VigilError> => {
  try {
    await promise;
  } catch (error) {
    spoken.hear('an error of an adapter', wordsOf(error));
    if (isVigilError(error)) return error;
    throw error;
  }
  throw new Error('it was not rejected');
};
