import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A network between clients and a gateway that cuts their WebSockets when told to, and leads to another gateway when that is started. */
export interface CuttingProxy {
  readonly url: string;
  /** Where new connections lead from now on. */
  leadTo(url: string): void;
  /** Cuts every WebSocket there is, in the middle of whatever it carries. */
  cut(): void;
  /** WebSockets cut so far. */
  cuts(): number;
  dispose(): Promise<void>;
}

interface Line {
  readonly near: Socket;
  readonly far: Socket;
  isWebSocket: boolean;
}

const portOf = (url: string): number => Number(new URL(url).port);

export const createCuttingProxy = async (url: string): Promise<CuttingProxy> => {
  const lines = new Set<Line>();
  let target = portOf(url);
  let cuts = 0;
  const end = (line: Line): void => {
    lines.delete(line);
    // A network gives no notice: the far end learns of it by a reset, not by a close.
    line.near.resetAndDestroy();
    line.far.resetAndDestroy();
  };
  const server = createServer((near) => {
    const line: Line = { near, far: connect(target, '127.0.0.1'), isWebSocket: false };
    lines.add(line);
    for (const socket of [near, line.far]) socket.on('error', () => end(line)).on('close', () => end(line));
    near.once('data', (head) => {
      line.isWebSocket = /^upgrade: websocket\r?$/im.test(head.toString('latin1'));
    });
    near.pipe(line.far).pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('there is no free port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    leadTo: (other) => {
      target = portOf(other);
    },
    cut: () => {
      for (const line of [...lines].filter(({ isWebSocket }) => isWebSocket)) {
        cuts += 1;
        end(line);
      }
    },
    cuts: () => cuts,
    dispose: async () => {
      for (const line of [...lines]) end(line);
      server.close();
      await once(server, 'close');
    },
  };
};
