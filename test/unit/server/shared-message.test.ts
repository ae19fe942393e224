import { describe, expect, it } from 'vitest';
import { type SharedMessage, writeShared } from '../../../src/server/fan-out/shared-message.js';

/** A message whose payload is that long with that id. */
const messageOf = (id: string, payloadLength: number): SharedMessage => {
  const head = Buffer.byteLength(`{"id":${JSON.stringify(id)}`);
  const frame = ',"text":""}';
  return { rest: Buffer.from(`,"text":"${'x'.repeat(payloadLength - head - frame.length)}"}`), failed: false, frame: undefined };
};

/** A socket that hands on at once what it is given, or keeps it. */
const createSink = (keeps = false) => {
  const written: Buffer[] = [];
  const kept: Buffer[] = [];
  let corked = 0;
  return {
    written,
    kept,
    corks: () => corked,
    get writableLength() {
      return kept.reduce((sum, { length }) => sum + length, 0);
    },
    write: (bytes: Buffer) => {
      // What has been handed on is not looked at again.
      if (keeps) kept.push(bytes);
      else written.push(Buffer.from(bytes));
    },
    cork: () => {
      corked += 1;
    },
    uncork: () => undefined,
  };
};

/** Texts of unmasked, unfragmented text frames: RFC 6455, 5.2. */
const read = (pieces: readonly Buffer[]): readonly string[] => {
  const texts: string[] = [];
  for (let rest = Buffer.concat(pieces); rest.length > 0; ) {
    expect(rest[0]).toBe(0x81);
    const short = rest[1] ?? 0;
    const [at, length] = short < 126 ? [2, short] : short === 126 ? [4, rest.readUInt16BE(2)] : [10, Number(rest.readBigUInt64BE(2))];
    // The shortest way to write a length is the only one.
    expect(at).toBe(length < 126 ? 2 : length < 65_536 ? 4 : 10);
    texts.push(rest.toString('utf8', at, at + length));
    rest = rest.subarray(at + length);
  }
  return texts;
};

describe('a message for many', () => {
  it.each([60, 125, 126, 127, 8_000, 9_000, 65_535, 65_536, 200_000])('of %d bytes is one frame that clients can read', (length) => {
    const sink = createSink();
    writeShared(sink, 'id', messageOf('id', length));
    const [text, ...more] = read(sink.written);
    expect(more).toEqual([]);
    expect(Buffer.byteLength(text ?? '')).toBe(length);
    expect(JSON.parse(text ?? '')).toMatchObject({ id: 'id' });
    // What is large is not copied for each of them.
    expect(sink.corks()).toBe(length > 8_500 ? 1 : 0);
  });

  it('names each client by its own id, whatever that is made of', () => {
    const ids = ['a', 'b', 'longer', 'c', '"quoted"', 'é', '\u0000', '漢字', '漢语', 'd'];
    const message = messageOf('a', 400);
    const sink = createSink();
    for (const id of ids) writeShared(sink, id, message);
    expect(read(sink.written).map((text) => JSON.parse(text).id)).toEqual(ids);
  });

  it('is written from one buffer, but not from one that waits somewhere', () => {
    const message = messageOf('a', 400);
    const [quick, slow] = [createSink(), createSink(true)];
    writeShared(quick, 'a', message);
    const { frame } = message;
    writeShared(quick, 'b', message);
    expect(message.frame).toBe(frame);
    for (const id of ['c', 'd']) writeShared(slow, id, message);
    for (const id of ['e', 'f']) writeShared(quick, id, message);
    expect(read(quick.written).map((text) => JSON.parse(text).id)).toEqual(['a', 'b', 'e', 'f']);
    expect(read(slow.kept).map((text) => JSON.parse(text).id)).toEqual(['c', 'd']);
  });
});
