import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { handleProtocols } from 'graphql-ws';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import type { ErrorCode } from '../errors.js';
import { doorError } from './door-error.js';
import { splitTarget } from './exchange.js';
import { createFanOut } from './fan-out/fan-out.js';
import type { FanOutMetrics } from './fan-out/metrics.js';
import type { ServerMetrics } from './metrics.js';
import type { ServerDependencies } from './options.js';
import type { OriginPolicy } from './origins.js';
import { requestIdFrom } from './request-id.js';
import { createSlowSockets } from './slow-sockets.js';
import { beat, type Connection, close, createConnection, holdBack, type Operation } from './websocket-connection.js';
import { createOperations, idle } from './websocket-operation.js';
import { createSocketOutlet } from './websocket-outlet.js';
import { createProtocol, type ProtocolParts } from './websocket-protocol.js';

/** The WebSocket half of `/graphql`. */
export interface WebSocketDoor {
  /** For the HTTP server's `upgrade` event. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes every socket with 1001 as soon as its queries and mutations have been answered; resolves when all are closed. */
  stop(): Promise<void>;
  /** Cuts what is left. */
  terminate(): void;
}

/** What the door needs beside what the protocol does. */
interface WebSocketDoorParts extends Omit<ProtocolParts, 'operations'> {
  readonly dependencies: ServerDependencies;
  readonly path: string;
  readonly origins: OriginPolicy;
  readonly metrics: ServerMetrics;
  readonly pingIntervalMs: number;
  readonly slowClientTimeoutMs: number;
  readonly fanOutMetrics: FanOutMetrics;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
  /** Whether this connection is one too many. */
  readonly isSurplus: (socket: Duplex) => boolean;
}

interface Refused {
  readonly status: number;
  readonly code: ErrorCode;
  readonly message: string;
}

/** Answers an upgrade in plain HTTP, and closes. */
const refuseUpgrade = (socket: Duplex, requestId: string, { status, code, message }: Refused): void => {
  const body = JSON.stringify({ errors: [doorError(code, message, requestId)] });
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${requestId}`,
  ];
  socket.once('finish', () => socket.destroy());
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

export const createWebSocketDoor = (parts: WebSocketDoorParts): WebSocketDoor => {
  const { origins, metrics, running, fanOutMetrics } = parts;
  const { executor, createContext, logger, options } = parts.dependencies;
  const slow = createSlowSockets(parts.slowClientTimeoutMs, fanOutMetrics.closed);
  const fanOut = createFanOut<Operation>({
    running,
    metrics: fanOutMetrics,
    outlet: createSocketOutlet(slow, (operation) => operations.completed(operation)),
    open: ({ request, requestId, actor, after }, signal) =>
      executor.subscribe(request, createContext({ requestId, actor, signal, ...(after !== undefined && { after }) })),
  });
  const operations = createOperations({ executor, createContext, fanOut, metrics, logger, running });
  const protocol = createProtocol({ ...parts, operations });
  const server = new WebSocketServer({ noServer: true, maxPayload: options.maxRequestBytes, clientTracking: false, handleProtocols });
  const open = new Map<WebSocket, Connection>();
  let whenEmpty: (() => void) | undefined;
  const heartbeat = setInterval(() => {
    for (const connection of open.values()) beat(connection);
  }, parts.pingIntervalMs).unref();

  const refusalOf = (request: IncomingMessage, socket: Duplex): Refused | undefined => {
    const { headers, url } = request;
    if (splitTarget(url).pathname !== parts.path)
      return { status: 404, code: 'NOT_FOUND', message: `WebSockets are served at ${parts.path}.` };
    if (parts.isStopping()) return { status: 503, code: 'BACKEND_UNAVAILABLE', message: 'The gateway is stopping: connect again.' };
    if (parts.isSurplus(socket))
      return { status: 503, code: 'BACKEND_UNAVAILABLE', message: 'Too many connections (server.maxConnections).' };
    if (!origins.acceptsHost(headers) || !origins.acceptsOrigin(headers)) {
      return { status: 403, code: 'FORBIDDEN', message: 'Pages of this origin may not connect: add it to server.allowedOrigins.' };
    }
    return undefined;
  };

  /** What a socket tells, told which one: the same functions for all of them. */
  const listeners = {
    message(this: WebSocket, data: RawData, isBinary: boolean): void {
      const connection = open.get(this);
      if (connection) protocol.received(connection, data, isBinary);
    },
    pong(this: WebSocket): void {
      const connection = open.get(this);
      if (connection) connection.answersPings = true;
    },
    ping(this: WebSocket): void {
      const connection = open.get(this);
      if (connection) holdBack(connection);
    },
    /** `ws` answers broken frames and messages that are too large (1009) by itself; without a listener the process would end. */
    error(this: WebSocket, error: Error): void {
      logger.debug({ err: error, requestId: open.get(this)?.requestId }, 'a WebSocket broke');
    },
    close(this: WebSocket, code: number): void {
      const connection = open.get(this);
      if (!connection) return;
      open.delete(this);
      metrics.connections.dec();
      logger.debug({ requestId: connection.requestId, code }, 'a WebSocket closed');
      protocol.closed(connection);
      if (open.size === 0) whenEmpty?.();
    },
  };

  const accept = (socket: WebSocket, connection: Connection): void => {
    open.set(socket, connection);
    metrics.connections.inc();
    logger.debug({ requestId: connection.requestId }, 'a WebSocket opened');
    socket
      .on('message', listeners.message)
      .on('ping', listeners.ping)
      .on('pong', listeners.pong)
      .on('error', listeners.error)
      .on('close', listeners.close);
    protocol.opened(connection);
  };

  return {
    upgrade: (request, socket, head) => {
      const requestId = requestIdFrom(request.headers['x-request-id']);
      const whenBroken = (error: Error): void => logger.debug({ err: error, requestId }, 'an upgrade broke');
      socket.on('error', whenBroken);
      const refusal = refusalOf(request, socket);
      if (refusal !== undefined) return refuseUpgrade(socket, requestId, refusal);
      server.handleUpgrade(request, socket, head, (accepted) => {
        socket.off('error', whenBroken);
        accept(accepted, createConnection(accepted, socket, { requestId, authorization: request.headers.authorization }));
      });
    },
    stop: async () => {
      clearInterval(heartbeat);
      slow.dispose();
      if (open.size === 0) return;
      const empty = new Promise<void>((resolve) => {
        whenEmpty = resolve;
      });
      const leave = async (connection: Connection): Promise<void> => {
        await idle(connection);
        close(connection, 1001, 'Going away');
      };
      await Promise.all([...open.values()].map(leave));
      await empty;
    },
    terminate: () => {
      clearInterval(heartbeat);
      slow.dispose();
      for (const socket of open.keys()) socket.terminate();
    },
  };
};
