import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import type { Store } from '../../../src/store/index.js';
import { persistent, type RealRedis, redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { createReplyLosingProxy } from '../../support/reply-losing-proxy.js';
import { createSilencingProxy } from '../client/silencing-proxy.js';
import { cleanUp, inRedis, later, newPrefix, sharedRedis, stopShared, until } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);

const start = async (options?: readonly string[]): Promise<RealRedis> => {
  const redis = await startRealRedis(options);
  later(() => redis.dispose());
  return redis;
};

interface Entry {
  readonly sequence: number;
  readonly value: string;
}

/** Everything in a stream, in pages; fails when something is missing. */
const readAll = async (store: Store, stream: string): Promise<readonly Entry[]> => {
  const all: Entry[] = [];
  for (;;) {
    const { entries, truncated } = await store.read(stream, { after: all.at(-1)?.sequence ?? 0, limit: 50 });
    expect(truncated).toBe(false);
    all.push(...entries);
    if (entries.length < 50) return all;
  }
};

/** Adds its values one after the other, each right after the last entry there is; gives the numbers they got. */
const addInTurn = async (
  store: Store,
  values: readonly string[],
  before: (value: string, n: number) => void = () => undefined,
): Promise<readonly Entry[]> => {
  const added: Entry[] = [];
  let last = 0;
  for (const [n, value] of values.entries()) {
    before(value, n);
    for (;;) {
      const done = await store.appendAfter('s', value, { keep: 10_000, after: last });
      if (done.status === 'added') {
        last = done.sequence;
        added.push({ sequence: done.sequence, value });
        break;
      }
      const { entries, truncated } = await store.read('s', { after: last, limit: 100 });
      expect([done.status, truncated]).toEqual(['behind', false]);
      last = entries.at(-1)?.sequence ?? last;
    }
  }
  return added;
};

const valuesOf = (name: string, count: number): readonly string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);

