import type { ExecutionResult } from 'graphql';
import type { Logger } from 'pino';
import type { SocketOperation } from './websocket-session.js';

const done: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * A subscription's results as graphql-ws pulls them. After the client's `complete` nothing comes any more, not even the error of a source that was
 * broken off; a source that fails by itself is logged, and its words stay in the log.
 */
export const guardStream = (
  source: AsyncIterableIterator<ExecutionResult>,
  { requestId }: SocketOperation,
  logger: Logger,
): AsyncIterableIterator<ExecutionResult> => {
  let ended = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: async () => {
      try {
        const step = await source.next();
        return ended ? done : step;
      } catch (error) {
        if (ended) return done;
        logger.error({ err: error, requestId }, 'a subscription broke off');
        throw error;
      }
    },
    return: async () => {
      ended = true;
      await source.return?.();
      return done;
    },
  };
};
