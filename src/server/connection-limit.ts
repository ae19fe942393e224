import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** Connections beyond the limit that still get to read why; more are dropped without a word. */
const told = 64;

/** Marks connections beyond the limit, so that their first request is answered 503 instead of being cut off. */
export const limitConnections = (server: Server, max: number): ((socket: Duplex) => boolean) => {
  const surplus = new WeakSet<Duplex>();
  let open = 0;
  server.maxConnections = max + told;
  server.on('connection', (socket) => {
    open += 1;
    if (open > max) surplus.add(socket);
    socket.once('close', () => {
      open -= 1;
    });
  });
  return (socket) => surplus.has(socket);
};
