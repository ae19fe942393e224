import { type ExecutionResult, GraphQLError, type GraphQLFormattedError, type OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import { asVigilError } from '../errors.js';
import type { Executor, OperationRequest } from '../execution/executor.js';
import { doorError } from './door-error.js';
import type { FanOut } from './fan-out/fan-out.js';
import type { ServerMetrics } from './metrics.js';
import type { ServerDependencies } from './options.js';
import { type Connection, isClogged, type Operation, send } from './websocket-connection.js';
import { formattedFrame, withCursor } from './websocket-frames.js';
import { createTurns } from './websocket-turns.js';

/** What the client asked for, as far as it is needed to begin. */
export interface Asked {
  readonly request: OperationRequest;
  readonly kind: OperationTypeNode;
  readonly name: string | null;
  /** Of a subscription: the cursor it resumes after. */
  readonly after: string | undefined;
  /** The variable that says only that. */
  readonly cursorVariable: string | undefined;
}

/** What runs operations. */
export interface OperationParts {
  readonly executor: Executor;
  readonly createContext: ServerDependencies['createContext'];
  readonly fanOut: FanOut<Operation>;
  readonly metrics: ServerMetrics;
  readonly logger: Logger;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
}

/** Operations of all sockets, from their admission to their end. */
export interface Operations {
  begin(connection: Connection, id: string, asked: Asked): void;
  /** The client wants no more of it. A query stops at once, a subscription ends; a mutation goes on. */
  giveUp(operation: Operation): void;
  /** Everything was sent that a shared subscription had to tell. */
  completed(operation: Operation): void;
}

/** Operations of one socket that run. */
export const countOf = ({ operations, lingering }: Connection): number => operations.size + (lingering?.size ?? 0);

const isAnswering = ({ operations, lingering }: Connection): boolean =>
  [...operations.values(), ...(lingering ?? [])].some(({ kind }) => kind !== 'subscription');

const wake = (connection: Connection): void => {
  if (!connection.whenIdle || isAnswering(connection)) return;
  const resolvers = connection.whenIdle;
  connection.whenIdle = undefined;
  for (const resolve of resolvers) resolve();
};

/** Resolves when no query or mutation is being answered. */
export const idle = (connection: Connection): Promise<void> =>
  new Promise((resolve) => {
    connection.whenIdle = [...(connection.whenIdle ?? []), resolve];
    wake(connection);
  });

const requestIdOf = ({ connection, number }: Operation): string => `${connection.requestId}.${number}`;

const isStream = (result: object): result is AsyncIterableIterator<ExecutionResult> => Symbol.asyncIterator in result;

export const createOperations = ({ executor, createContext, fanOut, metrics, logger, running }: OperationParts): Operations => {
  const end = (operation: Operation): void => {
    if (operation.isOver) return;
    operation.isOver = true;
    const { connection, id, controller, kind, name, startedAt } = operation;
    if (operation.isWanted) connection.operations.delete(id);
    else connection.lingering?.delete(operation);
    operation.isWanted = false;
    if (controller) running.delete(controller);
    controller?.abort();
    connection.turns?.leave(operation);
    metrics.subscriptions.dec();
    const elapsedMs = performance.now() - startedAt;
    const outcome = operation.failed ? 'error' : 'ok';
    metrics.operations.observe({ kind, transport: 'ws', outcome }, elapsedMs / 1000);
    const { actor } = connection;
    logger.info({ requestId: requestIdOf(operation), kind, operation: name, ms: Math.round(elapsedMs), outcome, actor }, 'operation');
    wake(connection);
  };

  const sendNext = async (operation: Operation, result: ExecutionResult): Promise<void> => {
    if (result.errors !== undefined) operation.failed = true;
    if (!operation.isWanted) return;
    const frame = formattedFrame(result);
    const payload = operation.kind === 'subscription' ? withCursor(frame) : frame;
    await send(operation.connection, JSON.stringify({ id: operation.id, type: 'next', payload }));
  };
  const sendError = async (operation: Operation, errors: readonly GraphQLFormattedError[]): Promise<void> => {
    operation.failed = true;
    if (operation.isWanted) await send(operation.connection, JSON.stringify({ id: operation.id, type: 'error', payload: errors }));
  };
  const sendComplete = async (operation: Operation): Promise<void> => {
    if (operation.isWanted) await send(operation.connection, JSON.stringify({ id: operation.id, type: 'complete' }));
  };

  /** Pulls results one by one, each when the one before has left for the kernel. */
  const pump = async (operation: Operation, stream: AsyncIterator<ExecutionResult>): Promise<void> => {
    try {
      for (;;) {
        const { done, value } = await stream.next();
        if (done) return await sendComplete(operation);
        await sendNext(operation, value);
      }
    } catch (error) {
      if (!operation.isWanted) return;
      // Its words stay in the log.
      const requestId = requestIdOf(operation);
      logger.error({ err: error, requestId }, 'a subscription broke off');
      await sendError(operation, [doorError('INTERNAL', asVigilError(error).message, requestId)]);
    }
  };

  const letGo = (operation: Operation): void => {
    const { source } = operation;
    operation.source = undefined;
    if (source === undefined) return;
    if ('leave' in source) source.leave(operation);
    else
      (async () => source.return?.())().catch((error: unknown) =>
        logger.error({ err: error, requestId: requestIdOf(operation) }, 'the source of a subscription did not end cleanly'),
      );
  };

  /** Returns whether it goes on by itself. */
  const follow = async (operation: Operation, { request, after, cursorVariable }: Asked): Promise<boolean> => {
    const { actor } = operation.connection;
    const begun = await fanOut.subscribe(operation, { request, requestId: requestIdOf(operation), actor, after, cursorVariable });
    if (!('enter' in begun) && !isStream(begun)) {
      await sendNext(operation, begun);
      await sendComplete(operation);
      return false;
    }
    const source = 'enter' in begun ? begun : begun[Symbol.asyncIterator]();
    // It may have come to its end while it came in.
    if (operation.isOver) return true;
    operation.source = source;
    if (!operation.isWanted) letGo(operation);
    else if ('enter' in source) return true;
    else await pump(operation, source);
    return false;
  };

  const answer = async (operation: Operation, { request }: Asked, signal: AbortSignal): Promise<boolean> => {
    const { connection } = operation;
    connection.turns ??= createTurns(() => !isClogged(connection));
    // Given up before it began: nobody is sent anything.
    if (!(await connection.turns.take(operation)) || signal.aborted) return false;
    const { actor } = connection;
    await sendNext(operation, await executor.execute(request, createContext({ requestId: requestIdOf(operation), actor, signal })));
    await sendComplete(operation);
    return false;
  };

  const run = async (operation: Operation, asked: Asked): Promise<void> => {
    const { controller } = operation;
    try {
      if (await (controller ? answer(operation, asked, controller.signal) : follow(operation, asked))) return;
    } catch (error) {
      operation.failed = true;
      const requestId = requestIdOf(operation);
      logger.error({ err: error, requestId }, 'an operation failed to start');
      const { message, extensions } = doorError('INTERNAL', asVigilError(error).message, requestId);
      await sendNext(operation, { data: null, errors: [new GraphQLError(message, { extensions: extensions ?? {} })] });
      await sendComplete(operation);
    }
    end(operation);
  };

  return {
    begin: (connection, id, asked) => {
      connection.begun += 1;
      const { kind, name } = asked;
      const operation: Operation = {
        connection,
        id,
        number: connection.begun,
        kind,
        name,
        controller: kind === 'subscription' ? undefined : new AbortController(),
        startedAt: performance.now(),
        failed: false,
        isWanted: true,
        isOver: false,
        source: undefined,
      };
      connection.operations.set(id, operation);
      if (operation.controller) running.add(operation.controller);
      metrics.subscriptions.inc();
      void run(operation, asked);
    },
    giveUp: (operation) => {
      const { connection, id, kind, controller, source } = operation;
      operation.isWanted = false;
      connection.operations.delete(id);
      connection.lingering ??= new Set();
      connection.lingering.add(operation);
      if (kind === 'query') controller?.abort();
      if (kind !== 'mutation') connection.turns?.giveUp(operation);
      letGo(operation);
      if (source && 'leave' in source) end(operation);
    },
    completed: (operation) => {
      operation.source = undefined;
      void sendComplete(operation).then(() => end(operation));
    },
  };
};
