import { type ExecutionArgs, type ExecutionResult, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { makeServer, type ServerOptions as ProtocolOptions, type Server, type SubscribePayload } from 'graphql-ws';
import { asVigilError, VigilError } from '../errors.js';
import type { ContextFactory, OperationRequest } from '../execution/executor.js';
import { admit } from './admission.js';
import type { DoorKeeper, Entry } from './door-auth.js';
import { doorError } from './door-error.js';
import type { FanOut, Subscriber } from './fan-out/fan-out.js';
import type { ServerMetrics } from './metrics.js';
import type { ServerDependencies } from './options.js';
import { afterOf, formattedFrame, withCursor } from './websocket-frames.js';
import type { Session, SocketOperation } from './websocket-session.js';
import { guardStream } from './websocket-stream.js';

/** What the protocol needs. */
export interface ProtocolParts {
  readonly dependencies: Pick<ServerDependencies, 'executor' | 'createContext' | 'logger' | 'options'>;
  readonly keeper: DoorKeeper;
  readonly fanOut: FanOut;
  readonly metrics: ServerMetrics;
  readonly connectionInitTimeoutMs: number;
  readonly isStopping: () => boolean;
}

type Init = Record<string, unknown>;
/** An operation, with the socket it came by and the id it has there. */
interface Admitted {
  readonly id: string;
  readonly session: Session;
  readonly operation: SocketOperation;
}
/** Errors for one operation, kept apart from the carrier that graphql-ws wants. */
type Refusal = readonly GraphQLFormattedError[];

/** `authorization` (as in HTTP) or `token` of `connection_init`, else the header of the upgrade. */
const entryOf = (keeper: DoorKeeper, init: Readonly<Init> | undefined, header: string | undefined): Entry => {
  const authorization = init?.authorization ?? init?.Authorization;
  if (typeof authorization === 'string') return keeper.admit(authorization);
  if (typeof init?.token === 'string') return keeper.admitToken(init.token);
  return keeper.admit(header);
};

/**
 * graphql-transport-ws, spoken by graphql-ws. A throw in one of its hooks closes the whole socket with 4500, so none of these throws: what is wrong with one
 * operation is told under its id alone.
 */
export const createProtocol = (parts: ProtocolParts): Server<Session> => {
  const { dependencies, keeper, fanOut, metrics } = parts;
  const { executor, createContext, logger, options } = dependencies;
  const refusals = new WeakMap<GraphQLError, Refusal>();
  const admitted = new WeakMap<ExecutionArgs, Admitted>();

  const refuse = (errors: Refusal): readonly GraphQLError[] => {
    const carrier = new GraphQLError('Refused.');
    refusals.set(carrier, errors);
    return [carrier];
  };

  const subscribe = (session: Session, id: string, payload: SubscribePayload): ExecutionArgs | readonly GraphQLError[] => {
    const request: OperationRequest = { query: payload.query, operationName: payload.operationName, variables: payload.variables };
    if (parts.isStopping()) return refuse([doorError('BACKEND_UNAVAILABLE', 'The gateway is stopping: connect again.', session.requestId)]);
    if (session.size() >= options.maxSubscriptionsPerSocket) {
      const message = `This socket runs ${session.size()} operations already, the most it may (server.maxSubscriptionsPerSocket): end one first.`;
      return refuse([doorError('INVALID_INPUT', message, session.requestId)]);
    }
    const admission = admit(executor, request, session.requestId);
    if (!admission.ok) {
      metrics.refused.inc({ transport: 'ws' });
      return refuse(admission.errors);
    }
    const { kind, name, outline } = admission;
    const operation = session.begin(id, { request, kind, name, after: afterOf(payload.extensions) });
    const args: ExecutionArgs = { schema: executor.schema, document: outline, operationName: payload.operationName };
    admitted.set(args, { id, session, operation });
    return args;
  };

  const contextOf = ({ requestId, actor, controller }: SocketOperation): ContextFactory =>
    createContext({ requestId, actor, signal: controller?.signal ?? AbortSignal.abort() });

  const subscriberOf = ({ id, session, operation }: Admitted): Subscriber => ({
    id,
    outlet: session.outlet,
    request: operation.request,
    requestId: operation.requestId,
    actor: operation.actor,
    after: operation.after,
    failed: () => {
      operation.failed = true;
    },
  });

  /** Runs what was admitted; a fault becomes a result. */
  const run = async <T>(args: ExecutionArgs, start: (admission: Admitted) => Promise<T>): Promise<T | ExecutionResult> => {
    const admission = admitted.get(args);
    try {
      if (admission === undefined) throw new VigilError('INTERNAL', 'An operation arrived that was never admitted.');
      return await start(admission);
    } catch (error) {
      const { operation } = admission ?? {};
      if (operation) operation.failed = true;
      logger.error({ err: error, requestId: operation?.requestId }, 'an operation failed to start');
      const { message, extensions } = doorError('INTERNAL', asVigilError(error).message, operation?.requestId ?? '');
      return { data: null, errors: [new GraphQLError(message, { extensions: extensions ?? {} })] };
    }
  };

  const protocol: ProtocolOptions<Init, Session> = {
    schema: executor.schema,
    connectionInitWaitTimeout: parts.connectionInitTimeoutMs,
    onConnect: ({ extra, connectionParams }) => {
      const entry = entryOf(keeper, connectionParams, extra.authorization);
      if (entry.admitted) extra.actor = entry.actor;
      else logger.warn({ requestId: extra.requestId }, 'a WebSocket showed no valid token');
      return entry.admitted;
    },
    onSubscribe: ({ extra }, id, payload) => {
      try {
        return subscribe(extra, id, payload);
      } catch (error) {
        logger.error({ err: error, requestId: extra.requestId }, 'a subscribe message failed');
        return refuse([doorError('INTERNAL', asVigilError(error).message, extra.requestId)]);
      }
    },
    execute: (args) =>
      run(args, async ({ session, operation }): Promise<ExecutionResult> => {
        // Given up before it began: nobody is sent this.
        if (!(await session.turn(operation))) return { data: null };
        return executor.execute(operation.request, contextOf(operation));
      }),
    subscribe: (args) =>
      run(args, async (admission) => {
        const stream = await fanOut.subscribe(subscriberOf(admission));
        return Symbol.asyncIterator in stream ? guardStream(stream, admission.operation, logger) : stream;
      }),
    onNext: (_, __, ___, args, result) => {
      const operation = admitted.get(args)?.operation;
      if (operation && result.errors !== undefined) operation.failed = true;
      const frame = formattedFrame(result);
      return operation?.kind === 'subscription' ? withCursor(frame) : frame;
    },
    onError: ({ extra }, id, _, errors) => {
      const operation = extra.find(id);
      if (operation) operation.failed = true;
      const requestId = operation?.requestId ?? extra.requestId;
      return errors.flatMap((error) => refusals.get(error) ?? [doorError('INTERNAL', asVigilError(error).message, requestId)]);
    },
  };
  return makeServer<Init, Session>(protocol);
};
