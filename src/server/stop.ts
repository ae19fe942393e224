import type { Server } from 'node:http';
import type { ApolloServer } from '@apollo/server';
import type { Logger } from 'pino';
import { within } from '../domain/index.js';
import type { DoorContext } from './apollo.js';
import type { HttpDrain } from './http-drain.js';
import type { WebSocketDoor } from './websocket-door.js';

/** What a stop has to bring to an end. */
interface StopParts {
  readonly server: Server;
  readonly apollo: ApolloServer<DoorContext>;
  readonly door: WebSocketDoor;
  readonly drain: HttpDrain;
  /** Operations running now. */
  readonly running: Set<AbortController>;
  readonly logger: Logger;
  readonly timeoutMs: number;
  /** Resolves when the gateway has no mutation in hand. */
  readonly whenQuiet: (() => Promise<void>) | undefined;
}

/**
 * Ends the server: nothing new is let in, what has begun is answered, subscriptions are closed with 1001 (clients reconnect on it, elsewhere or later),
 * and what has not ended in time is broken off.
 */
export const createStop =
  ({ server, apollo, door, drain, running, logger, timeoutMs, whenQuiet }: StopParts) =>
  async (): Promise<void> => {
    logger.info({ timeoutMs }, 'stopping');
    const closed = drain.close();
    const quiet = (whenQuiet?.() ?? Promise.resolve()).catch((error: unknown) => logger.error({ err: error }, 'draining failed'));
    if (!(await within(Promise.all([closed, door.stop(), quiet]), timeoutMs))) {
      logger.warn({ operations: running.size }, 'the time for stopping is up: breaking off what is left');
      for (const controller of running) controller.abort();
      door.terminate();
      server.closeAllConnections();
      await closed;
    }
    await apollo.stop();
    logger.info('stopped');
  };
