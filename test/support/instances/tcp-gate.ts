import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A way to a server on this machine that can be cut. */
export interface TcpGate {
  readonly port: number;
  /** Lets everything through. What was held comes late, in order, as after a cut in a network. */
  open(): Promise<void>;
  /** A black hole: connections stay and new ones are taken, nothing passes, nobody is told. */
  hold(): void;
  /** Breaks all connections and refuses new ones. */
  refuse(): Promise<void>;
  /** Whether a connection that the server sees coming from that port came through here. */
  carries(port: number): boolean;
  dispose(): Promise<void>;
}

type Mode = 'open' | 'held' | 'refused';

interface Pair {
  readonly inner: Socket;
  readonly outer: Socket;
}

const host = '127.0.0.1';
/** Somebody else may have the port for a moment. */
const [listenTries, listenAgainMs] = [40, 50];

const listen = async (server: Server, port: number): Promise<number> => {
  for (let tries = 1; ; tries += 1) {
    try {
      server.listen(port, host);
      await once(server, 'listening');
      const address = server.address();
      if (address === null || typeof address === 'string') throw new TypeError('the gate has no port');
      return address.port;
    } catch (error) {
      if (tries >= listenTries) throw error;
      await pause(listenAgainMs);
    }
  }
};

export const createTcpGate = async (target: () => number): Promise<TcpGate> => {
  const pairs = new Set<Pair>();
  const carried = new Set<number>();
  let mode: Mode = 'open';

  const flow = ({ inner, outer }: Pair): void => {
    inner.pipe(outer);
    outer.pipe(inner);
  };
  const stand = ({ inner, outer }: Pair): void => {
    for (const [from, to] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      from.unpipe(to);
      from.pause();
    }
  };
  const take = (inner: Socket): void => {
    const outer = connect({ port: target(), host });
    const pair = { inner, outer };
    pairs.add(pair);
    stand(pair);
    const end = (): void => {
      pairs.delete(pair);
      inner.destroy();
      outer.destroy();
    };
    for (const socket of [inner, outer]) {
      socket.setNoDelay(true);
      socket.on('error', end);
      socket.on('close', end);
    }
    outer.once('connect', () => {
      carried.add(outer.localPort ?? 0);
      if (mode === 'open') flow(pair);
    });
  };
  const server = createServer({ pauseOnConnect: true }, take);
  const port = await listen(server, 0);

  const close = async (): Promise<void> => {
    for (const { inner, outer } of pairs) {
      inner.resetAndDestroy();
      outer.destroy();
    }
    if (!server.listening) return;
    server.close();
    await once(server, 'close');
  };
  return {
    port,
    open: async () => {
      if (mode === 'refused') await listen(server, port);
      mode = 'open';
      for (const pair of pairs) if (!pair.outer.connecting) flow(pair);
    },
    hold: () => {
      mode = 'held';
      for (const pair of pairs) stand(pair);
    },
    refuse: async () => {
      mode = 'refused';
      await close();
    },
    carries: (from) => carried.has(from),
    dispose: close,
  };
};
