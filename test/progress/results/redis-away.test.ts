import { afterEach, describe, expect, it } from 'vitest';
import { createRedisStore } from '../../../src/store/index.js';
import { createArchiveRig } from '../../support/archive-rig.js';
import { persistent, redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe.skipIf(withoutRedis())(`a result in Redis (${redisIsMissing})`, () => {
  it('is whole although Redis was killed while it came, and came back', async () => {
    const redis = await startRealRedis(persistent);
    undo.push(redis.dispose);
    const store = await createRedisStore({
      target: { host: '127.0.0.1', port: redis.port, database: 0 },
      keyPrefix: 'vigil:',
      onFault: () => undefined,
      patienceMs: 50,
      retryMs: 50,
      claimMs: 1_000,
    });
    undo.push(store.dispose);
    const rig = await createArchiveRig({ store: { ...store, durable: true }, maxBytes: 100_000_000 });
    const name = await rig.start();
    rig.vendor.between = () => redis.kill();
    rig.vendor.finish('1', 'x'.repeat(3_000_000));
    await rig.until(
      () => store.health().durable,
      (durable) => !durable,
    );
    await rig.until(
      () => rig.archive.tally().underWay,
      (underWay) => underWay === 0,
    );
    for (let times = 0; times < 5; times += 1) await rig.tick();
    expect(rig.lost).toEqual([]);
    await redis.start();
    await rig.until(
      () => rig.job(name),
      ({ resultState }) => resultState === 'AVAILABLE',
    );
    expect(await rig.archive.results.read(name)).toMatchObject({ bytes: 3_000_000 });
    expect(await rig.archive.results.rows(name, 0, { from: 2_999_998, count: 5 })).toHaveLength(2);
    expect(rig.vendor.reads.get('1')).toBe(1);
    expect(rig.lost).toEqual([]);
  });

  it('leaves no lease behind in Redis', async () => {
    const redis = await startRealRedis(persistent);
    undo.push(redis.dispose);
    const store = await createRedisStore({
      target: { host: '127.0.0.1', port: redis.port, database: 0 },
      keyPrefix: 'vigil:',
      onFault: () => undefined,
    });
    undo.push(store.dispose);
    const fences: number[] = [];
    for (let number = 0; number < 20; number += 1) {
      fences.push((await store.acquireLease(`jobs-birth/one/${number % 5}`, `holder ${number}`, 1_000))?.fence ?? 0);
      await store.releaseLease(`jobs-birth/one/${number % 5}`, `holder ${number}`);
    }
    const admin = redis.admin();
    const [leases = ''] = await admin.keys('vigil:*leases');
    expect(await admin.hlen(leases)).toBe(1);
    expect(fences).toEqual([...new Set(fences)].toSorted((left, right) => left - right));
  });
});
