import { randomBytes, randomInt } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { isVigilError, VigilError } from '../../../src/errors.js';
import type { Store } from '../../../src/store/index.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';
import { cleanUp, collect, opened, pieces, stopShared, stores } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);

// Otherwise they are among the stores below.
if (withoutRedis()) it.skip(`a store: redis ${redisIsMissing}`, () => undefined);

describe.each(stores)('a store: $name', ({ create, isAway = false }) => {
  describe('values', () => {
    it('are there once put, replaced by the next, gone once deleted', async () => {
      const store = await create();
      expect(await store.get('a')).toBeUndefined();
      await store.put('a', 'one');
      expect(await store.get('a')).toBe('one');
      await store.put('a', 'two');
      expect(await store.get('a')).toBe('two');
      await store.delete('a');
      await store.delete('a');
      expect(await store.get('a')).toBeUndefined();
    });

    it.each(['', ' ', 'a\u0000b', 'ünï/cödé/日本/😀', 'it\'s "quoted" -- ;', '%_\\', 'x'.repeat(100_000), '{"a":null}'])(
      'may be any text as key and value: %j',
      async (text) => {
        const store = await create();
        await store.put(`k${text}`, text);
        await store.put(`k${text}2`, 'other');
        expect(await store.get(`k${text}`)).toBe(text);
        expect(await store.list(`k${text}`, { limit: 1 })).toEqual([{ key: `k${text}`, value: text }]);
      },
    );

    it('are put if absent by exactly one of many', async () => {
      const store = await create();
      const won = await Promise.all(Array.from({ length: 50 }, (_, n) => store.putIfAbsent('once', `${n}`)));
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await store.get('once')).toBe(`${won.indexOf(true)}`);
      await store.delete('once');
      expect(await store.putIfAbsent('once', 'again')).toBe(true);
    });

    it('are seen in the order in which they were asked for, awaited or not', async () => {
      const store = await create();
      const steps = [store.put('a', '1'), store.get('a'), store.put('a', '2'), store.get('a'), store.delete('a'), store.get('a')];
      expect(await Promise.all(steps)).toEqual([undefined, '1', undefined, '2', undefined, undefined]);
    });

    it('survive many writers at once', async () => {
      const store = await create();
      await Promise.all(Array.from({ length: 1_000 }, (_, n) => store.put(`n/${n % 100}`, `${n}`)));
      const listed = await store.list('n/', { limit: 1_000 });
      expect(listed).toHaveLength(100);
      expect(listed.every(({ value }) => Number(value) >= 900)).toBe(true);
    });
  });

  describe('lists', () => {
    const fill = async (keys: readonly string[]) => {
      const store = await create();
      for (const key of keys) await store.put(key, `value of ${key}`);
      const keysOf = async (prefix: string, limit = 100, after?: string) =>
        (await store.list(prefix, { limit, ...(after === undefined ? {} : { after }) })).map(({ key }) => key);
      return { store, keysOf };
    };

    it('hold what begins with the prefix, in order, and nothing else', async () => {
      const { keysOf } = await fill(['b', 'a/2', 'a/10', 'a', 'a/1', 'a0', 'A/1', 'a.', 'aa/1']);
      expect(await keysOf('a/')).toEqual(['a/1', 'a/10', 'a/2']);
      expect(await keysOf('a')).toEqual(['a', 'a.', 'a/1', 'a/10', 'a/2', 'a0', 'aa/1']);
      expect(await keysOf('')).toHaveLength(9);
      expect(await keysOf('nothing')).toEqual([]);
    });

    it('take wildcards of other languages for what they are', async () => {
      const { keysOf } = await fill(['100%', '1000', '100_', 'a_b', 'axb', 'a*b', 'a?b', 'a[b', 'a\\b']);
      expect(await keysOf('100%')).toEqual(['100%']);
      expect(await keysOf('a_')).toEqual(['a_b']);
      expect(await keysOf('%')).toEqual([]);
      expect(await keysOf('a*')).toEqual(['a*b']);
      expect(await keysOf('a\\')).toEqual(['a\\b']);
    });

    it('know the end of a prefix whatever its last character', async () => {
      const { keysOf } = await fill(['ÿ', 'ÿÿ', 'ÿa', 'Ā', '\u{10ffff}', '\u{10ffff}x', '\u007f', 'é', 'e\u0301']);
      expect(await keysOf('ÿ')).toEqual(['ÿ', 'ÿa', 'ÿÿ']);
      expect(await keysOf('\u{10ffff}')).toEqual(['\u{10ffff}', '\u{10ffff}x']);
      expect(await keysOf('e')).toEqual(['e\u0301']);
    });

    it('are in the same order everywhere: by the bytes of UTF-8', async () => {
      const { keysOf } = await fill(['\u{1f600}', '\uffee', 'z', 'é']);
      expect(await keysOf('')).toEqual(['z', 'é', '\uffee', '\u{1f600}']);
    });

    it('come in pages', async () => {
      const { store, keysOf } = await fill(Array.from({ length: 25 }, (_, n) => `p/${String(n).padStart(2, '0')}`));
      const first = await keysOf('p/', 10);
      const second = await keysOf('p/', 10, first.at(-1));
      const third = await keysOf('p/', 10, second.at(-1));
      expect([...first, ...second, ...third]).toEqual(Array.from({ length: 25 }, (_, n) => `p/${String(n).padStart(2, '0')}`));
      expect(await keysOf('p/', 10, third.at(-1))).toEqual([]);
      await store.delete('p/05');
      expect(await keysOf('p/', 2, 'p/04')).toEqual(['p/06', 'p/07']);
      expect(await keysOf('p/', 2, 'p/05')).toEqual(['p/06', 'p/07']);
      expect(await keysOf('p/', 2, 'a')).toEqual(['p/00', 'p/01']);
      expect(await keysOf('p/', 2, 'z')).toEqual([]);
      expect(await keysOf('p/', 0)).toEqual([]);
    });

    it('hold no streams, leases or large values', async () => {
      const { store, keysOf } = await fill(['only']);
      await store.append('s', 'x', { keep: 1 });
      await store.acquireLease('l', 'me', 1_000);
      await store.writeLarge('big', pieces('x'));
      expect(await keysOf('')).toEqual(['only']);
    });
  });

  describe('streams', () => {
    const values = async (read: Promise<{ readonly entries: readonly { readonly value: string }[] }>) =>
      (await read).entries.map(({ value }) => value);

    it('give entries in the order of appending, after a sequence number', async () => {
      const store = await create();
      const numbers: number[] = [];
      for (const value of ['a', 'b', 'c', 'd']) numbers.push(await store.append('s', value, { keep: 10 }));
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      expect(new Set(numbers).size).toBe(4);
      expect(numbers.every(Number.isSafeInteger)).toBe(true);
      expect(await store.read('s', { after: 0, limit: 10 })).toMatchObject({
        entries: numbers.map((sequence, index) => ({ sequence, value: 'abcd'[index] })),
        truncated: false,
      });
      expect(await values(store.read('s', { after: numbers[1] ?? 0, limit: 10 }))).toEqual(['c', 'd']);
      expect(await store.read('s', { after: numbers[3] ?? 0, limit: 10 })).toMatchObject({ entries: [], truncated: false });
      expect(await values(store.read('s', { after: 0, limit: 2 }))).toEqual(['a', 'b']);
    });

    it('know nothing of one another, whatever their names', async () => {
      const store = await create();
      const names = ['s', 's/', 's/1', '', 's\u0000', '%', 'ÿ', '😀'];
      for (const name of names) await store.append(name, `of ${name}`, { keep: 5 });
      for (const name of names) expect(await values(store.read(name, { after: 0, limit: 10 }))).toEqual([`of ${name}`]);
      expect(await store.read('unknown', { after: 0, limit: 10 })).toMatchObject({ entries: [], truncated: false });
    });

    it('keep so many and say when some that were asked for are gone', async () => {
      const store = await create();
      const numbers: number[] = [];
      for (let n = 0; n < 10; n += 1) numbers.push(await store.append('s', `${n}`, { keep: 3 }));
      const from = (index: number) => store.read('s', { after: numbers[index] ?? 0, limit: 10 });
      expect(await values(store.read('s', { after: 0, limit: 10 }))).toEqual(['7', '8', '9']);
      expect((await store.read('s', { after: 0, limit: 10 })).truncated).toBe(true);
      expect((await from(5)).truncated).toBe(true);
      expect(await from(6)).toMatchObject({ truncated: false, entries: [{ value: '7' }, { value: '8' }, { value: '9' }] });
      expect((await from(8)).truncated).toBe(false);
    });

    it('shrink when less is to be kept, down to nothing, and never give a number again', async () => {
      const store = await create();
      const numbers: number[] = [];
      for (let n = 0; n < 5; n += 1) numbers.push(await store.append('s', `${n}`, { keep: 10 }));
      numbers.push(await store.append('s', '5', { keep: 2 }));
      expect(await values(store.read('s', { after: 0, limit: 10 }))).toEqual(['4', '5']);
      numbers.push(await store.append('s', '6', { keep: 0 }));
      expect(await store.read('s', { after: numbers[5] ?? 0, limit: 10 })).toMatchObject({ entries: [], truncated: true });
      expect(await store.read('s', { after: numbers[6] ?? 0, limit: 10 })).toMatchObject({ entries: [], truncated: false });
      numbers.push(await store.append('s', '7', { keep: 10 }));
      expect(new Set(numbers).size).toBe(8);
      expect(await store.read('s', { after: numbers[6] ?? 0, limit: 10 })).toMatchObject({ entries: [{ value: '7' }], truncated: false });
    });

    it('grow by every one of many appends at once', async () => {
      const store = await create();
      const numbers = await Promise.all(Array.from({ length: 500 }, (_, n) => store.append('s', `${n}`, { keep: 1_000 })));
      expect(new Set(numbers).size).toBe(500);
      expect(await values(store.read('s', { after: 0, limit: 1_000 }))).toEqual(Array.from({ length: 500 }, (_, n) => `${n}`));
    });

    it('grow also when the clock goes back', async () => {
      let at = 5_000;
      const store = await create({ now: () => at });
      const first = await store.append('s', 'a', { keep: 5 });
      at = 1_000;
      expect(await store.append('s', 'b', { keep: 5 })).toBeGreaterThan(first);
    });

    it('say so when they are asked for what came after a number they never gave', async () => {
      const store = await create();
      const first = await store.append('s', 'a', { keep: 5 });
      expect((await store.read('s', { after: first + 1_000, limit: 5 })).truncated).toBe(true);
    });

    it('say whether they are what others see', async () => {
      const store = await create();
      await store.append('s', 'a', { keep: 5 });
      expect((await store.read('s', { after: 0, limit: 5 })).away).toBe(isAway);
    });

    describe('in which each entry has to come right after a certain one', () => {
      const added = async (append: ReturnType<Store['appendAfter']>): Promise<number> => {
        const done = await append;
        if (done.status !== 'added') throw new TypeError(`it is ${done.status}`);
        return done.sequence;
      };

      if (isAway) {
        it('take none while those of others are not seen', async () => {
          const store = await create();
          expect(await store.appendAfter('s', 'x', { keep: 5, after: 0 })).toEqual({ status: 'away' });
          expect(await store.read('s', { after: 0, limit: 5 })).toEqual({ entries: [], truncated: false, away: true });
        });

        return;
      }
      it('take it there, and nowhere else', async () => {
        const store = await create();
        const first = await added(store.appendAfter('s', 'a', { keep: 5, after: 0 }));
        expect(await store.appendAfter('s', 'late', { keep: 5, after: 0 })).toEqual({ status: 'behind' });
        const second = await added(store.appendAfter('s', 'b', { keep: 5, after: first }));
        for (const after of [0, first, second - 1, second + 1, second + 1_000])
          expect(await store.appendAfter('s', 'late', { keep: 5, after })).toEqual({ status: 'behind' });
        expect(second).toBeGreaterThan(first);
        const third = await store.append('s', 'c', { keep: 5 });
        const fourth = await added(store.appendAfter('s', 'd', { keep: 5, after: third }));
        expect(await store.read('s', { after: 0, limit: 9 })).toEqual({
          entries: [first, second, third, fourth].map((sequence, index) => ({ sequence, value: 'abcd'[index] })),
          truncated: false,
          away: false,
        });
      });

      it('take one of many that try at once', async () => {
        const store = await create();
        let last = 0;
        for (let round = 0; round < 5; round += 1) {
          const tries = await Promise.all(Array.from({ length: 20 }, (_, n) => store.appendAfter('s', `${n}`, { keep: 9, after: last })));
          const done = tries.findIndex(({ status }) => status === 'added');
          expect(tries.filter(({ status }) => status === 'behind')).toHaveLength(19);
          const { entries, truncated } = await store.read('s', { after: last, limit: 9 });
          expect([entries.map(({ value }) => value), truncated]).toEqual([[`${done}`], false]);
          last = entries[0]?.sequence ?? 0;
        }
      });

      it('keep so many', async () => {
        const store = await create();
        let last = 0;
        for (let n = 0; n < 6; n += 1) last = await added(store.appendAfter('s', `${n}`, { keep: 2, after: last }));
        expect(await store.read('s', { after: 0, limit: 9 })).toMatchObject({
          entries: [{ value: '4' }, { value: '5' }],
          truncated: true,
        });
      });

      it('grow also when the clock goes back', async () => {
        let at = 5_000;
        const store = await create({ now: () => at });
        const first = await added(store.appendAfter('s', 'a', { keep: 5, after: 0 }));
        at = 1_000;
        expect(await added(store.appendAfter('s', 'b', { keep: 5, after: first }))).toBeGreaterThan(first);
      });
    });

    it('let go of what is older than a number, and say so to those who ask for it', async () => {
      const store = await create();
      const numbers: number[] = [];
      for (const value of ['a', 'b', 'c', 'd']) numbers.push(await store.append('s', value, { keep: 10 }));
      const [a = 0, b = 0, c = 0, d = 0] = numbers;
      await store.append('other', 'x', { keep: 10 });
      await store.trim('s', { before: a });
      expect(await store.read('s', { after: 0, limit: 9 })).toMatchObject({ entries: [{}, {}, {}, {}], truncated: false });
      await store.trim('s', { before: c });
      expect(await store.read('s', { after: 0, limit: 9 })).toMatchObject({ entries: [{ value: 'c' }, { value: 'd' }], truncated: true });
      expect(await store.read('s', { after: a, limit: 9 })).toMatchObject({ truncated: true });
      expect(await store.read('s', { after: b, limit: 9 })).toMatchObject({ entries: [{ value: 'c' }, { value: 'd' }], truncated: false });
      await store.trim('s', { before: a });
      await store.trim('unknown', { before: d });
      expect(await values(store.read('s', { after: b, limit: 9 }))).toEqual(['c', 'd']);
      expect(await values(store.read('other', { after: 0, limit: 9 }))).toEqual(['x']);
    });

    it('may be emptied, and go on from the number they had', async () => {
      const store = await create();
      const last = await store.append('s', 'a', { keep: 10 });
      await store.trim('s', { before: last + 1 });
      expect(await store.read('s', { after: 0, limit: 9 })).toMatchObject({ entries: [], truncated: true });
      expect(await store.read('s', { after: last, limit: 9 })).toMatchObject({ entries: [], truncated: false });
      if (!isAway) expect(await store.appendAfter('s', 'late', { keep: 10, after: 0 })).toEqual({ status: 'behind' });
      const next = await store.append('s', 'b', { keep: 10 });
      expect(next).toBeGreaterThan(last);
      expect(await store.read('s', { after: last, limit: 9 })).toMatchObject({ entries: [{ value: 'b' }], truncated: false });
      for (let n = 0; n < 10; n += 1) await store.append('s', `${n}`, { keep: 10 });
      expect(await values(store.read('s', { after: 0, limit: 20 }))).toEqual(Array.from({ length: 10 }, (_, n) => `${n}`));
    });

    it('tell nobody what no other process has added', async () => {
      const store = await create();
      let told = 0;
      const leave = store.listen('s', () => {
        told += 1;
      });
      await store.append('s', 'a', { keep: 5 });
      await store.read('s', { after: 0, limit: 5 });
      // Where others may have, it may be told without a reason.
      if (!store.shared || isAway) expect(told).toBe(0);
      leave();
      leave();
      const before = told;
      await store.append('s', 'b', { keep: 5 });
      await store.read('s', { after: 0, limit: 5 });
      expect(told).toBe(before);
    });

    it('hold any text', async () => {
      const store = await create();
      const text = `\u0000 日本 😀 ${'x'.repeat(50_000)}`;
      await store.append('s', text, { keep: 5 });
      await store.append('s', '', { keep: 5 });
      expect(await values(store.read('s', { after: 0, limit: 5 }))).toEqual([text, '']);
    });
  });

  describe('large values', () => {
    it('come back byte for byte, however they were cut', async () => {
      const store = await create();
      const body = 'lörem '.repeat(200_000);
      const bytes = Buffer.from(body);
      const cut = (size: number) =>
        pieces(...Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size)));
      for (const size of [1_000, 262_144, 300_001, bytes.length]) {
        expect(await store.writeLarge(`big/${size}`, cut(size))).toBe(true);
        expect(await collect(await store.openLarge(`big/${size}`))).toBe(body);
      }
    });

    it('may be empty, and may be read twice', async () => {
      const store = await create();
      expect(await store.writeLarge('empty', pieces())).toBe(true);
      const reading = await store.openLarge('empty');
      expect(await collect(reading)).toBe('');
      await store.writeLarge('full', pieces('ab', '', 'c'));
      const twice = await store.openLarge('full');
      expect([await collect(twice), await collect(twice)]).toEqual(['abc', 'abc']);
    });

    it('do not depend on the buffers they came in', async () => {
      const store = await create();
      const shared = Buffer.alloc(1_000);
      const reusing = async function* () {
        for (let n = 0; n < 5; n += 1) yield shared.fill(0x61 + n);
      };
      await store.writeLarge('reused', reusing());
      expect(await collect(await store.openLarge('reused'))).toBe([...'abcde'].map((letter) => letter.repeat(1_000)).join(''));
    });

    it('belong to the first: the second is told, and its source released unread', async () => {
      const store = await create();
      await store.writeLarge('key', pieces('first'));
      let released = false;
      let read = false;
      const second: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            read = true;
            return { done: true, value: undefined };
          },
          return: async () => {
            released = true;
            return { done: true, value: undefined };
          },
        }),
      };
      expect(await store.writeLarge('key', second)).toBe(false);
      expect([released, read]).toEqual([true, false]);
      expect(await collect(await store.openLarge('key'))).toBe('first');
    });

    it('belong to the first that is complete when several arrive at once', async () => {
      const store = await create();
      const won = await Promise.all(
        ['a', 'b', 'c', 'd'].map((letter) => store.writeLarge('key', pieces(...Array.from({ length: 10 }, () => letter.repeat(100_000))))),
      );
      expect(won.filter(Boolean)).toHaveLength(1);
      expect(await collect(await store.openLarge('key'))).toBe('abcd'.charAt(won.indexOf(true)).repeat(1_000_000));
    });

    it('cannot be read before they are complete, and leave nothing when their source breaks', async () => {
      const store = await create();
      const broken = async function* () {
        yield Buffer.alloc(600_000, 0x61);
        expect(await store.openLarge('key')).toBeUndefined();
        throw new VigilError('BACKEND_UNAVAILABLE', 'cut');
      };
      await expect(store.writeLarge('key', broken())).rejects.toMatchObject({ message: 'cut' });
      expect(await store.openLarge('key')).toBeUndefined();
      expect(await store.writeLarge('key', pieces('whole'))).toBe(true);
      expect(await collect(await store.openLarge('key'))).toBe('whole');
    });

    it('are never cut short for a reader whose value is deleted meanwhile', async () => {
      const store = await create();
      await store.writeLarge('key', pieces(Buffer.alloc(1_000_000)));
      const reading = (async () => {
        for await (const _ of (await store.openLarge('key'))?.stream() ?? []) await store.deleteLarge('key');
      })();
      await expect(reading).rejects.toSatisfy((error) => isVigilError(error) && error.code === 'NOT_FOUND');
    });

    const piece = 256 * 1024;

    it.each([0, 1, piece - 1, piece, piece + 1, 3 * piece, 3 * piece + 17])(
      'know their size, and give any part of themselves: %j bytes',
      async (size) => {
        const store = await create();
        const bytes = randomBytes(size);
        await store.writeLarge('key', pieces(bytes));
        const body = await opened(store, 'key');
        expect(body.size).toBe(size);
        const borders = [0, 1, piece - 1, piece, piece + 1, 2 * piece, size - 1, size].filter((each) => each >= 0 && each <= size);
        const anywhere = Array.from({ length: 20 }, () => randomInt(size + 1));
        for (const [n, one] of [...borders, ...anywhere].entries()) {
          const other = [...anywhere, ...borders][n] ?? 0;
          const [from, to] = one < other ? [one, other] : [other, one];
          const part = await body.read(from, to);
          expect([from, to, bytes.subarray(from, to).equals(part)]).toEqual([from, to, true]);
        }
      },
    );

    it('give parts that may be written to', async () => {
      const store = await create();
      await store.writeLarge('key', pieces('abc'));
      const body = await opened(store, 'key');
      (await body.read(0, 3)).fill(0);
      expect(Buffer.from(await body.read(0, 3)).toString()).toBe('abc');
    });

    it('have nothing before their beginning or after their end', async () => {
      const store = await create();
      await store.writeLarge('key', pieces('abc'));
      await store.writeLarge('empty', pieces());
      const body = await opened(store, 'key');
      for (const [from, to] of [
        [-1, 2],
        [0, 4],
        [4, 4],
        [2, 1],
        [0.5, 2],
        [0, Number.NaN],
        [0, Number.POSITIVE_INFINITY],
      ] as const)
        await expect(body.read(from, to)).rejects.toSatisfy((error) => isVigilError(error) && error.code === 'INTERNAL');
      const empty = await opened(store, 'empty');
      expect([empty.size, await empty.read(0, 0), await collect(empty)]).toEqual([0, Buffer.alloc(0), '']);
      await expect(empty.read(0, 1)).rejects.toMatchObject({ code: 'INTERNAL' });
    });

    it('give no part once they are deleted, not even when another has their key', async () => {
      const store = await create();
      await store.writeLarge('key', pieces(Buffer.alloc(600_000, 0x61)));
      const body = await opened(store, 'key');
      expect(await body.read(299_999, 300_000)).toEqual(Buffer.from('a'));
      await store.deleteLarge('key');
      const gone = (error: unknown) => isVigilError(error) && error.code === 'NOT_FOUND';
      await expect(body.read(299_999, 300_000)).rejects.toSatisfy(gone);
      await store.writeLarge('key', pieces(Buffer.alloc(600_000, 0x62)));
      await expect(body.read(0, 600_000)).rejects.toSatisfy(gone);
      expect(await (await opened(store, 'key')).read(0, 1)).toEqual(Buffer.from('b'));
    });

    it('are gone once deleted, and their key is free', async () => {
      const store = await create();
      await store.writeLarge('key', pieces('a'));
      await store.deleteLarge('key');
      await store.deleteLarge('key');
      expect(await store.openLarge('key')).toBeUndefined();
      expect(await store.writeLarge('key', pieces('b'))).toBe(true);
    });
  });

  describe('leases', () => {
    const withClock = async () => {
      const clock = { at: 1_000 };
      return { clock, store: await create({ now: () => clock.at }) };
    };

    it('are held by one at a time, until they expire', async () => {
      const { clock, store } = await withClock();
      expect(await store.acquireLease('poll', 'a', 100)).toMatchObject({ expiresAt: 1_100 });
      expect(await store.acquireLease('poll', 'b', 100)).toBeUndefined();
      expect(await store.acquireLease('other', 'b', 100)).toBeDefined();
      clock.at = 1_099;
      expect(await store.acquireLease('poll', 'b', 100)).toBeUndefined();
      clock.at = 1_100;
      expect(await store.acquireLease('poll', 'b', 100)).toMatchObject({ expiresAt: 1_200 });
      expect(await store.acquireLease('poll', 'a', 100)).toBeUndefined();
    });

    it('are renewed by their holder under the same fence', async () => {
      const { clock, store } = await withClock();
      const first = await store.acquireLease('poll', 'a', 100);
      clock.at = 1_050;
      expect(await store.acquireLease('poll', 'a', 100)).toEqual({ fence: first?.fence, expiresAt: 1_150 });
    });

    it('have fences that grow with every new holder, also after release and expiry', async () => {
      const { clock, store } = await withClock();
      const fences: number[] = [];
      for (let n = 0; n < 6; n += 1) {
        const holder = n % 2 === 0 ? 'a' : 'b';
        fences.push((await store.acquireLease('poll', holder, 100))?.fence ?? 0);
        if (n < 3) await store.releaseLease('poll', holder);
        else clock.at += 100;
      }
      for (let n = 1; n < fences.length; n += 1) expect(fences[n]).toBeGreaterThan(fences[n - 1] ?? 0);
    });

    it('are released by their holder only', async () => {
      const { store } = await withClock();
      await store.acquireLease('poll', 'a', 100);
      await store.releaseLease('poll', 'b');
      await store.releaseLease('unknown', 'b');
      expect(await store.acquireLease('poll', 'b', 100)).toBeUndefined();
      await store.releaseLease('poll', 'a');
      await store.releaseLease('poll', 'a');
      expect(await store.acquireLease('poll', 'b', 100)).toBeDefined();
    });

    it('go to exactly one of many who ask at once', async () => {
      const { store } = await withClock();
      const leases = await Promise.all(Array.from({ length: 20 }, (_, n) => store.acquireLease('poll', `h${n}`, 100)));
      expect(leases.filter(Boolean)).toHaveLength(1);
    });
  });

  it('is disposed of as often as one likes, and refuses everything after', async () => {
    const store = await create();
    const written = store.put('a', 'b');
    await Promise.all([store.dispose(), store.dispose()]);
    await store.dispose();
    await expect(written).resolves.toBeUndefined();
    await expect(store.get('a')).rejects.toMatchObject({ code: 'INTERNAL', message: 'The store is closed.' });
    await expect(store.writeLarge('a', pieces('b'))).rejects.toMatchObject({ code: 'INTERNAL' });
  });
});
