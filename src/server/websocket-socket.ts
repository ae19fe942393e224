import { CloseCode, type Server } from 'graphql-ws';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Session } from './websocket-session.js';

/** Bytes that may wait for a client to read them before we stop reading what it sends, and answering what it sent. */
const maxBufferedBytes = 1_048_576;
export const isClogged = (socket: WebSocket): boolean => socket.readyState === socket.OPEN && socket.bufferedAmount > maxBufferedBytes;

/** How long a close frame may stay unanswered. */
const closeTimeoutMs = 1_000;

type Close = (code: number, reason: string) => void;

/** Closes a socket, and cuts it when its client does not answer. */
export const createCloser = (socket: WebSocket): Close => {
  let closing: NodeJS.Timeout | undefined;
  return (code, reason) => {
    socket.close(code, reason);
    if (closing) return;
    closing = setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
    socket.once('close', () => clearTimeout(closing));
  };
};

/** One open socket, in the door's hands. */
export interface OpenSocket {
  readonly session: Session;
  /** Pings; cuts a socket that did not answer the ping before. */
  beat(): void;
  /** Something has left for the kernel: what was held back may go on. */
  drained(): void;
  /** Closes with a code, and without ceremony when the client does not answer. */
  close: Close;
  terminate(): void;
}

type Peek = { readonly type: unknown; readonly id: unknown };

/** Type and id of a message; undefined when graphql-ws has to judge it (not JSON, not an object). */
const peek = (text: string): Peek | undefined => {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === 'object' && message !== null
      ? { type: 'type' in message && message.type, id: 'id' in message && message.id }
      : undefined;
  } catch {
    return undefined;
  }
};

/** Messages that only servers send: by the protocol 4400, where graphql-ws 6 throws (4500). */
const serverOnly: ReadonlySet<unknown> = new Set(['connection_ack', 'next', 'error']);

/**
 * Joins a `ws` socket to graphql-ws. Frames wait until the one before has left for the kernel, so a client that does not read holds back its own iterators
 * and no queue grows; one that also keeps asking is not read from until it has caught up.
 */
export const openSocket = (
  socket: WebSocket,
  session: Session,
  protocol: Server<Session>,
  { close, logger }: { readonly close: Close; readonly logger: Logger },
): OpenSocket => {
  /** Operations the client has completed that have not ended yet, by id. */
  let ending: Set<string> | undefined;
  const answering = new Set<string>();
  /** Operations that wait for an earlier one of their id to end, one for each id at most: told whether to begin. */
  let held: Map<string, (begin: boolean) => void> | undefined;
  let answersPings = true;
  let buffered = 0;

  const drained = (): void => {
    if (isClogged(socket)) return;
    if (socket.isPaused) socket.resume();
    session.drained();
  };

  const send = (data: string): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      // A send that fails is followed by the socket's close, which ends everything.
      socket.send(data, () => {
        drained();
        resolve();
      });
    });

  const holdBack = (): void => {
    if (isClogged(socket)) socket.pause();
  };

  const hold = (id: string): Promise<boolean> =>
    new Promise((resolve) => {
      held ??= new Map();
      held.set(id, resolve);
    });

  const release = (id: string, begin: boolean): boolean => {
    const waiter = held?.get(id);
    held?.delete(id);
    waiter?.(begin);
    return waiter !== undefined;
  };

  const handle = async (text: string, deliver: (text: string) => Promise<void>): Promise<void> => {
    const message = peek(text);
    if (message === undefined || typeof message.id !== 'string') {
      if (serverOnly.has(message?.type)) return close(CloseCode.BadRequest, 'Invalid message received');
      return deliver(text);
    }
    const { type, id } = message;
    if (serverOnly.has(type)) return close(CloseCode.BadRequest, 'Invalid message received');
    if (type === 'complete') {
      if (release(id, false)) return;
      if (answering.has(id)) {
        ending ??= new Set();
        ending.add(id);
      }
      session.cancel(id);
      return deliver(text);
    }
    if (type !== 'subscribe') return deliver(text);
    // graphql-ws 6 ends whatever runs under an id when an earlier operation of that id winds up: an id used again waits for that.
    if (held?.has(id)) return close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
    if (ending?.has(id) && !(await hold(id))) return;
    if (answering.has(id)) return deliver(text);
    answering.add(id);
    return deliver(text).finally(() => {
      answering.delete(id);
      ending?.delete(id);
      // Not from graphql-ws's own hook: that runs before the last frame is sent, and a stop would close the socket on it.
      session.end(id);
      release(id, true);
    });
  };

  const onMessage = (deliver: (text: string) => Promise<void>): void => {
    socket.on('message', (data: RawData, isBinary: boolean) => {
      answersPings = true;
      holdBack();
      if (isBinary) return close(CloseCode.BadRequest, 'Invalid message received');
      handle(String(data), deliver).catch((error: unknown) => {
        logger.error({ err: error, requestId: session.requestId }, 'a WebSocket message failed');
        close(CloseCode.InternalServerError, 'Internal server error');
      });
    });
  };

  const closed = protocol.opened({ protocol: socket.protocol, send, close, onMessage }, session);
  socket.on('pong', () => {
    answersPings = true;
  });
  socket.on('ping', holdBack);
  // `ws` answers broken frames and messages that are too large (1009) by itself; without a listener the process would end.
  socket.on('error', (error) => logger.debug({ err: error, requestId: session.requestId }, 'a WebSocket broke'));
  socket.once('close', (code, reason) => {
    for (const id of held?.keys() ?? []) release(id, false);
    closed(code, String(reason))
      .then(() => session.dispose())
      .catch((error: unknown) => logger.error({ err: error, requestId: session.requestId }, 'a WebSocket ended badly'));
  });
  return {
    session,
    beat: () => {
      // A ping stands behind the frames before it: whoever still reads those is slow, not dead.
      if (!answersPings && socket.bufferedAmount >= buffered) return socket.terminate();
      answersPings = false;
      buffered = socket.bufferedAmount;
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    drained,
    close,
    terminate: () => socket.terminate(),
  };
};
