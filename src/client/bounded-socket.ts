/** What is needed of a WebSocket that is being opened, in a browser or of a package. */
interface OpeningSocket {
  readonly readyState: number;
  close(): void;
  addEventListener(event: 'open' | 'close', listener: () => void): void;
}

const connecting = 0;

/**
 * The same WebSocket, given up when it is not open after so long. A gateway that sleeps takes connections and never answers them: without a bound a client
 * that comes back would wait there, although others are well. `implementation`: anything else than a class is left as it is, for others to complain about.
 */
export const boundedSocket = (implementation: unknown, openWithinMs: number): unknown => {
  if (typeof implementation !== 'function') return implementation;
  return new Proxy(implementation, {
    construct: (target, args, newTarget) => {
      const socket: OpeningSocket = Reflect.construct(target, args, newTarget);
      const timer = setTimeout(() => {
        if (socket.readyState === connecting) socket.close();
      }, openWithinMs);
      const clear = () => clearTimeout(timer);
      socket.addEventListener('open', clear);
      socket.addEventListener('close', clear);
      return socket;
    },
  });
};
