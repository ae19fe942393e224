import type { ExecutionResult } from 'graphql';
import { formattedFrame, withCursor } from '../websocket-frames.js';

/** A `next` message for many: all of it but the id, made once. */
export interface SharedMessage {
  /** What stands behind the id. */
  readonly rest: Buffer;
  readonly failed: boolean;
  /** The whole frame as it was written last: the next client's differs in the bytes of the id. Undefined when it is somebody's, who has not sent it yet. */
  frame: Frame | undefined;
}

interface Frame {
  readonly bytes: Buffer;
  readonly idAt: number;
  readonly idLength: number;
}

export const shareResult = (result: ExecutionResult): SharedMessage => ({
  rest: Buffer.from(`,"type":"next","payload":${JSON.stringify(withCursor(formattedFrame(result)))}}`),
  failed: result.errors !== undefined,
  frame: undefined,
});

const beforeId = '{"id":';

/** One text frame of a server (RFC 6455, 5.2), as far as the id: the header says how much comes in all. */
const frameHead = (id: string, idLength: number, restLength: number, room: number): Frame => {
  const length = beforeId.length + idLength + restLength;
  const headerLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const idAt = headerLength + beforeId.length;
  const bytes = Buffer.allocUnsafeSlow(idAt + idLength + room);
  bytes[0] = 0x81;
  bytes[1] = headerLength === 2 ? length : headerLength === 4 ? 126 : 127;
  if (headerLength === 4) bytes.writeUInt16BE(length, 2);
  if (headerLength === 10) bytes.writeBigUInt64BE(BigInt(length), 2);
  bytes.write(beforeId, headerLength, 'latin1');
  bytes.write(id, idAt);
  return { bytes, idAt, idLength };
};

/** Below this a copy is cheaper than a second piece in the write. */
const copyBelowBytes = 8_192;

/** Where frames are written to: a `Writable`, which has nothing left of what it could hand on at once. */
interface Sink {
  readonly writableLength: number;
  write(bytes: Buffer): unknown;
  cork(): void;
  uncork(): void;
}

/**
 * Writes the message for one client, as one frame. What is small is one buffer, used again for the next client as soon as the kernel has it; what is large is not
 * copied for every client it goes to.
 */
export const writeShared = (sink: Sink, id: string, message: SharedMessage): void => {
  const { rest } = message;
  const quoted = JSON.stringify(id);
  const idLength = Buffer.byteLength(quoted);
  if (rest.length >= copyBelowBytes) {
    sink.cork();
    sink.write(frameHead(quoted, idLength, rest.length, 0).bytes);
    sink.write(rest);
    sink.uncork();
    return;
  }
  const last = message.frame;
  const frame = last?.idLength === idLength ? last : frameHead(quoted, idLength, rest.length, rest.length);
  if (frame === last) frame.bytes.write(quoted, frame.idAt);
  else rest.copy(frame.bytes, frame.idAt + idLength);
  // While some of what came before waits, this waits too: the buffer is the client's from now on.
  const isBehind = sink.writableLength > 0;
  sink.write(frame.bytes);
  message.frame = isBehind || sink.writableLength > 0 ? undefined : frame;
};
