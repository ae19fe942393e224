import type { BackendObserver, CallOptions, Connection, Secret } from '../../domain/index.js';
import type { ErrorFacts, VigilError } from '../../errors.js';
import {
  createHttpClient,
  createTextCleaner,
  errorAbout,
  type HttpRequest,
  type HttpStream,
  type Origin,
  retryAfterOf,
} from '../../http/index.js';
import { createClock } from './clock.js';
import { type Envelope, readEnvelope, readEnvelopeText } from './envelope.js';
import { errorOfRefusal, isClockRefusal, strange } from './errors.js';
import { parseLenient } from './lenient-json.js';
import { createSigner, type PathForm } from './sign.js';
import { defaultSymVersion } from './version.js';

/** Who the gateway is for this server. */
export interface Account {
  readonly customerId: string;
  /** As issued. */
  readonly secretKey: Secret;
  /** Default: `slash`. */
  readonly pathForm?: PathForm;
  /** Default: 6.3. */
  readonly symVersion?: string;
  /** Label in the server's statistics. Default: `vigil`. */
  readonly symClient?: string;
}

/** One request to one endpoint. */
export interface EndpointRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below `/symetry/rest/{cid}`, with a leading slash. */
  readonly path: string;
  /** Name of the endpoint for metrics and logs, without ids: `GET /jobs/{id}`. */
  readonly route: string;
  readonly query?: NonNullable<HttpRequest['query']>;
  /** Exactly as it is signed and sent. */
  readonly text?: string;
  /** Of `text`. Default: `application/json`. */
  readonly contentType?: string;
  /** It changes nothing: sent again after a failure, and shared in flight. What starts a job with GET is none. */
  readonly isRead: boolean;
  /** Statuses that mean it was done; every endpoint has its own. */
  readonly done: readonly number[];
}

/** An answer that means what was asked for. */
export interface EndpointAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly envelope: Envelope;
}

/** The signed connection to one server, as one customer. */
export interface Endpoint {
  readonly origin: Origin;
  readonly customerId: string;
  /** Throws what was refused. */
  request(request: EndpointRequest, call: CallOptions): Promise<EndpointAnswer>;
  /**
   * Asks once, and hands the answer over as soon as its headers are there when its status is one of `done`. Others are thrown. Errors say with
   * `outcomeUnknown: false` that the server has not heard of it, or has refused it before it did anything.
   */
  stream(request: Omit<EndpointRequest, 'isRead'>, idleMs: number, call: CallOptions): Promise<HttpStream>;
  /** The body of a stream, which has to be short and whole by the deadline of its call; closes it. */
  envelopeOf(stream: HttpStream, call: Pick<CallOptions, 'deadlineAt'>): Promise<Envelope>;
  dispose(): Promise<void>;
}

/** More than any JobInfo: AutoSelect puts the first five lines of a data frame into it. */
const maxEnvelopeBytes = 4_194_304;

/** setTimeout takes no more. */
const longestTimerMs = 2_147_483_647;

/** Reads a body into memory. Undefined: it is too large. `late` is thrown when it is not whole in time: a byte now and then would do for the idle limit. */
const readBounded = async (
  stream: HttpStream,
  { deadlineAt }: Pick<CallOptions, 'deadlineAt'>,
  late: () => VigilError,
): Promise<string | undefined> => {
  const pieces: Uint8Array[] = [];
  let size = 0;
  let isLate = false;
  const end = (): void => {
    isLate = true;
    stream.cancel();
  };
  const timer = setTimeout(end, Math.min(longestTimerMs, Math.max(0, deadlineAt - Date.now())));
  try {
    for await (const piece of stream.body) {
      size += piece.length;
      if (size > maxEnvelopeBytes) return undefined;
      pieces.push(piece);
    }
  } catch (error) {
    throw isLate ? late() : error;
  } finally {
    clearTimeout(timer);
    stream.cancel();
  }
  return Buffer.concat(pieces).toString('utf8');
};

export interface EndpointOptions {
  readonly connection: Connection;
  readonly observer: BackendObserver;
  /** Member of the GraphQL enum. */
  readonly vendor: string;
  readonly account: Account;
}

