import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A network that loses answers when told to. */
export interface ReplyLosingProxy {
  readonly port: number;
  /** The next answer does not arrive: its connection is cut instead. What it answers has been done. */
  loseNextReply(): void;
  lost(): number;
  dispose(): Promise<void>;
}

export const createReplyLosingProxy = async (target: number): Promise<ReplyLosingProxy> => {
  let losing = false;
  let lost = 0;
  const cuts = new Set<() => void>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    const cut = (): void => {
      cuts.delete(cut);
      near.destroy();
      far.destroy();
    };
    cuts.add(cut);
    for (const socket of [near, far]) socket.on('close', cut).on('error', cut);
    near.pipe(far);
    far.on('data', (bytes) => {
      if (!losing) {
        near.write(bytes);
        return;
      }
      losing = false;
      lost += 1;
      cut();
    });
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
    lost: () => lost,
    dispose: async () => {
      for (const cut of [...cuts]) cut();
      server.close();
      await once(server, 'close');
    },
  };
};
