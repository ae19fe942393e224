import type { Outlet } from './outlet.js';

/** Closes a socket whose client does not read what it has asked for. Private range of RFC 6455; clients of graphql-ws connect again on it. */
const tooSlow = { code: 4420, reason: 'Too slow: events were not read' } as const;

/** Sockets that take nothing more for now. */
export interface SlowSockets {
  /** It has no room. Forgotten by itself when it has, or is closed. */
  add(outlet: Outlet): void;
  close(outlet: Outlet): void;
  dispose(): void;
}

interface Seen {
  waitingBytes: number;
  since: number;
}

/** Looks at each that often within the time it has. */
const looks = 5;

/** Closes those of which not a byte has left in `timeoutMs`; `closed` is told of each. */
export const createSlowSockets = (timeoutMs: number, closed: () => void): SlowSockets => {
  const slow = new Map<Outlet, Seen>();
  let timer: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const close = (outlet: Outlet): void => {
    slow.delete(outlet);
    if (!outlet.isOpen()) return;
    outlet.close(tooSlow.code, tooSlow.reason);
    closed();
  };
  const look = (): void => {
    const now = performance.now();
    for (const [outlet, seen] of slow) {
      const waitingBytes = outlet.waitingBytes();
      if (!outlet.isOpen() || outlet.hasRoom()) slow.delete(outlet);
      else if (waitingBytes < seen.waitingBytes) Object.assign(seen, { waitingBytes, since: now });
      else if (now - seen.since >= timeoutMs) close(outlet);
      else seen.waitingBytes = waitingBytes;
    }
    if (slow.size === 0) stop();
  };
  return {
    add: (outlet) => {
      if (slow.has(outlet)) return;
      slow.set(outlet, { waitingBytes: outlet.waitingBytes(), since: performance.now() });
      timer ??= setInterval(look, timeoutMs / looks).unref();
    },
    close,
    dispose: () => {
      slow.clear();
      stop();
    },
  };
};
