import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { createRedisStore } from '../../../src/store/index.js';
import { persistent, type RealRedis, redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { cleanUp, inRedis, later, newPrefix, sharedRedis, stopShared, until } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);
afterEach(() => vi.restoreAllMocks());

const start = async (options?: readonly string[]): Promise<RealRedis> => {
  const redis = await startRealRedis(options);
  later(() => redis.dispose());
  return redis;
};

/** What the server says, with one text for another of the same length. */
const sayingInstead = async (port: number, said: string, instead: string): Promise<number> => {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.pipe(upstream);
    upstream.on('data', (bytes) => client.write(Buffer.from(bytes.toString('latin1').replace(said, instead), 'latin1')));
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(() => server.close());
  return (server.address() as AddressInfo).port;
};

const refusal = async (port: number): Promise<unknown> =>
  createRedisStore({ target: { host: '127.0.0.1', port, database: 0 }, keyPrefix: newPrefix(), onFault: () => undefined }).then(
    (store) => store.dispose(),
    (thrown: unknown) => thrown,
  );

describe.skipIf(withoutRedis())(`what an operator is told of Redis (${redisIsMissing})`, () => {
  describe('at the start, which is refused', () => {
    it('that it is too old', async () => {
      const { port } = await sharedRedis();
      const said = (await (await sharedRedis()).admin().info('server')).match(/redis_version:([\d.]+)/)?.[1] ?? '';
      const old = `6.0.${'9'.repeat(said.length - 4)}`;
      const error = await refusal(await sayingInstead(port, `redis_version:${said}`, `redis_version:${old}`));
      expect(error).toMatchObject({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`it is Redis ${old}; the store needs 6.2 or later`),
      });
    });

    it('that it is a node of a Cluster', async () => {
      const { port } = await start([...persistent, '--cluster-enabled', 'yes']);
      expect(await refusal(port)).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringContaining('a Redis Cluster') });
    });
  });

  it('that what is being received may be thrown away', async () => {
    const { port } = await start([...persistent, '--maxmemory', '100mb', '--maxmemory-policy', 'volatile-lru']);
    const { store, faults } = await inRedis(port);
    expect(store.health()).toEqual({ durable: true, message: expect.stringContaining('(volatile-lru)') });
    expect(faults).toEqual([{ kind: 'reservation', message: store.health().message }]);
  });

  it('that its log grows because it cannot be rewritten', async () => {
    const { port } = await sharedRedis();
    const [fine, failed] = ['rewrite_time_sec:-1\r\naof_last_bgrewrite_status:ok', 'rewrite_time_sec:1\r\naof_last_bgrewrite_status:err'];
    const { store } = await inRedis(await sayingInstead(port, fine, failed));
    expect(store.health()).toEqual({ durable: true, message: expect.stringContaining('could not rewrite its log') });
  });

  it('once that it was set to a weaker promise while it was used', async () => {
    const redis = await start();
    const { faults } = await inRedis(redis.port, { claimMs: 60 });
    expect(faults).toEqual([]);
    const admin = redis.admin();
    await admin.config('SET', 'appendfsync', 'everysec');
    await until(() => faults.length > 0);
    const asked = Number(/cmdstat_info:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]);
    for (let calls = asked; calls < asked + 12; ) calls = Number(/cmdstat_info:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1]);
    expect(faults).toEqual([{ kind: 'reservation', message: expect.stringContaining('once a second') }]);
  });

  it.each([
    [-90_000, 'more than a minute behind'],
    [90_000, 'more than a minute ahead of'],
  ])('that its clock and that of this machine differ (by %i ms)', async (ms, words) => {
    const { port } = await sharedRedis();
    const now = Date.now.bind(Date);
    vi.spyOn(Date, 'now').mockImplementation(() => now() + ms);
    const { store, faults } = await inRedis(port);
    expect(store.health()).toEqual({ durable: true, message: expect.stringContaining(words) });
    expect(faults).toEqual([{ kind: 'reservation', message: expect.stringContaining('NTP') }]);
  });

  it('what an outage has cost', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port, { maxMemoryBytes: 2_000, patienceMs: 10, retryMs: 10 });
    await redis.stop();
    await until(() => !store.health().durable);
    for (let n = 0; n < 50; n += 1) await store.put(`k${n}`, 'x'.repeat(100));
    await redis.start();
    await until(() => store.health().durable);
    expect(faults.map(({ kind }) => kind)).toEqual(['unwritable', 'lost']);
    expect(faults[1]?.message).toMatch(/^While Redis was away \d+ entries were lost/);
  });

  it('each reason why it cannot be used that somebody has to mend, once', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port, { patienceMs: 10, retryMs: 10 });
    await redis.stop();
    await until(() => faults.length === 1);
    await redis.start([...persistent, '--requirepass', 'opensesame']);
    await until(() => faults.length === 2);
    await redis.stop();
    await redis.start(['--appendonly', 'yes', '--replicaof', '127.0.0.1 1', '--replica-serve-stale-data', 'yes']);
    await until(() => faults.length === 3);
    await redis.stop();
    await redis.start([...persistent, '--requirepass', 'opensesame']);
    await until(() => store.health().message?.includes('wants a password') === true);
    expect(faults.map(({ message }) => /the connection was closed|wants a password|is a replica/.exec(message)?.[0])).toEqual([
      'the connection was closed',
      'wants a password',
      'is a replica',
    ]);
  });

  it('once that it does not tell what others write', async () => {
    const redis = await start();
    const { store, faults } = await inRedis(redis.port);
    await redis.admin().config('SET', 'maxclients', '2');
    store.listen('s', () => undefined);
    await until(() => faults.length > 0);
    expect(faults).toEqual([{ kind: 'reservation', message: expect.stringContaining('looks once a second') }]);
    expect(store.health().durable).toBe(true);
  });
});

describe.skipIf(withoutRedis())(`leases in Redis of gateways that are no more (${redisIsMissing})`, () => {
  it('are let go a day after they lapsed, when a gateway begins; their fences are not given again', async () => {
    const redis = await sharedRedis();
    const clock = { at: 1_000_000 };
    const now = () => clock.at;
    const { store, keyPrefix } = await inRedis(redis.port, { now });
    const names = async () => {
      const area = (await redis.admin().get(`${keyPrefix}store`))?.split(' ')[1];
      return (await redis.admin().hkeys(`${keyPrefix}${area}:leases`)).filter((name) => name !== '').sort();
    };
    for (let n = 0; n < 50; n += 1) await store.acquireLease(`instance/${n}`, `${n}`, 10_000);
    clock.at += 12 * 3_600_000;
    await store.acquireLease('instance/late', 'late', 10_000);
    await inRedis(redis.port, { now, keyPrefix });
    expect(await names()).toHaveLength(51);
    clock.at += 13 * 3_600_000;
    const long = await store.acquireLease('held', 'me', 10_000);
    await inRedis(redis.port, { now, keyPrefix });
    expect(await names()).toEqual(['held', 'instance/late']);
    expect(await store.acquireLease('held', 'other', 10_000)).toBeUndefined();
    clock.at += 25 * 3_600_000;
    await inRedis(redis.port, { now, keyPrefix });
    expect(await names()).toEqual([]);
    // Known to nobody but Redis, and above what the clock says.
    clock.at = 1_000;
    const { store: another } = await inRedis(redis.port, { now, keyPrefix });
    expect((await another.acquireLease('instance/7', 'other', 10_000))?.fence).toBeGreaterThan(long?.fence ?? Number.POSITIVE_INFINITY);
  });
});
