import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A network between client and gateway that goes bad when told to. */
export interface SilencingProxy {
  readonly port: number;
  /** Connections open now stay open and carry nothing any more; new ones work. */
  silence(): void;
  /** What was silenced carries everything again, also what was sent meanwhile. */
  speak(): void;
  /** Cuts what is open. New connections are taken, and carry nothing. */
  sleep(): void;
  /** New connections work again; those taken asleep are cut. */
  wake(): void;
  /** Connections that were taken asleep. */
  slept(): number;
  /** Cuts what is open, and the next so many connections. */
  refuse(count: number): void;
  refused(): number;
  dispose(): Promise<void>;
}

export const createSilencingProxy = async (target: number): Promise<SilencingProxy> => {
  const pairs = new Set<readonly [Socket, Socket]>();
  let refusals = 0;
  let refused = 0;
  let isAsleep = false;
  let slept = 0;

  const server = createServer((near) => {
    if (refused < refusals) {
      refused += 1;
      near.destroy();
      return;
    }
    const far = connect(target, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    if (isAsleep) slept += 1;
    const end = () => {
      pairs.delete(pair);
      for (const socket of pair) socket.destroy();
    };
    for (const socket of pair) socket.on('close', end).on('error', end);
    if (isAsleep) return;
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  const cut = () => {
    for (const sockets of [...pairs]) for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    silence() {
      for (const [near, far] of pairs) {
        near.unpipe(far).pause();
        far.unpipe(near).pause();
      }
    },
    speak() {
      for (const [near, far] of pairs) {
        near.pipe(far);
        far.pipe(near);
      }
    },
    sleep() {
      isAsleep = true;
      cut();
    },
    wake() {
      isAsleep = false;
      cut();
    },
    slept: () => slept,
    refuse(count) {
      refusals = refused + count;
      cut();
    },
    refused: () => refused,
    async dispose() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
