import type { OperationTypeNode } from 'graphql';
import type { Logger } from 'pino';
import type { OperationRequest } from '../execution/executor.js';
import type { Outlet } from './fan-out/outlet.js';
import type { ServerMetrics } from './metrics.js';
import { createTurns, type Turns } from './websocket-turns.js';

/** One operation on a socket. */
export interface SocketOperation {
  readonly requestId: string;
  readonly request: OperationRequest;
  readonly kind: OperationTypeNode;
  readonly name: string | null;
  readonly after: string | undefined;
  readonly actor: string | null;
  /** Aborts when nobody waits for the answer any more. Undefined for a subscription: many may share its events, and end with their iterators. */
  readonly controller: AbortController | undefined;
  readonly startedAt: number;
  failed: boolean;
}

/** What the server knows of one socket, from upgrade to close. */
export interface Session {
  readonly requestId: string;
  /** Header of the upgrade. */
  readonly authorization: string | undefined;
  /** The way out for what is sent past graphql-ws. */
  readonly outlet: Outlet;
  actor: string | null;
  /** Operations running. */
  size(): number;
  begin(id: string, operation: Pick<SocketOperation, 'request' | 'kind' | 'name' | 'after'>): SocketOperation;
  find(id: string): SocketOperation | undefined;
  /** Resolves when it may be answered; to false when it is given up by then. Subscriptions need not ask. */
  turn(operation: SocketOperation): Promise<boolean>;
  end(id: string): void;
  /** The client has read something. */
  drained(): void;
  /** The client wants no more of it. A query stops at once; a subscription ends through its iterator; a mutation goes on. */
  cancel(id: string): void;
  /** Resolves when no query or mutation is being answered. */
  idle(): Promise<void>;
  /** The client is gone. */
  dispose(): void;
}

/** What a session shares with the rest of the server. */
interface SessionParts {
  readonly metrics: ServerMetrics;
  readonly logger: Logger;
  readonly outlet: Outlet;
  /** Operations running now; whoever stops hard aborts them. */
  readonly running: Set<AbortController>;
  /** Whether so much waits for the client to read it that nothing new may begin. */
  readonly isClogged: () => boolean;
}

export const createSession = (requestId: string, authorization: string | undefined, parts: SessionParts): Session => {
  const { metrics, logger, outlet, running } = parts;
  const operations = new Map<string, SocketOperation>();
  /** Most sockets only subscribe. */
  let turns: Turns | undefined;
  let waiting: (() => void)[] = [];
  let count = 0;

  const answering = (): boolean => [...operations.values()].some(({ kind }) => kind !== 'subscription');
  const wake = (): void => {
    if (answering()) return;
    const resolvers = waiting;
    waiting = [];
    for (const resolve of resolvers) resolve();
  };

  const session: Session = {
    requestId,
    authorization,
    outlet,
    actor: null,
    size: () => operations.size,
    begin: (id, facts) => {
      count += 1;
      const controller = facts.kind === 'subscription' ? undefined : new AbortController();
      const operation: SocketOperation = {
        ...facts,
        requestId: `${requestId}.${count}`,
        actor: session.actor,
        controller,
        startedAt: performance.now(),
        failed: false,
      };
      operations.set(id, operation);
      if (controller) running.add(controller);
      metrics.subscriptions.inc();
      return operation;
    },
    find: (id) => operations.get(id),
    turn: async (operation) => {
      turns ??= createTurns(() => !parts.isClogged());
      return (await turns.take(operation)) && !operation.controller?.signal.aborted;
    },
    end: (id) => {
      const operation = operations.get(id);
      if (operation === undefined) return;
      operations.delete(id);
      if (operation.controller) running.delete(operation.controller);
      operation.controller?.abort();
      turns?.leave(operation);
      metrics.subscriptions.dec();
      const elapsedMs = performance.now() - operation.startedAt;
      const outcome = operation.failed ? 'error' : 'ok';
      metrics.operations.observe({ kind: operation.kind, transport: 'ws', outcome }, elapsedMs / 1000);
      const { kind, name, actor } = operation;
      logger.info({ requestId: operation.requestId, kind, operation: name, ms: Math.round(elapsedMs), outcome, actor }, 'operation');
      wake();
    },
    cancel: (id) => {
      const operation = operations.get(id);
      if (operation?.kind !== 'query') return;
      operation.controller?.abort();
      turns?.giveUp(operation);
    },
    drained: () => {
      turns?.advance();
      outlet.drained();
    },
    idle: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        wake();
      }),
    dispose: () => {
      for (const [id, operation] of operations) {
        if (operation.kind !== 'mutation') session.end(id);
      }
      turns?.advance();
    },
  };
  return session;
};
