import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../src/store/index.js';
import { redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { createReplyLosingProxy, type ReplyLosingProxy } from '../../support/reply-losing-proxy.js';
import { createSilencingProxy } from '../client/silencing-proxy.js';
import { compileStore } from './compiled.js';
import { cleanUp, type InRedis, inRedis, later, newPrefix, sharedRedis, stopShared, until } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);

/** One store over a network that loses things, and another that nothing happens to. */
const losing = async (options: Parameters<typeof inRedis>[1] = {}) => {
  const { port } = await sharedRedis();
  const keyPrefix = newPrefix();
  const proxy = await createReplyLosingProxy(port);
  later(() => proxy.dispose());
  const { store, faults } = await inRedis(proxy.port, { keyPrefix, patienceMs: 20_000, ...options });
  return { proxy, store, faults, other: (await inRedis(port, { keyPrefix })).store };
};

/** Asks, loses what it is told to, does the other thing, and only then lets the store ask again. */
const meanwhile = async <T>(proxy: ReplyLosingProxy, lose: () => void, ask: () => Promise<T>, between: () => Promise<unknown>) => {
  const before = proxy.lost();
  lose();
  proxy.hold();
  const asked = ask();
  await until(() => proxy.lost() > before);
  await between();
  proxy.release();
  return asked;
};

const valuesOf = async (store: Store, stream: string, after = 0): Promise<readonly string[]> => {
  const { entries, truncated } = await store.read(stream, { after, limit: 10_000 });
  expect(truncated).toBe(false);
  return entries.map(({ value }) => value);
};

/** A store behind a network of its own that can be cut. */
const cuttable = async (keyPrefix: string, options: Parameters<typeof inRedis>[1] = {}) => {
  const proxy = await createSilencingProxy((await sharedRedis()).port);
  later(() => proxy.dispose());
  const own = await inRedis(proxy.port, { keyPrefix, patienceMs: 50, retryMs: 50, ...options });
  return {
    ...own,
    cut: async () => {
      proxy.refuse(1_000_000);
      await until(() => !own.store.health().durable);
    },
    mend: async () => {
      proxy.refuse(0);
      await until(() => own.store.health().durable);
    },
  };
};

