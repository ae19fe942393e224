import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A network that loses what it carries when told to. */
export interface ReplyLosingProxy {
  readonly port: number;
  /** The next answer does not arrive: its connection is cut instead. What it answers has been done. */
  loseNextReply(): void;
  /** The same with the answer to the next request that holds these words. */
  loseReplyTo(words: string): void;
  /** The next request that holds these words does not arrive: its connection is cut instead. */
  loseRequest(words: string): void;
  /** New connections wait until they are let through. */
  hold(): void;
  release(): void;
  /** How often something was lost. */
  lost(): number;
  dispose(): Promise<void>;
}

export const createReplyLosingProxy = async (target: number): Promise<ReplyLosingProxy> => {
  let losing = false;
  let losingReplyTo: string | undefined;
  let losingRequest: string | undefined;
  let holding = false;
  let lost = 0;
  const cuts = new Set<() => void>();
  const held = new Set<Socket>();

  const carry = (near: Socket): void => {
    const far = connect(target, '127.0.0.1');
    const cut = (): void => {
      cuts.delete(cut);
      near.destroy();
      far.destroy();
    };
    const lose = (): void => {
      lost += 1;
      cut();
    };
    cuts.add(cut);
    for (const socket of [near, far]) socket.on('close', cut).on('error', cut);
    let losingHere = false;
    near.on('data', (bytes) => {
      if (losingRequest !== undefined && bytes.includes(losingRequest)) {
        losingRequest = undefined;
        lose();
        return;
      }
      if (losingReplyTo !== undefined && bytes.includes(losingReplyTo)) {
        losingReplyTo = undefined;
        losingHere = true;
      }
      far.write(bytes);
    });
    far.on('data', (bytes) => {
      if (!losing && !losingHere) {
        near.write(bytes);
        return;
      }
      losing = false;
      lose();
    });
  };
  const server = createServer((near) => {
    if (holding) {
      near.on('close', () => held.delete(near)).on('error', () => near.destroy());
      held.add(near);
    } else carry(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('there is no free port');
  return {
    port: address.port,
    loseNextReply: () => {
      losing = true;
    },
    loseReplyTo: (words) => {
      losingReplyTo = words;
    },
    loseRequest: (words) => {
      losingRequest = words;
    },
    hold: () => {
      holding = true;
    },
    release: () => {
      holding = false;
      for (const near of held) carry(near);
      held.clear();
    },
    lost: () => lost,
    dispose: async () => {
      for (const near of held) near.destroy();
      for (const cut of [...cuts]) cut();
      server.close();
      await once(server, 'close');
    },
  };
};