export const createEndpoint = ({ connection, observer, vendor, account }: EndpointOptions): Endpoint => {
  const { customerId, secretKey, pathForm = 'slash', symVersion = defaultSymVersion, symClient = 'vigil' } = account;
  const origin: Origin = { backend: connection.key, vendor };
  const clock = createClock();
  const sign = createSigner({ customerId, secretKey, clock, origin: connection.url.origin, pathForm, symVersion, symClient });
  const clean = createTextCleaner(connection.auth);
  const cleaned = ({ statusCode, statusString, values }: Envelope): Envelope => ({
    statusCode: statusCode && clean(statusCode),
    statusString: statusString && clean(statusString),
    values,
  });
  const http = createHttpClient({ connection, observer, vendor, sign, secrets: [secretKey], parse: parseLenient, untypedJson: true });

  const toHttp = (request: Omit<EndpointRequest, 'isRead' | 'done'>, { signal, deadlineAt, requestId }: CallOptions) => {
    const { method, path, route, query, text, contentType } = request;
    return {
      method,
      path: `/symetry/rest/${customerId}${path}`,
      route,
      ...(query === undefined ? {} : { query }),
      ...(text === undefined ? {} : { text }),
      ...(contentType === undefined ? {} : { contentType }),
      signal,
      deadlineAt,
      requestId,
    };
  };

  /** The client hands streams over as they came. */
  const read = async (stream: HttpStream, call: Pick<CallOptions, 'deadlineAt'>): Promise<Envelope | undefined> => {
    const { status: httpStatus } = stream;
    const late = () => errorAbout(origin, 'TIMEOUT', 'SymetryML did not finish its answer in time.', { httpStatus, outcomeUnknown: true });
    const text = await readBounded(stream, call, late);
    const envelope = text === undefined ? undefined : readEnvelopeText(text);
    return envelope && cleaned(envelope);
  };

  /** Whether it is worth asking again: the server says that the date is wrong, and which one is right. Nothing was done yet. */
  const isCorrected = (status: number, headers: Readonly<Record<string, string>>, json: unknown): boolean =>
    isClockRefusal(status, json) && clock.learn(headers.date);

  return {
    origin,
    customerId,
    request: async (request, call) => {
      const ask = () => http.request({ ...toHttp(request, call), repeatable: request.isRead });
      const first = await ask();
      const response = isCorrected(first.status, first.headers, first.json) ? await ask() : first;
      const { status, headers, json } = response;
      if (!request.done.includes(status)) throw refused(origin, status, json, !request.isRead, retryAfterOf(response));
      const envelope = readEnvelope(json);
      if (envelope === undefined) throw strange(origin, status, !request.isRead);
      // The words of a success may be those of a refusal: SymetryML refuses a kill with 202.
      return { status, headers, envelope: cleaned(envelope) };
    },
    stream: async (request, idleMs, call) => {
      const ask = async (): Promise<{ readonly stream: HttpStream } | { readonly error: VigilError; readonly isCorrected: boolean }> => {
        const stream = await http.stream({ ...toHttp(request, call), idleMs });
        const { status, headers } = stream;
        if (request.done.includes(status)) return { stream };
        const json = await read(stream, call);
        const more = { ...retryAfterOf(stream), outcomeUnknown: status < 400 || status >= 500 };
        return { error: refused(origin, status, json, false, more), isCorrected: isCorrected(status, headers, json) };
      };
      const first = await ask();
      const answer = 'error' in first && first.isCorrected ? await ask() : first;
      if ('error' in answer) throw answer.error;
      return answer.stream;
    },
    envelopeOf: async (stream, call) => {
      const envelope = await read(stream, call);
      if (envelope === undefined) throw strange(origin, stream.status, false);
      return envelope;
    },
    dispose: () => http.dispose(),
  };
};

/** What is no refusal by its status, and yet not what the endpoint answers when it did what was asked, is none of SymetryML's answers to it. */
const refused = (origin: Origin, status: number, json: unknown, isWrite: boolean, more: ErrorFacts = {}): VigilError =>
  status >= 400 ? errorOfRefusal(origin, status, json, isWrite, more) : strange(origin, status, isWrite, more);
