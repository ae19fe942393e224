import type { GraphQLFormattedError } from 'graphql';
import { CloseCode, type Message, MessageType, parseMessage, type SubscribePayload } from 'graphql-ws';
import type { RawData } from 'ws';
import type { OperationRequest } from '../execution/executor.js';
import { admit } from './admission.js';
import type { DoorKeeper, Entry } from './door-auth.js';
import { doorError } from './door-error.js';
import type { ServerMetrics } from './metrics.js';
import type { ServerDependencies } from './options.js';
import { type Connection, close, holdBack, isOpen, send } from './websocket-connection.js';
import { afterOf } from './websocket-frames.js';
import { type Asked, countOf, type Operations } from './websocket-operation.js';

/** What the protocol needs. */
export interface ProtocolParts {
  readonly dependencies: Pick<ServerDependencies, 'executor' | 'logger' | 'options'>;
  readonly keeper: DoorKeeper;
  readonly operations: Operations;
  readonly metrics: ServerMetrics;
  readonly connectionInitTimeoutMs: number;
  readonly isStopping: () => boolean;
}

/** graphql-transport-ws, for all sockets. What is wrong with one operation is told under its id alone. */
export interface Protocol {
  opened(connection: Connection): void;
  received(connection: Connection, data: RawData, isBinary: boolean): void;
  /** The client is gone. */
  closed(connection: Connection): void;
}

type Closing = readonly [code: number, reason: string];
type Init = Readonly<Record<string, unknown>>;

/** `authorization` (as in HTTP) or `token` of `connection_init`, else the header of the upgrade. */
const entryOf = (keeper: DoorKeeper, init: Init | null | undefined, header: string | undefined): Entry => {
  const authorization = init?.authorization ?? init?.Authorization;
  if (typeof authorization === 'string') return keeper.admit(authorization);
  if (typeof init?.token === 'string') return keeper.admitToken(init.token);
  return keeper.admit(header);
};

/** It is kept, and stands in every message of its operation. Clients number theirs, or use UUIDs. */
const maxIdLength = 256;

/** A reason is 123 bytes at most. */
const shownIdLength = 30;

const parse = (data: RawData): Message | undefined => {
  try {
    return parseMessage(String(data));
  } catch {
    return undefined;
  }
};

export const createProtocol = (parts: ProtocolParts): Protocol => {
  const { dependencies, keeper, operations, metrics } = parts;
  const { executor, logger, options } = dependencies;

  const whenLate = (connection: Connection): void =>
    close(connection, CloseCode.ConnectionInitialisationTimeout, 'Connection initialisation timeout');

  const initialise = (connection: Connection, init: Init | null | undefined): Closing | undefined => {
    if (connection.stage !== 'opened') return [CloseCode.TooManyInitialisationRequests, 'Too many initialisation requests'];
    clearTimeout(connection.initTimer);
    connection.initTimer = undefined;
    connection.stage = 'initialised';
    const entry = entryOf(keeper, init, connection.authorization);
    connection.authorization = undefined;
    if (!entry.admitted) {
      logger.warn({ requestId: connection.requestId }, 'a WebSocket showed no valid token');
      return [CloseCode.Forbidden, 'Forbidden'];
    }
    connection.actor = entry.actor;
    connection.stage = 'acknowledged';
    void send(connection, JSON.stringify({ type: MessageType.ConnectionAck }));
    return undefined;
  };

  /** Errors, or what to begin with. */
  const admissionOf = (connection: Connection, payload: SubscribePayload): readonly GraphQLFormattedError[] | Asked => {
    const { requestId } = connection;
    if (parts.isStopping()) return [doorError('BACKEND_UNAVAILABLE', 'The gateway is stopping: connect again.', requestId)];
    const count = countOf(connection);
    if (count >= options.maxSubscriptionsPerSocket) {
      const message = `This socket runs ${count} operations already, the most it may (server.maxSubscriptionsPerSocket): end one first.`;
      return [doorError('INVALID_INPUT', message, requestId)];
    }
    const request: OperationRequest = { query: payload.query, operationName: payload.operationName, variables: payload.variables };
    const admission = admit(executor, request, requestId);
    if (!admission.ok) {
      metrics.refused.inc({ transport: 'ws' });
      return admission.errors;
    }
    const { kind, name, cursorVariable } = admission;
    return { request, kind, name, after: afterOf(payload.extensions) ?? admission.after, cursorVariable };
  };

  const subscribe = (connection: Connection, id: string, payload: SubscribePayload): Closing | undefined => {
    if (connection.stage !== 'acknowledged') return [CloseCode.Unauthorized, 'Unauthorized'];
    if (id.length > maxIdLength) return [CloseCode.BadRequest, `The id of an operation is longer than ${maxIdLength} characters`];
    if (connection.operations.has(id)) {
      return [CloseCode.SubscriberAlreadyExists, `Subscriber for ${id.slice(0, shownIdLength)} already exists`];
    }
    const asked = admissionOf(connection, payload);
    if ('kind' in asked) operations.begin(connection, id, asked);
    else void send(connection, JSON.stringify({ id, type: MessageType.Error, payload: asked }));
    return undefined;
  };

  const complete = (connection: Connection, id: string): undefined => {
    const operation = connection.operations.get(id);
    if (operation) operations.giveUp(operation);
  };

  const pong = (connection: Connection, payload: Init | null | undefined): undefined => {
    void send(connection, JSON.stringify({ type: MessageType.Pong, ...(payload && { payload }) }));
  };

  /** Why the socket has to be closed, if it has. */
  const handle = (connection: Connection, message: Message | undefined): Closing | undefined => {
    switch (message?.type) {
      case MessageType.ConnectionInit:
        return initialise(connection, message.payload);
      case MessageType.Ping:
        return pong(connection, message.payload);
      case MessageType.Pong:
        return undefined;
      case MessageType.Subscribe:
        return subscribe(connection, message.id, message.payload);
      case MessageType.Complete:
        return complete(connection, message.id);
      default:
        // Not JSON, no message of the protocol, or one that only servers send.
        return [CloseCode.BadRequest, 'Invalid message received'];
    }
  };

  return {
    opened: (connection) => {
      if (connection.socket.protocol === '') close(connection, CloseCode.SubprotocolNotAcceptable, 'Subprotocol not acceptable');
      else connection.initTimer = setTimeout(whenLate, parts.connectionInitTimeoutMs, connection);
    },
    received: (connection, data, isBinary) => {
      connection.answersPings = true;
      holdBack(connection);
      if (!isOpen(connection)) return;
      try {
        const closing = handle(connection, isBinary ? undefined : parse(data));
        if (closing) close(connection, ...closing);
      } catch (error) {
        logger.error({ err: error, requestId: connection.requestId }, 'a WebSocket message failed');
        close(connection, CloseCode.InternalServerError, 'Internal server error');
      }
    },
    closed: (connection) => {
      clearTimeout(connection.initTimer);
      for (const operation of connection.operations.values()) operations.giveUp(operation);
      // A mutation that waits for its turn is done all the same.
      connection.turns?.advance();
    },
  };
};