describe.skipIf(withoutRedis())(`several gateways on one Redis (${redisIsMissing})`, () => {
  describe('that add to one stream', () => {
    it('have every entry once and in one order, whatever their clocks say', async () => {
      const { port } = await sharedRedis();
      const keyPrefix = newPrefix();
      const clocks = [() => Date.now(), () => Date.now() - 3_600_000, () => Date.now() + 3_600_000];
      const stores = await Promise.all(clocks.map(async (now) => (await inRedis(port, { keyPrefix, now })).store));
      const added = await Promise.all(stores.map((store, index) => addInTurn(store, valuesOf('abc'.charAt(index), 100))));
      const read = await Promise.all(stores.map((store) => readAll(store, 's')));
      expect(read[1]).toEqual(read[0]);
      expect(read[2]).toEqual(read[0]);
      expect(read[0]).toEqual(added.flat().sort((one, other) => one.sequence - other.sequence));
      expect(new Set(read[0]?.map(({ sequence }) => sequence)).size).toBe(300);
    });

    it('have it so over connections that are cut all the time, and lose answers', async () => {
      const { port } = await sharedRedis();
      const keyPrefix = newPrefix();
      const cut = await createSilencingProxy(port);
      const losing = await createReplyLosingProxy(port);
      later(() => Promise.all([cut.dispose(), losing.dispose()]));
      const given = await Promise.all([cut.port, losing.port, port].map((each) => inRedis(each, { keyPrefix, patienceMs: 60_000 })));
      const stores = given.map(({ store }) => store);
      const cutting = setInterval(() => cut.refuse(0), 100);
      later(() => clearInterval(cutting));
      // Every third answer that the second waits for is lost.
      const lose = (index: number) => (value: string, n: number) => {
        if (index === 1 && n % 3 === 0) losing.loseReplyTo(value);
      };
      const added = await Promise.all(stores.map((store, index) => addInTurn(store, valuesOf('abc'.charAt(index), 60), lose(index))));
      const appended = await Promise.all(
        stores.map(async (store, index) => {
          const done: Entry[] = [];
          for (const [n, value] of valuesOf('def'.charAt(index), 60).entries()) {
            lose(index)(value, n);
            done.push({ sequence: await store.append('s', value, { keep: 10_000 }), value });
          }
          return done;
        }),
      );
      clearInterval(cutting);
      const [first, ...others] = await Promise.all(stores.map((store) => readAll(store, 's')));
      for (const other of others) expect(other).toEqual(first);
      expect(first).toEqual([...added, ...appended].flat().sort((one, other) => one.sequence - other.sequence));
      expect(losing.lost()).toBe(40);
      expect(given.map(({ faults }) => faults)).toEqual([[], [], []]);
    });

    it('let go of a hundred thousand old entries at once', async () => {
      const redis = await sharedRedis();
      const { store, keyPrefix } = await inRedis(redis.port);
      const last = await store.append('s', 'last', { keep: 1_000_000 });
      const admin = redis.admin();
      const [stream = ''] = await admin.keys(`${keyPrefix}*:stream:s`);
      await admin.eval(
        `redis.call('DEL', KEYS[1])
        for number = 1, 100000 do redis.call('XADD', KEYS[1], number .. '-0', 'p', number - 1, 'v', 'x', 'i', '') end
        redis.call('XADD', KEYS[1], ARGV[1] .. '-0', 'p', 100000, 'v', 'last', 'i', '')`,
        1,
        stream,
        last,
      );
      await store.trim('s', { before: 99_999 });
      expect(await store.read('s', { after: 99_998, limit: 10 })).toEqual({
        entries: [
          { sequence: 99_999, value: 'x' },
          { sequence: 100_000, value: 'x' },
          { sequence: last, value: 'last' },
        ],
        truncated: false,
        away: false,
      });
      expect(await admin.xlen(stream)).toBe(3);
    });
  });

  it('give leases to one of them, under fences that grow also when its clock is behind and another gave it back', async () => {
    const { port } = await sharedRedis();
    const keyPrefix = newPrefix();
    const fast = (await inRedis(port, { keyPrefix, now: () => 9_000 })).store;
    const slow = (await inRedis(port, { keyPrefix, now: () => 1_000 })).store;
    expect(await fast.acquireLease('l', 'fast', 100)).toBeDefined();
    expect(await slow.acquireLease('l', 'slow', 100)).toBeUndefined();
    const first = await fast.acquireLease('m', 'fast', 100);
    await fast.releaseLease('m', 'fast');
    const second = await slow.acquireLease('m', 'slow', 100);
    expect(second?.fence).toBeGreaterThan(first?.fence ?? Number.POSITIVE_INFINITY);
    await slow.releaseLease('m', 'slow');
    expect((await fast.acquireLease('m', 'fast', 100))?.fence).toBeGreaterThan(second?.fence ?? Number.POSITIVE_INFINITY);
  });

  describe('that listen', () => {
    /** Counts, and waits for the next call. */
    const listening = (store: Store, stream: string) => {
      let calls = 0;
      const leave = store.listen(stream, () => {
        calls += 1;
      });
      return { calls: () => calls, after: (count: number) => until(() => calls > count), leave };
    };

    it('are told of what others add, and not of what they add themselves', async () => {
      const { port } = await sharedRedis();
      const keyPrefix = newPrefix();
      const [one, other] = [(await inRedis(port, { keyPrefix })).store, (await inRedis(port, { keyPrefix })).store];
      const heard = listening(one, 's');
      await heard.after(0);
      for (let n = 0; n < 50; n += 1) await one.append('s', 'own', { keep: 100 });
      let last = (await readAll(one, 's')).at(-1)?.sequence ?? 0;
      await other.append('t', 'elsewhere', { keep: 100 });
      await other.append('s', 'theirs', { keep: 100 });
      await heard.after(1);
      expect(heard.calls()).toBe(2);
      for (let n = 0; n < 20; n += 1) {
        const before = heard.calls();
        const added = await other.appendAfter('s', `${n}`, { keep: 100, after: (await readAll(other, 's')).at(-1)?.sequence ?? 0 });
        await heard.after(before);
        const { entries } = await one.read('s', { after: last, limit: 100 });
        last = entries.at(-1)?.sequence ?? 0;
        expect(added).toEqual({ status: 'added', sequence: last });
      }
    });

    it('to several streams are told of each, and of none any more once they have left', async () => {
      const { port } = await sharedRedis();
      const keyPrefix = newPrefix();
      const [one, other] = [(await inRedis(port, { keyPrefix })).store, (await inRedis(port, { keyPrefix })).store];
      const [s, t, twice] = [listening(one, 's'), listening(one, 't'), listening(one, 't')];
      await Promise.all([s, t, twice].map((each) => each.after(0)));
      const told = async (stream: string, ...by: readonly (typeof s)[]) => {
        const before = by.map((each) => each.calls());
        await other.append(stream, 'x', { keep: 5 });
        await Promise.all(by.map((each, index) => each.after(before[index] ?? 0)));
      };
      await told('s', s);
      await told('t', t, twice);
      t.leave();
      const left = t.calls();
      await told('t', twice);
      twice.leave();
      await told('s', s);
      expect(t.calls()).toBe(left);
      s.leave();
    });

    it('are told when they can reach it again, and of what was added meanwhile', async () => {
      const { port } = await sharedRedis();
      const keyPrefix = newPrefix();
      const proxy = await createSilencingProxy(port);
      later(() => proxy.dispose());
      const { store } = await inRedis(proxy.port, { keyPrefix, patienceMs: 50, retryMs: 50 });
      const other = (await inRedis(port, { keyPrefix })).store;
      const heard = listening(store, 's');
      await heard.after(0);
      proxy.refuse(1_000_000);
      await until(() => !store.health().durable);
      await other.append('s', 'meanwhile', { keep: 5 });
      const before = heard.calls();
      proxy.refuse(0);
      await heard.after(before);
      expect(await store.read('s', { after: 0, limit: 5 })).toMatchObject({ entries: [{ value: 'meanwhile' }], away: false });
      // Also when nothing was.
      proxy.refuse(1_000_000);
      await until(() => !store.health().durable);
      const again = heard.calls();
      proxy.refuse(0);
      await heard.after(again);
    });

    it('are told also when only the connection they listen on is cut', async () => {
      const redis = await sharedRedis();
      const keyPrefix = newPrefix();
      const { store, faults } = await inRedis(redis.port, { keyPrefix });
      const other = (await inRedis(redis.port, { keyPrefix })).store;
      const heard = listening(store, 's');
      await heard.after(0);
      const admin = redis.admin();
      const deaf = async (): Promise<string | undefined> =>
        / id=(\d+) [^\n]*flags=b [^\n]*cmd=xread/.exec(`\n ${String(await admin.client('LIST')).replaceAll('\n', '\n ')}`)?.[1];
      for (let round = 0; round < 2; round += 1) {
        let id = await deaf();
        while (id === undefined) id = await deaf();
        const before = heard.calls();
        await admin.client('KILL', 'ID', Number(id));
        await other.append('s', 'x', { keep: 5 });
        await heard.after(before);
        while ((await deaf()) === id) await Promise.resolve();
      }
      await until(() => store.health().message === null);
      expect([faults, store.health().durable]).toEqual([[], true]);
    });

    it('are told from time to time where the server does not let them listen, which is said', async () => {
      const redis = await start([...persistent, '--user', 'vigil', 'on', '>opensesame', '~*', '+@all', '-xread']);
      const target = { host: '127.0.0.1', port: redis.port, database: 0, username: 'vigil', password: new Secret('opensesame') };
      const { store } = await inRedis(redis.port, { target });
      const heard = listening(store, 's');
      await heard.after(3);
      expect(store.health()).toEqual({
        durable: true,
        message: expect.stringMatching(/^Redis does not tell this gateway what others write, so it looks once a second: .*may not do/),
      });
      await redis.admin().acl('SETUSER', 'vigil', '+xread');
      await until(() => store.health().message === null);
    });

    it('hold one connection more while they do, and none once they are disposed of', async () => {
      const redis = await start();
      const admin = redis.admin();
      const connections = async (): Promise<number> => Number(/connected_clients:(\d+)/.exec(await admin.info('clients'))?.[1]) - 1;
      const { store } = await inRedis(redis.port);
      expect(await connections()).toBe(1);
      const heard = listening(store, 's');
      await heard.after(0);
      expect(await connections()).toBe(2);
      heard.leave();
      while ((await connections()) !== 1) await Promise.resolve();
      const again = listening(store, 's');
      await again.after(0);
      await store.dispose();
      while ((await connections()) !== 0) await Promise.resolve();
      const calls = again.calls();
      store.listen('s', () => undefined);
      expect([await connections(), again.calls()]).toEqual([0, calls]);
    });
  });
});
