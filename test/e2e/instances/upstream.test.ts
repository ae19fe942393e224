import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, pause } from '../../support/instances/eventually.js';
import type { Instance } from '../../support/instances/instance.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import type { BackendKey } from '../../support/instances/vendors.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

let instances: Instances;
let scene: Scene;

const windowMs = 2_500;
/** How soon somebody else has to ask. */
const takeoverMs = 10_000;

const ticksOf = async (instance: Instance, backend: BackendKey): Promise<number> => {
  const metrics = await (await fetch(`${instance.url()}/metrics`)).text();
  const counts = metrics.matchAll(/^vigil_poll_tick_seconds_count\{(.*)\} (\d+)$/gm);
  return [...counts]
    .filter(([, labels = '']) => labels.includes(`backend="${backend}"`))
    .reduce((sum, [, , count]) => sum + Number(count), 0);
};

/** What a while of watching costs a backend. */
const measure = async (backend: BackendKey) => {
  const from = Date.now();
  const all = instances.serving();
  const before = await Promise.all(all.map((each) => ticksOf(each, backend)));
  await pause(windowMs);
  const after = await Promise.all(all.map((each) => ticksOf(each, backend)));
  const sent = instances.sentSince(backend, from);
  const asking = all.filter((each) => (sent.get(each)?.length ?? 0) > 0);
  const ticks = after.reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0);
  const requests = all.reduce((sum, each) => sum + (sent.get(each)?.length ?? 0), 0);
  return { asking: asking.map(({ name }) => name), requests, perTick: requests / ticks };
};

describe.skipIf(withoutRedis())(`three instances with clients on all of them (${redisIsMissing})`, { timeout: 120_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances);
  });
  afterEach(() => scene.dispose());

  it('ask a backend as one would, before and after one takes over from another, and for no longer than 10 s nobody does', async () => {
    const { received } = instances.vendors;
    await scene.load.reset(16_000);
    const leader = await instances.leaderOf('es');
    // What the mutation itself has asked for is not watching.
    await pause(1_000);
    const before = await measure('es');
    expect(before.asking).toEqual([leader.name]);
    // The list of jobs, their states and the tasks; now and then who the cluster is.
    expect(before.perTick).toBeLessThanOrEqual(4.5);

    const diedAt = Date.now();
    await leader.kill();
    const next = await eventually(
      () => received.find(({ at, backend, from }) => backend === 'es' && at > diedAt && !leader.sent({ from })),
      (request) => request !== undefined,
    );
    const untilNextMs = (next?.at ?? Number.POSITIVE_INFINITY) - diedAt;
    const successor = await instances.leaderOf('es');
    expect(untilNextMs).toBeLessThan(takeoverMs);

    await pause(1_000);
    const after = await measure('es');
    expect(after.asking).toEqual([successor.name]);
    expect(after.perTick).toBeLessThanOrEqual(before.perTick + 0.5);
    // Nobody made up for the one that was missing, and no two asked for long: about as much as one would have sent all the time.
    const lastingMs = Date.now() - diedAt;
    const during = received.filter(({ at, backend }) => backend === 'es' && at > diedAt).length;
    const usual = (before.requests / windowMs) * lastingMs;
    expect(during).toBeLessThanOrEqual(usual * 1.5 + 30);
    process.stdout.write(
      `calls of Elasticsearch a tick: ${before.perTick.toFixed(2)} before, ${after.perTick.toFixed(2)} after; nobody asked for ${untilNextMs} ms; ${during} calls in ${lastingMs} ms, ${Math.round(usual)} as a rule\n`,
    );
    expect(await scene.judge('one asks for all')).toMatchObject(asIfNothingHadHappened);
  });
});
