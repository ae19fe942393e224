import type { IncomingHttpHeaders } from 'node:http';
import type { Routed } from '../elastic-rest/router.js';
import type { Json } from '../json.js';
import type { RequestParams } from './request-params.js';

/** An endpoint. */
export interface Route extends Routed {
  /** Reads and checks parameters and body; what it throws comes before the refusal of unread parameters. */
  readonly prepare: (call: Call) => Prepared;
}

/** A request to an endpoint. */
export interface Call {
  /** As sent, without the query: messages name it. */
  readonly path: string;
  readonly params: RequestParams;
  /** Empty when there is none. */
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
  /** Who asks; undefined without security. */
  readonly user: string | undefined;
}

/** A request whose parameters are fine. */
export interface Prepared {
  /** The transport action that permissions are checked against. */
  readonly action: string;
  readonly run: () => Promise<Reply> | Reply;
}

/** What an endpoint answers. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: Json;
  /** Sent as plain text instead of the body. */
  readonly text?: string;
}

/** A 200 with a body. */
export const reply = (body: Json): Reply => ({ body });
