import type { Server, ServerResponse } from 'node:http';

/** Counts the requests being answered. */
export interface HttpDrain {
  track(response: ServerResponse): void;
  /** Stops accepting; resolves when every request that had begun is answered and every connection closed. */
  close(): Promise<void>;
}

/** Lets an HTTP server end without leaving an idle connection open or cutting a busy one. */
export const createHttpDrain = (server: Server): HttpDrain => {
  const answering = new Set<ServerResponse>();
  let closing = false;
  return {
    track: (response) => {
      if (closing) response.shouldKeepAlive = false;
      answering.add(response);
      response.once('close', () => {
        answering.delete(response);
        // An answer whose headers had left before the stop said keep-alive: its connection is idle only after this event.
        if (closing) setImmediate(() => server.closeIdleConnections());
      });
    },
    close: () =>
      new Promise((resolve) => {
        closing = true;
        for (const response of answering) response.shouldKeepAlive = false;
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
};
