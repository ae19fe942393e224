import { type Connection, close, hasRoom, isOpen } from './websocket-connection.js';

/** Closes a socket whose client does not read what it has asked for. Private range of RFC 6455; clients of graphql-ws connect again on it. */
const tooSlow = { code: 4420, reason: 'Too slow: events were not read' } as const;

/** Sockets that take nothing more for now. */
export interface SlowSockets {
  /** It has no room. Forgotten by itself when it has, or is closed. */
  add(connection: Connection): void;
  close(connection: Connection): void;
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
  const slow = new Map<Connection, Seen>();
  let timer: NodeJS.Timeout | undefined;

  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  const closeSlow = (connection: Connection): void => {
    slow.delete(connection);
    if (!isOpen(connection)) return;
    close(connection, tooSlow.code, tooSlow.reason);
    closed();
  };
  const look = (): void => {
    const now = performance.now();
    for (const [connection, seen] of slow) {
      const waitingBytes = connection.socket.bufferedAmount;
      if (!isOpen(connection) || hasRoom(connection)) slow.delete(connection);
      else if (waitingBytes < seen.waitingBytes) Object.assign(seen, { waitingBytes, since: now });
      else if (now - seen.since >= timeoutMs) closeSlow(connection);
      else seen.waitingBytes = waitingBytes;
    }
    if (slow.size === 0) stop();
  };
  return {
    add: (connection) => {
      if (slow.has(connection)) return;
      slow.set(connection, { waitingBytes: connection.socket.bufferedAmount, since: performance.now() });
      timer ??= setInterval(look, timeoutMs / looks).unref();
    },
    close: closeSlow,
    dispose: () => {
      slow.clear();
      stop();
    },
  };
};
