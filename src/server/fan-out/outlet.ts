import type { WebSocket } from 'ws';

/** Bytes that may wait for a client before it gets no further events but what they come to, joined. */
const maxWaitingBytes = 16_384;
/** Below this a copy is cheaper than a message in two frames. */
const copyBelowBytes = 8_192;

const whole = { binary: false, fin: true };
const beginning = { binary: false, fin: false };

/** One socket, as those see it who send events to it. */
export interface Outlet {
  isOpen(): boolean;
  hasRoom(): boolean;
  /** Bytes that have not left for the kernel. */
  waitingBytes(): number;
  /** Sends one message made of two parts; the bytes of the second may be shared with other sockets. */
  send(head: Buffer, rest: Buffer): void;
  /** Calls back once, when there is room again; never after the socket has closed. */
  whenRoom(callback: () => void): void;
  /** Something has left for the kernel: calls back those who wait, when that makes room. */
  drained(): void;
  close(code: number, reason: string): void;
}

/** `close` closes the socket, also when its client does not answer; `sent` is called when a message has left for the kernel. */
export const createOutlet = (socket: WebSocket, close: Outlet['close'], sent: () => void): Outlet => {
  let waiting: (() => void)[] | undefined;
  const hasRoom = (): boolean => socket.bufferedAmount <= maxWaitingBytes;
  return {
    isOpen: () => socket.readyState === socket.OPEN,
    hasRoom,
    waitingBytes: () => socket.bufferedAmount,
    send: (head, rest) => {
      if (socket.readyState !== socket.OPEN) return;
      if (rest.length < copyBelowBytes) return socket.send(Buffer.concat([head, rest]), whole, sent);
      // One message in two frames: what is large is not copied for every socket it goes to.
      socket.send(head, beginning);
      socket.send(rest, whole, sent);
    },
    whenRoom: (callback) => {
      waiting ??= [];
      waiting.push(callback);
    },
    drained: () => {
      if (waiting === undefined || socket.readyState !== socket.OPEN || !hasRoom()) return;
      const callbacks = waiting;
      waiting = undefined;
      for (const callback of callbacks) callback();
    },
    close,
  };
};