describe.skipIf(withoutRedis())(`several gateways on one Redis (${redisIsMissing})`, () => {
  describe('of which one does not hear what became of what it asked for, while another goes on', () => {
    it.each(['loseReplyTo', 'loseRequest'] as const)('adds to a stream once: %s', async (lose) => {
      const { proxy, store, other, faults } = await losing();
      await other.append('s', 'before', { keep: 100 });
      const sequence = await meanwhile(
        proxy,
        () => proxy[lose]('the entry'),
        () => store.append('s', 'the entry', { keep: 1_000 }),
        async () => {
          for (let n = 0; n < 150; n += 1) await other.append('s', `${n}`, { keep: 1_000 });
        },
      );
      const { entries } = await store.read('s', { after: 0, limit: 1_000 });
      expect(entries.filter(({ value }) => value === 'the entry')).toEqual([{ sequence, value: 'the entry' }]);
      expect(entries.findIndex(({ value }) => value === 'the entry')).toBe(lose === 'loseReplyTo' ? 1 : 151);
      expect(entries).toHaveLength(152);
      expect(faults).toEqual([]);
    });

    it('adds several once each, also where so few are kept that the first are gone again', async () => {
      const { proxy, store, other } = await losing();
      const numbers = await meanwhile(
        proxy,
        () => proxy.loseReplyTo('last of ours'),
        () => Promise.all(['first', 'second', 'last of ours'].map((value) => store.append('s', value, { keep: 2 }))),
        () => other.append('s', 'theirs', { keep: 2 }),
      );
      expect([...new Set(numbers)].sort((one, two) => one - two)).toEqual(numbers);
      const { entries } = await store.read('s', { after: numbers[1] ?? 0, limit: 9 });
      expect(entries.map(({ value }) => value)).toEqual(['last of ours', 'theirs']);
      expect(entries[0]?.sequence).toBe(numbers[2]);
    });

    it('adds right after an entry once, and says so also when others came after it', async () => {
      const { proxy, store, other, faults } = await losing();
      const after = await other.append('s', 'before', { keep: 100 });
      const adding = (value: string) => () => store.appendAfter('s', value, { keep: 100, after });
      const added = await meanwhile(
        proxy,
        () => proxy.loseReplyTo('ours'),
        adding('ours'),
        async () => {
          await other.append('s', 'theirs', { keep: 100 });
          await other.append('s', 'theirs too', { keep: 100 });
        },
      );
      const { entries } = await store.read('s', { after, limit: 9 });
      expect(entries.map(({ value }) => value)).toEqual(['ours', 'theirs', 'theirs too']);
      expect(added).toEqual({ status: 'added', sequence: entries[0]?.sequence });

      const last = entries[2]?.sequence ?? 0;
      const alone = await meanwhile(
        proxy,
        () => proxy.loseReplyTo('alone'),
        () => store.appendAfter('s', 'alone', { keep: 100, after: last }),
        () => Promise.resolve(),
      );
      expect(await store.read('s', { after: last, limit: 9 })).toEqual({
        entries: [{ sequence: alone.status === 'added' ? alone.sequence : 0, value: 'alone' }],
        truncated: false,
        away: false,
      });
      expect(faults).toEqual([]);
    });

    it('does not add right after an entry that is not the last one any more, whatever it asked for before', async () => {
      const { proxy, store, other } = await losing();
      const after = await store.append('s', 'ours of before', { keep: 100 });
      const added = await meanwhile(
        proxy,
        () => proxy.loseRequest('too late'),
        () => store.appendAfter('s', 'too late', { keep: 100, after }),
        () => other.append('s', 'theirs', { keep: 100 }),
      );
      expect(added).toEqual({ status: 'behind' });
      expect(await valuesOf(store, 's', after)).toEqual(['theirs']);
    });

    it('is the first to put a value if it was, and is not if another put the same', async () => {
      const { proxy, store, other } = await losing();
      const putting = (key: string) => () => store.putIfAbsent(key, 'the same words');
      const lose = [() => proxy.loseReplyTo('the same words'), () => proxy.loseRequest('the same words')] as const;
      expect(await meanwhile(proxy, lose[0], putting('a'), () => other.putIfAbsent('a', 'the same words'))).toBe(true);
      expect(await meanwhile(proxy, lose[1], putting('b'), () => other.putIfAbsent('b', 'the same words'))).toBe(false);
      expect(await meanwhile(proxy, lose[0], putting('c'), () => other.put('c', 'other words'))).toBe(true);
      expect(await meanwhile(proxy, lose[0], putting('d'), () => other.delete('d'))).toBe(true);
      expect(await meanwhile(proxy, lose[1], putting('e'), () => Promise.resolve())).toBe(true);
      expect([await other.get('c'), await other.get('d'), await other.get('e')]).toEqual(['other words', undefined, 'the same words']);
    });
  });

  describe('of which one is cut off', () => {
    it('adds nothing after an entry then, and reads from memory', async () => {
      const keyPrefix = newPrefix();
      const { store, cut, mend } = await cuttable(keyPrefix);
      const other = (await inRedis((await sharedRedis()).port, { keyPrefix })).store;
      const first = await store.append('s', 'before', { keep: 9 });
      await cut();
      expect(await store.appendAfter('s', 'x', { keep: 9, after: first })).toEqual({ status: 'away' });
      expect(await store.read('s', { after: 0, limit: 9 })).toEqual({ entries: [], truncated: false, away: true });
      const second = await other.append('s', 'theirs', { keep: 9 });
      await mend();
      expect(await store.appendAfter('s', 'x', { keep: 9, after: first })).toEqual({ status: 'behind' });
      expect(await store.appendAfter('s', 'x', { keep: 9, after: second })).toMatchObject({ status: 'added' });
      expect(await valuesOf(other, 's')).toEqual(['before', 'theirs', 'x']);
    });

    it('says that it is away of an entry that was on its way; which is there or not, and once', async () => {
      const { proxy, store, other } = await losing({ patienceMs: 50, retryMs: 50 });
      const after = await store.append('s', 'before', { keep: 9 });
      for (const lose of ['loseReplyTo', 'loseRequest'] as const) {
        const added = await meanwhile(
          proxy,
          () => proxy[lose](lose),
          () => store.appendAfter('s', lose, { keep: 9, after }),
          () => until(() => !store.health().durable),
        );
        expect(added).toEqual({ status: 'away' });
        await until(() => store.health().durable);
      }
      expect(await valuesOf(other, 's', after)).toEqual(['loseReplyTo']);
    });

    it('puts what it added behind what others have, each once and in its order, without a gap for those who read on', async () => {
      const keyPrefix = newPrefix();
      const stores = [await cuttable(keyPrefix), await cuttable(keyPrefix)] as const;
      const other = (await inRedis((await sharedRedis()).port, { keyPrefix })).store;
      const before = await other.append('s', 'before', { keep: 1_000 });
      for (const { cut } of stores) await cut();
      for (let n = 0; n < 300; n += 1) {
        await Promise.all([
          stores[0].store.append('s', `a${n}`, { keep: 1_000 }),
          stores[1].store.append('s', `b${n}`, { keep: 1_000 }),
          other.append('s', `c${n}`, { keep: 1_000 }),
        ]);
      }
      await Promise.all(stores.map(({ mend }) => mend()));
      const values = await valuesOf(other, 's', before);
      expect(values).toHaveLength(900);
      for (const name of 'abc')
        expect(values.filter((value) => value.startsWith(name))).toEqual(Array.from({ length: 300 }, (_, n) => `${name}${n}`));
      expect(await valuesOf(stores[0].store, 's', before)).toEqual(values);
    });

    it('does so once also when the answer to the last of them was lost, and when it is cut off again while it does', async () => {
      const { proxy, store, other } = await losing({ patienceMs: 50, retryMs: 50 });
      const before = await store.append('s', 'before', { keep: 10_000 });
      const doubtful = meanwhile(
        proxy,
        () => proxy.loseReplyTo('doubtful'),
        () => store.append('s', 'doubtful', { keep: 10_000 }),
        async () => {
          await until(() => !store.health().durable);
          for (let n = 0; n < 150; n += 1) await other.append('s', `theirs ${n}`, { keep: 10_000 });
          for (let n = 0; n < 1_000; n += 1) await store.append('s', `entry ${n}`, { keep: 10_000 });
          proxy.loseReplyTo('entry 555');
        },
      );
      await doubtful;
      await until(() => proxy.lost() === 2);
      await other.append('s', 'theirs at last', { keep: 10_000 });
      await until(() => store.health().durable);
      const values = await valuesOf(other, 's', before);
      expect(values[0]).toBe('doubtful');
      expect(values.filter((value) => !value.startsWith('theirs'))).toEqual([
        'doubtful',
        ...Array.from({ length: 1_000 }, (_, n) => `entry ${n}`),
      ]);
      expect(values).toHaveLength(1_152);
    });

    it('shows others that some of what it added is lost', async () => {
      const keyPrefix = newPrefix();
      const { store, cut, mend } = await cuttable(keyPrefix);
      const other = (await inRedis((await sharedRedis()).port, { keyPrefix })).store;
      await cut();
      for (const value of ['1', '2', '3']) await store.append('s', value, { keep: 2 });
      await store.append('t', 'gone', { keep: 0 });
      const numbers = [await other.append('s', 'theirs', { keep: 9 }), await other.append('t', 'theirs', { keep: 9 })];
      await mend();
      expect(await other.read('s', { after: numbers[0] ?? 0, limit: 9 })).toMatchObject({
        entries: [{ value: '2' }, { value: '3' }],
        truncated: true,
      });
      expect(await other.read('t', { after: numbers[1] ?? 0, limit: 9 })).toMatchObject({ entries: [], truncated: true });
      expect(await other.appendAfter('t', 'x', { keep: 9, after: numbers[1] ?? 0 })).toEqual({ status: 'behind' });
    });

    it('has its leases afterwards, unless another took them meanwhile; of several one has them, and fences grow', async () => {
      const keyPrefix = newPrefix();
      const now = () => 1_000;
      const [one, two] = [await cuttable(keyPrefix, { now }), await cuttable(keyPrefix, { now })];
      const other = (await inRedis((await sharedRedis()).port, { keyPrefix, now })).store;
      await one.store.acquireLease('kept', 'one', 1_000);
      await one.store.acquireLease('given up', 'one', 1_000);
      await one.cut();
      await two.cut();
      const kept = await one.store.acquireLease('kept', 'one', 1_000);
      const stolen = await one.store.acquireLease('stolen', 'one', 1_000);
      const both = [await one.store.acquireLease('both', 'one', 1_000), await two.store.acquireLease('both', 'two', 1_000)];
      const givenUp = await one.store.acquireLease('given up', 'one', 1_000);
      await one.store.releaseLease('given up', 'one');
      const thief = await other.acquireLease('stolen', 'other', 1_000);
      expect([kept, stolen, thief, ...both].every((lease) => lease !== undefined)).toBe(true);
      await two.mend();
      await one.mend();
      expect(await one.store.acquireLease('kept', 'one', 1_000)).toEqual(kept);
      expect(await other.acquireLease('kept', 'other', 1_000)).toBeUndefined();
      expect(await one.store.acquireLease('stolen', 'one', 1_000)).toBeUndefined();
      expect((await other.acquireLease('stolen', 'other', 1_000))?.fence).toBe(thief?.fence);
      expect(await two.store.acquireLease('both', 'two', 1_000)).toEqual(both[1]);
      expect(await one.store.acquireLease('both', 'one', 1_000)).toBeUndefined();
      await two.store.releaseLease('both', 'two');
      await other.releaseLease('stolen', 'other');
      const fences = [stolen, thief, ...both].map((lease) => lease?.fence ?? Number.POSITIVE_INFINITY);
      for (const name of ['both', 'stolen'])
        expect((await other.acquireLease(name, 'other', 1_000))?.fence).toBeGreaterThan(Math.max(...fences));
      expect((await other.acquireLease('given up', 'other', 1_000))?.fence).toBeGreaterThan(givenUp?.fence ?? Number.POSITIVE_INFINITY);
    });
  });

  it('that is emptied are behind, each is told once, and all go on with the same', async () => {
    const redis = await startRealRedis();
    later(() => redis.dispose());
    const keyPrefix = newPrefix();
    const given: InRedis[] = [];
    for (let n = 0; n < 3; n += 1) given.push(await inRedis(redis.port, { keyPrefix, now: () => (n + 1) * 1_000 }));
    const [one, two, three] = given.map(({ store }) => store);
    if (!one || !two || !three) throw new TypeError('there are too few');
    const last = await three.append('s', 'x', { keep: 9 });
    expect(await valuesOf(one, 's')).toEqual(['x']);
    await redis.admin().flushall();
    expect(await three.appendAfter('s', 'y', { keep: 9, after: last })).toEqual({ status: 'behind' });
    expect(await three.read('s', { after: last, limit: 9 })).toEqual({ entries: [], truncated: true, away: false });
    // Its clock is behind: yet no number that it has seen is given again.
    const first = await one.appendAfter('s', 'z', { keep: 9, after: 0 });
    expect(first.status === 'added' ? first.sequence : 0).toBeGreaterThan(last);
    expect(await two.appendAfter('s', 'late', { keep: 9, after: 0 })).toEqual({ status: 'behind' });
    for (const store of [one, two, three]) expect(await valuesOf(store, 's')).toEqual(['z']);
    for (const { faults } of given) expect(faults.map(({ kind }) => kind)).toEqual(['damaged']);
  });

  describe('of which one is a process that stands still for longer than its claim', () => {
    const build = mkdtempSync(join(tmpdir(), 'vigil-redis-build-'));
    afterAll(() => rmSync(build, { recursive: true, force: true }));

    it('goes on in a new session when it wakes: nothing it asked for is done twice, or not at all', async () => {
      const redis = await sharedRedis();
      const admin = redis.admin();
      const { store, keyPrefix } = await inRedis(redis.port);
      const claims = () => admin.keys(`${keyPrefix}gateway:*`);
      const own = await claims();
      const args = [
        fileURLToPath(new URL('./adder.mjs', import.meta.url)),
        compileStore(build),
        `${redis.port}`,
        keyPrefix,
        '2000',
        '1500',
      ];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      later(async () => {
        child.kill('SIGKILL');
        await ended;
      });
      const lines: string[] = [];
      createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
      for (let round = 0; round < 2; round += 1) {
        const before = lines.length;
        await until(() => lines.length > before + 20);
        child.kill('SIGSTOP');
        while ((await claims()).length > own.length) await Promise.resolve();
        for (let n = 0; n < 30; n += 1) await store.append('s', `ours ${round} ${n}`, { keep: 1_000_000 });
        child.kill('SIGCONT');
      }
      const before = lines.length;
      await until(() => lines.length > before + 20);
      child.kill('SIGKILL');
      await ended;
      await until(() => !child.stdout.readable || child.stdout.readableEnded);
      expect(lines.filter((line) => line.startsWith('fault'))).toEqual([]);
      const { entries, truncated } = await store.read('s', { after: 0, limit: 1_000_000 });
      expect(truncated).toBe(false);
      const theirs = entries.filter(({ value }) => value.startsWith('theirs'));
      // The last one it may not have heard of.
      expect(theirs.map(({ sequence, value }) => `added ${sequence} ${value}`).slice(0, lines.length)).toEqual(lines);
      expect(theirs.length - lines.length).toBeLessThanOrEqual(1);
      expect(entries.length - theirs.length).toBe(60);
    });
  });
});
