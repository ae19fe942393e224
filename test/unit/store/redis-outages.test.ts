import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { freePort, persistent, type RealRedis, redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { createReplyLosingProxy } from '../../support/reply-losing-proxy.js';
import { createSilencingProxy, type SilencingProxy } from '../client/silencing-proxy.js';
import { cleanUp, collect, type InRedis, inRedis, later, newPrefix, opened, pieces, sharedRedis, stopShared, until } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);

const start = async (options?: readonly string[]): Promise<RealRedis> => {
  const redis = await startRealRedis(options);
  later(() => redis.dispose());
  return redis;
};

/** A store behind a network that can be cut, with a server that others may reach meanwhile. */
interface Cuttable extends InRedis {
  readonly redis: RealRedis;
  readonly proxy: SilencingProxy;
  /** Until the store says that it goes on in memory. */
  cut(): Promise<void>;
  /** Until it says that it is durable again. */
  mend(): Promise<void>;
  /** What the server has under a name of the layout. */
  keyOf(name: string): Promise<string>;
}

const cuttable = async (options: Parameters<typeof inRedis>[1] = {}): Promise<Cuttable> => {
  const redis = await sharedRedis();
  const proxy = await createSilencingProxy(redis.port);
  later(() => proxy.dispose());
  const own = await inRedis(proxy.port, { patienceMs: 50, retryMs: 50, ...options });
  return {
    ...own,
    redis,
    proxy,
    cut: async () => {
      proxy.refuse(1_000_000);
      await until(() => !own.store.health().durable);
    },
    mend: async () => {
      proxy.refuse(0);
      await until(() => own.store.health().durable);
    },
    keyOf: async (name) => {
      const area = (await redis.admin().get(`${own.keyPrefix}store`))?.split(' ')[1];
      return `${own.keyPrefix}${area}:${name}`;
    },
  };
};

