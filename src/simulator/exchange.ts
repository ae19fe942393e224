import type { IncomingHttpHeaders } from 'node:http';
import type { Json } from './json.js';

/** A request as a vendor's simulation sees it: whole, and without the base path. */
export interface SimulatedRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly uri: string;
  /** The path as sent, still escaped. */
  readonly path: string;
  /** The query as sent, without the question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the header block, names and separators included. */
  readonly headerBytes: number;
  readonly body: string;
  /** The body as it arrived, for vendors whose requests are signed over it. */
  readonly bytes: Buffer;
}

/** What to send back. */
export interface SimulatedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Text, or pieces that are asked for only as fast as the client reads them; then no length is announced. */
  readonly body: string | AsyncIterable<string>;
  /** Speaks HTTP/1.0 and closes the connection, as servers do that gave up on the request line. */
  readonly http10?: boolean;
  /** Sends nothing and destroys the socket: nobody is there. */
  readonly dropped?: boolean;
}

/** A vendor's side of a simulator: everything but sockets, faults and counters. */
export interface Simulation {
  /** The name a request is counted and faulted under, e.g. `GET /_tasks/{id}`. */
  route(method: string, path: string): string;
  answer(request: SimulatedRequest): Promise<SimulatedAnswer>;
  /** The vendor's own routes below `/_simulator`; undefined where there is none. `path` starts after `/_simulator`. */
  control(method: string, path: string, body: Json | undefined): Promise<ControlAnswer | undefined>;
  dispose(): void;
}

/** Answer of a control route, sent as JSON. */
export interface ControlAnswer {
  readonly status: number;
  readonly body: Json;
}
