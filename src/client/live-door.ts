import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { createBackoff } from './backoff.js';
import { boundedSocket } from './bounded-socket.js';
import { type AnsweredError, errorOfAnswer, VigilClientError } from './errors.js';
import { createEventQueue } from './event-queue.js';
import { requestOf } from './request.js';
import { resumable } from './resumable.js';

/** `lost`: subscriptions are being resumed. Nothing is missed, it only comes later. */
export type ConnectionState = 'connected' | 'lost';

/** How soon a dead connection is noticed. */
interface LiveTiming {
  readonly pingEveryMs: number;
  readonly pongWithinMs: number;
  readonly acknowledgeWithinMs: number;
}

/** How the WebSocket is opened. */
export interface LiveDoorOptions {
  readonly url: string;
  readonly connectionParams: Record<string, unknown>;
  readonly webSocketImpl?: unknown;
  readonly onConnection?: (state: ConnectionState) => void;
  /** Default: a silent connection is given up after 20 s. */
  readonly timing?: LiveTiming;
}

const defaultTiming: LiveTiming = { pingEveryMs: 12_000, pongWithinMs: 8_000, acknowledgeWithinMs: 10_000 };

interface SocketFailure {
  readonly code?: unknown;
  readonly message?: unknown;
}

/** A CloseEvent has a code, an ErrorEvent of `ws` a message; browsers tell nothing more. */
const failureOf = (error: unknown): SocketFailure => (typeof error === 'object' && error !== null ? error : {});

/** Not let in: by the protocol's codes, or by the status of the upgrade. */
const isRefusal = (error: unknown): boolean => {
  const { code, message } = failureOf(error);
  return code === 4401 || code === 4403 || (typeof message === 'string' && /\b40[13]\b/.test(message));
};

const asClientError = (error: unknown, url: string): VigilClientError => {
  if (Array.isArray(error)) return errorOfAnswer(error as readonly AnsweredError[]);
  if (isRefusal(error)) {
    return new VigilClientError('FORBIDDEN', 'The gateway does not let this client in: check the token, and the origins it allows.', {
      cause: error,
    });
  }
  const { code } = failureOf(error);
  if (typeof code === 'number' && code >= 4000) {
    return new VigilClientError(
      'NOT_A_GATEWAY',
      `The WebSocket was closed with code ${code}: what answers there does not speak as this client does.`,
      { cause: error },
    );
  }
  return new VigilClientError('GATEWAY_UNREACHABLE', `No WebSocket to ${url}. Is the gateway running, and is the URL right?`, {
    cause: error,
  });
};

const openClient = (options: ClientOptions): Client => {
  try {
    return createClient(options);
  } catch (cause) {
    throw new VigilClientError(
      'INVALID_INPUT',
      'There is no WebSocket here: hand one in as webSocketImpl, in Node before 22 that of the "ws" package.',
      { cause },
    );
  }
};

/** A socket that is open but dead says nothing: pings that stay unanswered end it, so that it is opened anew. */
const createPulse = (pongWithinMs: number, terminate: () => void) => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const clear = () => clearTimeout(timer);
  return {
    clear,
    sent() {
      clear();
      timer = setTimeout(terminate, pongWithinMs);
    },
  };
};

const isSocket = (value: unknown): value is { onmessage: unknown } => typeof value === 'object' && value !== null && 'onmessage' in value;

/** Subscriptions over one WebSocket that is opened with the first and closed with the last. */
export const createLiveDoor = (options: LiveDoorOptions) => {
  const backoff = createBackoff();
  const { pingEveryMs, pongWithinMs, acknowledgeWithinMs } = options.timing ?? defaultTiming;
  /** What is under way on a socket that was given up would be taken for what comes over the next one: `ws` goes on delivering while it closes. */
  let deafen = (): void => undefined;
  const pulse = createPulse(pongWithinMs, () => {
    deafen();
    client.terminate();
  });
  const leaving = new Set<() => void>();
  let wasConnected = false;
  let isConnected = false;
  const implementation: unknown = options.webSocketImpl ?? Reflect.get(globalThis, 'WebSocket');
  const client = openClient({
    url: options.url,
    connectionParams: options.connectionParams,
    connectionAckWaitTimeout: acknowledgeWithinMs,
    keepAlive: pingEveryMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: backoff.wait,
    // Whoever never got in is told at once; whoever was in waits for the gateway to come back.
    shouldRetry: (error) => wasConnected && !isRefusal(error),
    ...(implementation ? { webSocketImpl: boundedSocket(implementation, acknowledgeWithinMs) } : {}),
    on: {
      opened: (socket) => {
        if (isSocket(socket))
          deafen = () => {
            socket.onmessage = null;
          };
      },
      connected: () => {
        wasConnected = true;
        isConnected = true;
        options.onConnection?.('connected');
      },
      ping: (received) => {
        if (!received) pulse.sent();
      },
      pong: (received) => {
        if (received) pulse.clear();
      },
      closed: (event) => {
        pulse.clear();
        const wasLost = isConnected && failureOf(event).code !== 1000;
        isConnected = false;
        if (wasLost) options.onConnection?.('lost');
      },
    },
  });
  const resuming = resumable(client);

  return {
    subscribe<Data, Variables>(
      document: TypedDocumentNode<Data, Variables>,
      variables: Variables,
      signal?: AbortSignal,
    ): AsyncIterableIterator<Data> {
      const forget = () => {
        leaving.delete(leave);
        signal?.removeEventListener('abort', abort);
      };
      const end = (error?: unknown) => {
        forget();
        queue.end(error);
      };
      const leave = (error?: unknown) => {
        end(error);
        unsubscribe();
      };
      const abort = () => leave(signal?.reason);
      const queue = createEventQueue<Data>(() => leave());
      const unsubscribe = resuming.subscribe<Data>(
        { ...requestOf(document, variables) },
        {
          next: (result) => (result.errors?.length ? leave(errorOfAnswer(result.errors, result.data)) : queue.push(result.data as Data)),
          error: (error) => end(asClientError(error, options.url)),
          complete: () => end(),
        },
      );
      leaving.add(leave);
      if (signal?.aborted) abort();
      else signal?.addEventListener('abort', abort, { once: true });
      return queue;
    },
    async dispose(): Promise<void> {
      for (const leave of [...leaving]) leave();
      backoff.dispose();
      pulse.clear();
      const closed = client.dispose();
      if (isConnected) return closed;
      // An attempt to connect that is under way has nobody left to serve: it closes itself when it succeeds, and when it fails there is nothing to close.
      closed?.catch(() => undefined);
    },
  };
};
