import type { Instant } from '../domain/index.js';

/** One request to a backend. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Below the base path of the backend's URL, already percent-encoded, with a leading slash. */
  readonly path: string;
  /** Undefined values are left out. */
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent instead of `body` exactly as it is: for bodies that are no JSON, or whose very bytes matter. */
  readonly text?: string;
  /** Of the body. Default: `application/json`. */
  readonly contentType?: string;
  /** Name of the endpoint for metrics and logs, without ids: `GET /_tasks/{id}`. */
  readonly route: string;
  readonly signal: AbortSignal;
  /** The whole call, waiting and retries included, ends before. */
  readonly deadlineAt: Instant;
  readonly requestId: string;
  /** Whether it may be sent again after a failure. Default: GET only. */
  readonly repeatable?: boolean;
  /** Whether `HttpResponse.body` is wanted. */
  readonly keepBody?: boolean;
}

/**
 * A request whose answer is read as it arrives. It is sent once and shared with nobody, whatever its method. `deadlineAt` holds until the headers of
 * the answer are there.
 */
export interface StreamRequest extends Omit<HttpRequest, 'repeatable' | 'keepBody'> {
  /** The longest time without a byte once the headers are there. Time in which nobody asks for the next bytes does not count. */
  readonly idleMs: number;
}

/** What a request looks like on its way, for `HttpClientOptions.sign`. */
export interface SignedRequest {
  readonly method: HttpRequest['method'];
  /** As sent, base path included, without the query. */
  readonly path: string;
  /** As sent, without the question mark; empty for none. */
  readonly query: string;
  /** The exact text that is sent; undefined for none. */
  readonly body: string | undefined;
}

/** A complete answer. Statuses are not judged here: what means success is each endpoint's own matter. */
export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The parsed body; undefined when it was empty or, for a refusal (4xx), not JSON. Shared between identical reads in flight: never modify it. */
  readonly json: unknown;
  /** The words of a refusal (4xx) that came as plain text, as some products and the security plugins before them answer. */
  readonly text?: string;
  /** The body as it came, when `keepBody` asked for it; undefined when it was empty or too long to be looked through for secrets. */
  readonly body?: string;
}

/** An answer whose body is still arriving. Neither its status nor its form is judged here, and its bytes are handed over as they came: a refusal may quote secrets. */
export interface HttpStream extends Pick<HttpResponse, 'status' | 'headers'> {
  /**
   * The body, to be read once. Ends when all of it has come; throws VigilError when it was cut short or the backend fell silent, and when the signal
   * of the request was aborted.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /** Gives up what has not been read. Needed where the body is not read to its end. Idempotent. */
  cancel(): void;
}

/**
 * The connection to one backend. Throws VigilError when no usable answer came: BACKEND_UNAVAILABLE (refused, reset, breaker open, not JSON, cut, too large)
 * or TIMEOUT (deadline). A write that was sent and got no answer throws with `outcomeUnknown: true`.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * Resolves as soon as the headers are there; the body has no bound. Errors always carry `outcomeUnknown`, because what is read like this may be
   * gone once it was asked for: false means that the backend has not heard of it.
   */
  stream(request: StreamRequest): Promise<HttpStream>;
  /** Closes the pool. Idempotent. */
  dispose(): Promise<void>;
}
