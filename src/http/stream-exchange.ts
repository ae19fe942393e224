import { type Agent, type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { headerLists, type WireRequest, withoutBytes } from './exchange.js';
import type { Abandoned } from './guard.js';
import { maxHeaderBytes } from './pool.js';

/** How a body ended before all of it had come. */
export type Cut = { readonly kind: 'broken'; readonly cause: Error } | { readonly kind: 'stalled' } | { readonly kind: 'abandoned' };

/** An answer of which the headers are there. */
export interface Opened {
  readonly kind: 'opened';
  readonly status: number;
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** Gives the bytes as they arrive, then why there are no more; undefined: that was all. */
  next(): Promise<{ readonly bytes: Uint8Array } | { readonly end: Cut | undefined }>;
  close(): void;
}

/** What came of opening one. */
export type Opening = Opened | Abandoned | { readonly kind: 'broken'; readonly sent: boolean; readonly cause: Error };

export interface StreamBounds {
  readonly origin: URL;
  readonly agent: Agent;
  readonly connectTimeoutMs: number;
  readonly idleMs: number;
  readonly signal: AbortSignal;
}

const closed = (): Error => Object.assign(new AggregateError([]), { code: 'ECONNRESET' });
const slowConnect = (): Error => Object.assign(new AggregateError([], 'connect timeout'), { code: 'ETIMEDOUT' });

const asError = (cause: unknown): Error => (cause instanceof Error ? withoutBytes(cause) : new AggregateError([cause]));

/** Reads on after the headers. The idle limit runs only while somebody waits for bytes. */
const readOn = (message: IncomingMessage, signal: AbortSignal, idleMs: number): Opened => {
  let fault: Error | undefined;
  // Node takes a reset for the end of a body that ends with its connection.
  message.socket.once('error', (cause) => {
    fault = cause;
  });
  const chunks = message[Symbol.asyncIterator]();
  let over = false;
  // Also while nobody reads on. The signal is the call's own and goes with it.
  signal.addEventListener('abort', () => message.destroy(), { once: true });
  const finish = (end: Cut | undefined): { readonly end: Cut | undefined } => {
    over = true;
    message.destroy();
    return { end };
  };
  const next: Opened['next'] = async () => {
    if (signal.aborted) return finish({ kind: 'abandoned' });
    let stalled = false;
    const timer = setTimeout(() => {
      stalled = true;
      message.destroy();
    }, idleMs);
    try {
      const chunk = await chunks.next();
      if (signal.aborted) return finish({ kind: 'abandoned' });
      if (chunk.done !== true) return { bytes: chunk.value };
      if (stalled) return finish({ kind: 'stalled' });
      if (message.complete && fault === undefined) return finish(undefined);
      return finish({ kind: 'broken', cause: fault ?? closed() });
    } catch (cause) {
      if (signal.aborted) return finish({ kind: 'abandoned' });
      return finish(stalled ? { kind: 'stalled' } : { kind: 'broken', cause: asError(cause) });
    } finally {
      clearTimeout(timer);
    }
  };
  return {
    kind: 'opened',
    status: message.statusCode ?? 0,
    headers: headerLists(message.headers),
    next: async () => (over ? { end: undefined } : next()),
    close: () => {
      over = true;
      message.destroy();
    },
  };
};

/**
 * Sends one request once and stops at the headers of its answer. Never rejects. By Node's own client: an answer whose end is that of its connection
 * must not be paused in undici, which then fails an assertion in a socket's event handler, outside of every call (7.30.2, client-h1 `finish`).
 */
export const openExchange = (wire: WireRequest, { origin, agent, connectTimeoutMs, idleMs, signal }: StreamBounds): Promise<Opening> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve({ kind: 'abandoned', sent: false });
    let sent = false;
    const send = origin.protocol === 'https:' ? tlsRequest : plainRequest;
    const request = send(origin, {
      agent,
      method: wire.method,
      path: wire.path,
      headers: wire.headers,
      maxHeaderSize: maxHeaderBytes,
    });
    // Else a request that waits for a connection gets one that was used, though the agent keeps none: it may be stale (Node 20, `Agent` with `maxSockets`).
    request.shouldKeepAlive = false;
    const settle = (opening: Opening): void => {
      clearTimeout(connecting);
      signal.removeEventListener('abort', abandon);
      resolve(opening);
    };
    const abandon = (): void => {
      settle({ kind: 'abandoned', sent });
      request.destroy();
    };
    let connecting: NodeJS.Timeout | undefined;
    signal.addEventListener('abort', abandon);
    request.on('socket', (socket) => {
      connecting = setTimeout(() => request.destroy(slowConnect()), connectTimeoutMs);
      // The request is written as soon as the connection stands.
      socket.once(origin.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        clearTimeout(connecting);
        sent = true;
      });
    });
    // Also told of what ends it later, when it has settled.
    request.on('error', (cause) => settle({ kind: 'broken', sent, cause: withoutBytes(cause) }));
    // Node tells nothing else of an answer that changes the protocol.
    request.on('close', () => settle({ kind: 'broken', sent, cause: closed() }));
    request.on('response', (message) => {
      // An error between the headers and the first read must not be thrown into the process; the read meets it again.
      message.on('error', () => undefined);
      settle(readOn(message, signal, idleMs));
    });
    request.end(wire.body);
  });
