import type { Duplex } from 'node:stream';
import type { ExecutionResult, OperationTypeNode } from 'graphql';
import type { WebSocket } from 'ws';
import type { Group } from './fan-out/group.js';
import type { Turns } from './websocket-turns.js';

/** Bytes that may wait for a client to read them before we stop reading what it sends, and answering what it sent. */
const maxBufferedBytes = 1_048_576;

/** How long a close frame may stay unanswered. */
const closeTimeoutMs = 1_000;

/** One socket, from upgrade to close. Tens of thousands may be open with nothing to do, so it is a record and has no functions of its own. */
export interface Connection {
  readonly socket: WebSocket;
  /** What the WebSocket is spoken over: messages for many are written to it as frames. */
  readonly stream: Duplex;
  readonly requestId: string;
  /** Header of the upgrade, until the client has said who it is. */
  authorization: string | undefined;
  /** Runs until `connection_init` has come. */
  initTimer: NodeJS.Timeout | undefined;
  stage: 'opened' | 'initialised' | 'acknowledged';
  actor: string | null;
  /** What the client waits for, by id. */
  readonly operations: Map<string, Operation>;
  /** What it does not wait for any more, and has not ended yet. */
  lingering: Set<Operation> | undefined;
  /** Operations begun so far. */
  begun: number;
  /** Most sockets only subscribe. */
  turns: Turns | undefined;
  answersPings: boolean;
  /** Bytes that waited when it was pinged last. */
  waitedBytes: number;
  isClosing: boolean;
  /** Called when there is room again. */
  waiting: (() => void)[] | undefined;
  /** Called when no query or mutation is being answered. */
  whenIdle: (() => void)[] | undefined;
}

/** One operation on a socket. There may be as many as subscribers: it is a record, and what was asked is not in it. */
export interface Operation {
  readonly connection: Connection;
  readonly id: string;
  /** Its number on the socket. */
  readonly number: number;
  readonly kind: OperationTypeNode;
  readonly name: string | null;
  /** Aborts when nobody waits for the answer any more. Undefined for a subscription: many may share its events. */
  readonly controller: AbortController | undefined;
  readonly startedAt: number;
  failed: boolean;
  /** The client waits for it. */
  isWanted: boolean;
  isOver: boolean;
  /** Where a subscription's results come from, once it has begun. */
  source: Group<Operation> | AsyncIterator<ExecutionResult> | undefined;
}

export const createConnection = (
  socket: WebSocket,
  stream: Duplex,
  { requestId, authorization }: Pick<Connection, 'requestId' | 'authorization'>,
): Connection => ({
  socket,
  stream,
  requestId,
  authorization,
  initTimer: undefined,
  stage: 'opened',
  actor: null,
  operations: new Map(),
  lingering: undefined,
  begun: 0,
  turns: undefined,
  answersPings: true,
  waitedBytes: 0,
  isClosing: false,
  waiting: undefined,
  whenIdle: undefined,
});

export const isOpen = ({ socket }: Connection): boolean => socket.readyState === socket.OPEN;
export const isClogged = (connection: Connection): boolean => isOpen(connection) && connection.socket.bufferedAmount > maxBufferedBytes;

/** Something has left for the kernel: what was held back may go on. */
const drained = (connection: Connection): void => {
  if (isClogged(connection)) return;
  if (connection.socket.isPaused) connection.socket.resume();
  connection.turns?.advance();
};

/** What is written for many tells nobody that it has left: whoever is held back for it is looked after here. */
const resumeWhenRead = (connection: Connection): void => {
  connection.stream.once('drain', () => (isClogged(connection) ? resumeWhenRead(connection) : drained(connection)));
};

/** Stops reading from a client that asks and does not read. */
export const holdBack = (connection: Connection): void => {
  if (!isClogged(connection) || connection.socket.isPaused) return;
  connection.socket.pause();
  resumeWhenRead(connection);
};

/** Resolves when the message has left for the kernel, or never will. */
export const send = (connection: Connection, text: string): Promise<void> =>
  new Promise((resolve) => {
    if (!isOpen(connection)) return resolve();
    // A send that fails is followed by the socket's close, which ends everything.
    connection.socket.send(text, () => {
      drained(connection);
      resolve();
    });
  });

/** Whether a client has read so much of what was sent that events may be sent to it now. */
export const hasRoom = ({ stream }: Connection): boolean => !stream.writableNeedDrain;

/** Calls back once, when it has; never after the socket has closed. */
export const whenRoom = (connection: Connection, callback: () => void): void => {
  connection.waiting ??= [];
  connection.waiting.push(callback);
  if (connection.waiting.length > 1) return;
  connection.stream.once('drain', () => {
    const { waiting } = connection;
    connection.waiting = undefined;
    drained(connection);
    if (isOpen(connection)) for (const each of waiting ?? []) each();
  });
};

/** Closes with a code, and without ceremony when the client does not answer. */
export const close = (connection: Connection, code: number, reason: string): void => {
  const { socket } = connection;
  socket.close(code, reason);
  if (connection.isClosing) return;
  connection.isClosing = true;
  const cut = setTimeout(() => socket.terminate(), closeTimeoutMs).unref();
  socket.once('close', () => clearTimeout(cut));
};

/** Pings; cuts a socket that did not answer the ping before. */
export const beat = (connection: Connection): void => {
  const { socket } = connection;
  // A ping stands behind the frames before it: whoever still reads those is slow, not dead.
  if (!connection.answersPings && socket.bufferedAmount >= connection.waitedBytes) {
    socket.terminate();
    return;
  }
  connection.answersPings = false;
  connection.waitedBytes = socket.bufferedAmount;
  if (isOpen(connection)) socket.ping();
};
