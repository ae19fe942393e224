import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Answers the requests of each connection in turn, and counts them. */
export interface HttpDrain {
  /** Calls `begin` when every earlier request of the same connection is answered; never, when the connection is gone by then. */
  answer(response: ServerResponse, begin: () => void): void;
  /** Stops accepting; resolves when every request that had begun is answered and every connection closed. */
  close(): Promise<void>;
}

/** Requests that one connection may have sent ahead; one that sends more is cut. Browsers send none. */
const maxAhead = 64;

/**
 * Lets an HTTP server end without leaving an idle connection open or cutting a busy one. Requests that a client sends before it has read the last answer
 * (pipelining) wait unread for their turn: answers to all of them at once would wait in memory for as long as it does not read. A connection that takes
 * no byte of its answer for `stalledTimeoutMs` is cut.
 */
export const createHttpDrain = (server: Server, stalledTimeoutMs: number): HttpDrain => {
  /** What each connection waits for, in order; the first one is being answered. */
  const lines = new Map<Socket, Map<ServerResponse, () => void>>();
  let closing = false;

  const lineOf = (socket: Socket): Map<ServerResponse, () => void> => {
    const known = lines.get(socket);
    if (known !== undefined) return known;
    const line = new Map<ServerResponse, () => void>();
    lines.set(socket, line);
    // One listener for all: Node tells nothing to a response whose connection closes before its turn (20.20).
    socket.once('close', () => lines.delete(socket));
    return line;
  };

  // With a listener Node leaves to it what it would do itself: idle connections end here too (keepAliveTimeout).
  server.setTimeout(stalledTimeoutMs, (socket) => {
    const answering = (lines.get(socket)?.size ?? 0) > 0;
    if (!answering || socket.writableLength > 0) socket.destroy();
  });

  return {
    answer: (response, begin) => {
      const { socket } = response.req;
      if (socket.destroyed) return;
      const line = lineOf(socket);
      if (line.size > maxAhead) {
        socket.destroy();
        return;
      }
      if (closing) response.shouldKeepAlive = false;
      line.set(response, begin);
      response.once('close', () => {
        line.delete(response);
        const [next] = line.values();
        if (next !== undefined && !socket.destroyed) next();
        // An answer whose headers had left before the stop said keep-alive: its connection is idle only after this event.
        if (closing) setImmediate(() => server.closeIdleConnections());
      });
      if (line.size === 1) begin();
    },
    close: () =>
      new Promise((resolve) => {
        closing = true;
        // The last one of each connection says that it ends there: after an earlier one, the others would not be answered.
        for (const line of lines.values()) {
          const last = [...line.keys()].at(-1);
          if (last !== undefined) last.shouldKeepAlive = false;
        }
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
};