describe.skipIf(withoutRedis())(`Redis out of reach (${redisIsMissing})`, () => {
  describe('for a moment', () => {
    it('is not worth a word: what was asked for meanwhile is done when the connection is back', async () => {
      const { store, faults, proxy } = await cuttable({ patienceMs: 20_000 });
      await store.put('a', 'before');
      const asked = [store.put('a', 'sent'), store.get('a'), store.putIfAbsent('b', 'once'), store.append('s', 'x', { keep: 5 })];
      proxy.refuse(2);
      asked.push(store.put('a', 'waiting'), store.get('a'), store.get('b'));
      const [, sent, won, , , waited, b] = await Promise.all(asked);
      expect([sent, won, waited, b]).toEqual(['sent', true, 'waiting', 'once']);
      expect((await store.read('s', { after: 0, limit: 5 })).entries.map(({ value }) => value)).toEqual(['x']);
      expect([faults, store.health()]).toEqual([[], { durable: true, message: null }]);
    });

    it('that loses an answer does not do twice what was done, nor say that it was not', async () => {
      const redis = await sharedRedis();
      const earlier = await inRedis(redis.port, { now: () => 9_000_000 });
      const last = await earlier.store.append('s', 'earlier', { keep: 5 });
      await earlier.store.dispose();
      const proxy = await createReplyLosingProxy(redis.port);
      later(() => proxy.dispose());
      const { store, faults } = await inRedis(proxy.port, { patienceMs: 20_000, keyPrefix: earlier.keyPrefix, now: () => 1_000 });
      const unheard = <T>(ask: () => Promise<T>): Promise<T> => {
        proxy.loseNextReply();
        return ask();
      };
      expect(await unheard(() => store.putIfAbsent('once', 'ours'))).toBe(true);
      const sequence = await unheard(() => store.append('s', 'x', { keep: 5 }));
      expect(sequence).toBeGreaterThan(last);
      expect(await store.read('s', { after: last, limit: 5 })).toMatchObject({ entries: [{ sequence, value: 'x' }], truncated: false });
      const lease = await unheard(() => store.acquireLease('l', 'me', 60_000));
      expect(await store.acquireLease('l', 'me', 60_000)).toEqual(lease);
      expect(await unheard(() => store.writeLarge('big', pieces('x')))).toBe(true);
      expect(await collect(await store.openLarge('big'))).toBe('x');
      expect([proxy.lost(), faults]).toEqual([4, []]);
    });

    it('because it is started anew loses nothing and takes no one by surprise', async () => {
      const redis = await start();
      const { store, faults } = await inRedis(redis.port, { patienceMs: 20_000 });
      const numbers: Promise<number>[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 20; n += 1) numbers.push(store.append('s', `${round}/${n}`, { keep: 1_000 }));
        const ended = round % 2 === 0 ? redis.stop() : redis.kill();
        numbers.push(store.append('s', `${round}/late`, { keep: 1_000 }));
        await ended;
        await redis.start();
      }
      const given = await Promise.all(numbers);
      const { entries, truncated } = await store.read('s', { after: 0, limit: 1_000 });
      expect(entries.map(({ sequence }) => sequence)).toEqual(given);
      expect([truncated, faults]).toEqual([false, []]);
    });
  });

  describe('for longer', () => {
    it('is told once, throws nothing, and goes on in memory', async () => {
      const { store, faults, recoveries, cut, mend } = await cuttable();
      await store.put('a', 'b');
      await cut();
      await store.put('c', 'd');
      expect([await store.get('a'), await store.get('c')]).toEqual([undefined, 'd']);
      await store.delete('a');
      await store.append('s', 'x', { keep: 5 });
      await store.writeLarge('big', pieces('x'));
      expect(await store.acquireLease('l', 'me', 1_000)).toBeDefined();
      expect(faults).toEqual([
        { kind: 'unwritable', message: expect.stringMatching(/^Redis cannot be used: .*serving goes on from memory/) },
      ]);
      expect(store.health()).toEqual({
        durable: false,
        message: expect.stringContaining('Nothing that is written now survives a restart'),
      });
      await mend();
      expect([recoveries(), store.health().message]).toEqual([1, null]);
      await cut();
      expect(faults).toHaveLength(2);
      await mend();
      expect(recoveries()).toBe(2);
    });

    it('is made up for: what was written, replaced and deleted in memory is so in Redis, for the next gateway too', async () => {
      const { store, keyPrefix, redis, cut, mend } = await cuttable();
      await store.put('kept', '1');
      await store.put('replaced', '1');
      await store.put('deleted', '1');
      await store.writeLarge('old', pieces('old'));
      await cut();
      await store.put('replaced', '2');
      await store.delete('deleted');
      await store.put('new', '3');
      expect(await store.putIfAbsent('first', '4')).toBe(true);
      expect(await store.putIfAbsent('first', '5')).toBe(false);
      await store.deleteLarge('old');
      expect(await store.writeLarge('old', pieces('new'))).toBe(true);
      expect(await store.writeLarge('big', pieces('y'.repeat(600_000)))).toBe(true);
      await mend();
      await store.dispose();
      const next = (await inRedis(redis.port, { keyPrefix })).store;
      expect(await next.list('', { limit: 10 })).toEqual([
        { key: 'first', value: '4' },
        { key: 'kept', value: '1' },
        { key: 'new', value: '3' },
        { key: 'replaced', value: '2' },
      ]);
      expect(await collect(await next.openLarge('old'))).toBe('new');
      expect(await collect(await next.openLarge('big'))).toBe('y'.repeat(600_000));
    });

    it('lets what Redis has first win, of the kinds where the first one wins', async () => {
      const { store, redis, cut, mend, keyOf } = await cuttable();
      await store.put('once', 'theirs');
      await store.writeLarge('big', pieces('theirs'));
      await cut();
      expect(await store.putIfAbsent('once', 'ours')).toBe(true);
      expect(await store.writeLarge('big', pieces('ours'))).toBe(true);
      expect([await store.get('once'), await collect(await store.openLarge('big'))]).toEqual(['ours', 'ours']);
      await mend();
      expect([await store.get('once'), await collect(await store.openLarge('big'))]).toEqual(['theirs', 'theirs']);
      expect(await redis.admin().keys(await keyOf('pieces:*'))).toHaveLength(1);
    });

    it('keeps streams whole: numbers given in memory stay, and a reader goes on without gap or repeat', async () => {
      const { store, cut, mend } = await cuttable();
      const numbers = [await store.append('s', '1', { keep: 4 }), await store.append('s', '2', { keep: 4 })];
      await cut();
      numbers.push(await store.append('s', '3', { keep: 4 }), await store.append('s', '4', { keep: 4 }));
      expect((await store.read('s', { after: numbers[1] ?? 0, limit: 9 })).truncated).toBe(true);
      await mend();
      expect(await store.read('s', { after: numbers[0] ?? 0, limit: 9 })).toMatchObject({
        entries: [2, 3, 4].map((n) => ({ sequence: numbers[n - 1], value: `${n}` })),
        truncated: false,
      });
      numbers.push(await store.append('s', '5', { keep: 4 }));
      expect([...numbers].sort((a, b) => a - b)).toEqual(numbers);
      expect(await store.read('s', { after: 0, limit: 9 })).toMatchObject({
        entries: [{ value: '2' }, { value: '3' }, { value: '4' }, { value: '5' }],
        truncated: true,
      });
    });

    it('keeps what a stream dropped meanwhile dropped, and says so', async () => {
      const { store, cut, mend } = await cuttable();
      const first = await store.append('s', '1', { keep: 2 });
      await cut();
      for (const value of ['2', '3', '4']) await store.append('s', value, { keep: 2 });
      const gone = await store.append('t', 'gone', { keep: 0 });
      await mend();
      expect(await store.read('s', { after: first, limit: 9 })).toMatchObject({
        entries: [{ value: '3' }, { value: '4' }],
        truncated: true,
      });
      expect(await store.read('t', { after: 0, limit: 9 })).toMatchObject({ entries: [], truncated: true });
      expect(await store.append('t', 'next', { keep: 1 })).toBeGreaterThan(gone);
    });

    it('leaves leases with whom they are, under fences that only grow', async () => {
      const { store, cut, mend } = await cuttable();
      const before = await store.acquireLease('mine', 'a', 60_000);
      await store.acquireLease('taken', 'other', 60_000);
      await cut();
      const meanwhile = await store.acquireLease('mine', 'a', 60_000);
      const stolen = await store.acquireLease('taken', 'a', 60_000);
      expect(meanwhile?.fence).toBeGreaterThan(before?.fence ?? 0);
      await mend();
      expect((await store.acquireLease('mine', 'a', 60_000))?.fence).toBe(meanwhile?.fence);
      expect(await store.acquireLease('mine', 'b', 60_000)).toBeUndefined();
      expect(await store.acquireLease('taken', 'a', 60_000)).toBeUndefined();
      await store.releaseLease('taken', 'other');
      expect((await store.acquireLease('taken', 'b', 60_000))?.fence).toBeGreaterThan(stolen?.fence ?? 0);
    });

    it('does not break a large value on its way: it is whole once Redis is back, and not to be read before', async () => {
      const { store, cut, mend } = await cuttable();
      const source = async function* () {
        yield Buffer.alloc(600_000, 0x61);
        await cut();
        yield Buffer.alloc(600_000, 0x62);
      };
      expect(await store.writeLarge('big', source())).toBe(true);
      expect(await store.openLarge('big')).toBeUndefined();
      expect(await store.writeLarge('big', pieces('second'))).toBe(false);
      await mend();
      expect(await collect(await store.openLarge('big'))).toBe('a'.repeat(600_000) + 'b'.repeat(600_000));
    });

    it('tells a reader of a large value that it cannot be read to its end now', async () => {
      const { store, cut } = await cuttable();
      await store.writeLarge('big', pieces(Buffer.alloc(1_000_000)));
      const reading = (async () => {
        for await (const _ of (await store.openLarge('big'))?.stream() ?? []) await cut();
      })();
      await expect(reading).rejects.toMatchObject({ code: 'INTERNAL', retryable: true });
    });

    it('gives no part of a large value while it is away, and the right one when it is back', async () => {
      const { store, cut, mend } = await cuttable();
      await store.writeLarge('big', pieces(Buffer.alloc(600_000, 0x61)));
      const body = await opened(store, 'big');
      await cut();
      await expect(body.read(500_000, 500_001)).rejects.toMatchObject({ code: 'INTERNAL', retryable: true });
      await store.writeLarge('other', pieces(Buffer.alloc(600_000, 0x62)));
      const other = await opened(store, 'other');
      expect(await other.read(500_000, 500_002)).toEqual(Buffer.from('bb'));
      await mend();
      expect(await body.read(500_000, 500_002)).toEqual(Buffer.from('aa'));
      expect(await other.read(500_000, 500_002)).toEqual(Buffer.from('bb'));
      expect([body.size, (await opened(store, 'other')).size]).toEqual([600_000, 600_000]);
    });

    it('does not fill the memory: the oldest is let go, and said so, also afterwards', async () => {
      const { store, cut, mend } = await cuttable({ maxMemoryBytes: 100_000 });
      await cut();
      for (let n = 0; n < 200; n += 1) await store.put(`k/${n}`, 'x'.repeat(1_000));
      expect(store.health().message).toMatch(/ \d+ old entries were let go for lack of room\.$/);
      await mend();
      const kept = await store.list('k/', { limit: 1_000 });
      expect(kept.length).toBeLessThan(100);
      expect(await store.get('k/199')).toBeDefined();
      expect(store.health()).toEqual({
        durable: true,
        message: `While Redis was away ${200 - kept.length} entries were lost for lack of room in memory or in Redis.`,
      });
    });

    it('is tried once more when the store is closed', async () => {
      const { store, keyPrefix, redis, proxy, cut } = await cuttable({ retryMs: 1_000_000 });
      await cut();
      await store.put('a', 'b');
      proxy.refuse(0);
      await store.dispose();
      expect(await (await inRedis(redis.port, { keyPrefix })).store.get('a')).toBe('b');
    });
  });

  it('from the start is waited for a little, then served without; what is written meanwhile is there later', async () => {
    const redis = await start();
    await redis.stop();
    const { store, keyPrefix, faults } = await inRedis(redis.port, { startPatienceMs: 0 });
    expect(faults).toEqual([{ kind: 'unwritable', message: expect.stringContaining('it cannot be reached (ECONNREFUSED)') }]);
    await store.put('a', 'b');
    await redis.start();
    await until(() => store.health().durable);
    await store.dispose();
    expect(await (await inRedis(redis.port, { keyPrefix })).store.get('a')).toBe('b');

    await redis.stop();
    const patient = inRedis(redis.port, { startPatienceMs: 20_000 });
    await redis.start();
    const late = await patient;
    expect([late.faults, late.store.health().durable]).toEqual([[], true]);
  });

  it('at an address that is nobody’s is a start without it, said with its reason and without its password', async () => {
    const port = await freePort();
    const { store } = await inRedis(port, { startPatienceMs: 0, keyPrefix: newPrefix() });
    expect(store.health()).toEqual({ durable: false, message: expect.stringContaining('ECONNREFUSED') });
  });

  it('because it stands still is found out by a deadline; what it was sent then does no harm when it wakes', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port, { deadlineMs: 300, claimMs: 1_200 });
    await store.put('a', 'before');
    redis.pause();
    const asked = [store.put('a', 'sent'), store.append('s', 'sent', { keep: 5 })];
    await Promise.all(asked);
    expect(faults).toEqual([{ kind: 'unwritable', message: expect.stringContaining('it does not answer') }]);
    await store.put('a', 'newer');
    await store.append('s', 'newer', { keep: 5 });
    redis.resume();
    await until(() => store.health().durable);
    expect(await store.get('a')).toBe('newer');
    const { entries, truncated } = await store.read('s', { after: 0, limit: 5 });
    expect([entries.map(({ value }) => value), truncated]).toEqual([['sent', 'newer'], false]);
  });

  it('because it has no memory left is waited out', async () => {
    const redis = await start([...persistent, '--maxmemory-policy', 'noeviction']);
    const { store, faults } = await inRedis(redis.port);
    const admin = redis.admin();
    await store.put('a', 'before');
    await admin.config('SET', 'maxmemory', '1');
    await store.put('a', 'full');
    expect(await store.get('a')).toBe('full');
    expect(faults).toEqual([{ kind: 'unwritable', message: expect.stringContaining('no memory left') }]);
    await admin.config('SET', 'maxmemory', '0');
    await until(() => store.health().durable);
    expect(await store.get('a')).toBe('full');
  });

  it('because its scripts were flushed is mended unnoticed', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port);
    await redis.admin().script('FLUSH');
    const asked = [store.put('a', '1'), store.put('a', '2'), store.get('a')];
    expect((await Promise.all(asked)).at(-1)).toBe('2');
    expect(faults).toEqual([]);
  });

  it('because it was emptied by somebody is a fresh start, not an end', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port);
    const before = await store.append('s', 'x', { keep: 5 });
    await redis.admin().flushall();
    await store.put('a', 'b');
    expect(await store.get('a')).toBe('b');
    expect(await store.read('s', { after: before, limit: 5 })).toMatchObject({ entries: [], truncated: true });
    expect(await store.append('s', 'y', { keep: 5 })).toBeGreaterThan(before);
    expect(faults).toEqual([{ kind: 'damaged', message: expect.stringMatching(/^Redis has lost what was written to it/) }]);
    expect(store.health()).toEqual({ durable: true, message: faults[0]?.message });
  });
});
