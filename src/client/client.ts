import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { endpointsOf } from './endpoint.js';
import { createHttpDoor, type FetchLike } from './http-door.js';
import { type ConnectionState, createLiveDoor } from './live-door.js';

/** Where the gateway is and how to reach it. */
export interface ClientOptions {
  /** Of the gateway (`http://127.0.0.1:4000`) or of its endpoint (`…/graphql`). */
  readonly url: string;
  /** Sent as `Authorization: Bearer …`, and as `authorization` in the WebSocket's connection_init. */
  readonly token?: string;
  /** More headers; on the WebSocket, where browsers send none, they are in connection_init as well. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where there is no global WebSocket (Node before 22): the class of the `ws` package. */
  readonly webSocketImpl?: unknown;
  /** Default: the global one. */
  readonly fetch?: FetchLike;
  /** Told when the WebSocket is there, and when it was lost and is being opened again. */
  readonly onConnection?: (state: ConnectionState) => void;
}

/** Of one call. */
export interface CallOptions {
  /** Ends the call early: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** A connection to one gateway. Everything it throws is a VigilClientError, but for the reason of an aborted signal. */
export interface VigilClient {
  query<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, options?: CallOptions): Promise<Data>;
  mutate<Data, Variables>(document: TypedDocumentNode<Data, Variables>, variables: Variables, options?: CallOptions): Promise<Data>;
  /**
   * A live view. A lost connection is opened again and the view goes on after the last event that came, without gap or repeat.
   * Leaving the loop (`break`, `return()`) unsubscribes.
   */
  subscribe<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
    options?: CallOptions,
  ): AsyncIterableIterator<Data>;
  /** Ends all subscriptions and closes the WebSocket. Idempotent. */
  dispose(): Promise<void>;
}

/** Opens nothing before the first call. Throws INVALID_INPUT for a URL that is none. */
export const createClient = (options: ClientOptions): VigilClient => {
  const endpoints = endpointsOf(options.url);
  const headers = { ...options.headers, ...(options.token ? { authorization: `Bearer ${options.token}` } : {}) };
  const http = createHttpDoor(endpoints.http, headers, options.fetch ?? ((url, init) => fetch(url, init)));
  const openLive = () =>
    createLiveDoor({
      url: endpoints.webSocket,
      connectionParams: headers,
      ...(options.webSocketImpl ? { webSocketImpl: options.webSocketImpl } : {}),
      ...(options.onConnection ? { onConnection: options.onConnection } : {}),
    });
  // Whoever only queries needs no WebSocket.
  let live: ReturnType<typeof openLive> | undefined;
  const send: VigilClient['query'] = (document, variables, call) => http(document, variables, call?.signal);
  return {
    query: send,
    mutate: send,
    subscribe: (document, variables, call) => {
      live ??= openLive();
      return live.subscribe(document, variables, call?.signal);
    },
    dispose: async () => live?.dispose(),
  };
};
