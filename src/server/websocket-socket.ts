import { CloseCode, type Server } from 'graphql-ws';
import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Session } from './websocket-session.js';

/** Bytes that may wait for a client to read them before we stop reading what it sends. */
const maxBufferedBytes = 1_048_576;
/** How long a close frame may stay unanswered. */
const closeTimeoutMs = 1_000;

/** One open socket, in the door's hands. */
export interface OpenSocket {
  readonly session: Session;
  /** Pings; cuts a socket that did not answer the ping before. */
  beat(): void;
  /** Closes with a code, and without ceremony when the client does not answer. */
  close(code: number, reason: string): void;
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
export const openSocket = (socket: WebSocket, session: Session, protocol: Server<Session>, logger: Logger): OpenSocket => {
  /** Operations the client has completed that have not ended yet, by id. */
  const ending = new Map<string, Promise<void>>();
  const answering = new Map<string, Promise<void>>();
  let answersPings = true;
  let buffered = 0;
  let closing: NodeJS.Timeout | undefined;

  const close = (code: number, reason: string): void => {
    socket.close(code, reason);
    closing ??= setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
  };

  const send = (data: string): Promise<void> =>
    new Promise((resolve) => {
      if (socket.readyState !== socket.OPEN) return resolve();
      // A send that fails is followed by the socket's close, which ends everything.
      socket.send(data, () => {
        if (socket.isPaused && socket.bufferedAmount < maxBufferedBytes) socket.resume();
        resolve();
      });
    });

  const holdBack = (): void => {
    if (socket.bufferedAmount > maxBufferedBytes) socket.pause();
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
      const answer = answering.get(id);
      if (answer !== undefined) ending.set(id, answer);
      session.cancel(id);
      return deliver(text);
    }
    if (type !== 'subscribe') return deliver(text);
    // graphql-ws 6 ends whatever runs under an id when an earlier operation of that id winds up: an id used again waits for that.
    await ending.get(id);
    if (answering.has(id)) return deliver(text);
    const answer = deliver(text).finally(() => {
      answering.delete(id);
      ending.delete(id);
      // Not from graphql-ws's own hook: that runs before the last frame is sent, and a stop would close the socket on it.
      session.end(id);
    });
    answering.set(id, answer);
    return answer;
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
    clearTimeout(closing);
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
    close,
    terminate: () => socket.terminate(),
  };
};
