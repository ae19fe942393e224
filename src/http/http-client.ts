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
  /** Name of the endpoint for metrics and logs, without ids: `GET /_tasks/{id}`. */
  readonly route: string;
  readonly signal: AbortSignal;
  /** The whole call, waiting and retries included, ends before. */
  readonly deadlineAt: Instant;
  readonly requestId: string;
  /** Whether it may be sent again after a failure. Default: GET only. */
  readonly repeatable?: boolean;
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
}

/**
 * The connection to one backend. Throws VigilError when no usable answer came: BACKEND_UNAVAILABLE (refused, reset, breaker open, not JSON, cut, too large)
 * or TIMEOUT (deadline). A write that was sent and got no answer throws with `outcomeUnknown: true`.
 */
export interface HttpClient {
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes the pool. Idempotent. */
  dispose(): Promise<void>;
}
