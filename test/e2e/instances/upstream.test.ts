import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, pause } from '../../support/instances/eventually.js';
import type { Instance } from '../../support/instances/instance.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { type BackendKey, backendKeys } from '../../support/instances/vendors.js';
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

/** What a while of watching costs a backend, and who asks it. */
const measure = async (backend: BackendKey) => {
  const all = instances.serving();
  const from = Date.now();
  const before = await Promise.all(all.map((each) => ticksOf(each, backend)));
  await pause(windowMs);
  const after = await Promise.all(all.map((each) => ticksOf(each, backend)));
  const sent = instances.sentSince(backend, from);
  const asking = all.filter((each) => (sent.get(each)?.length ?? 0) > 0);
  const ticks = after.reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0);
  const requests = all.reduce((sum, each) => sum + (sent.get(each)?.length ?? 0), 0);
  return { asking: asking.map(({ name }) => name), requests, perTick: requests / ticks };
};

/** Of all backends at the same time. */
const measureAll = async () => {
  const leaders = await Promise.all(backendKeys.map(async (key) => [(await instances.leaderOf(key)).name]));
  // What the leaders before them and mutations have asked for is no watching.
  await pause(1_000);
  const [es, os, sym] = await Promise.all(backendKeys.map(measure));
  if (!es || !os || !sym) throw new TypeError('a backend is missing');
  expect([es, os, sym].map(({ asking }) => asking)).toEqual(leaders);
  return { es, os, sym };
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

  it('ask each backend as one would, before and after one takes over from another, and for no longer than 10 s nobody does', async () => {
    const { received } = instances.vendors;
    await scene.load.reset(16_000);
    const before = await measureAll();
    // The list of jobs, their states and the tasks; now and then who the cluster is. The others are at rest, and have too few ticks to say it so exactly.
    expect(before.es.perTick).toBeLessThanOrEqual(4.5);

    const leader = await instances.leaderOf('es');
    const diedAt = Date.now();
    await leader.kill();
    const next = await eventually(
      () => received.find(({ at, backend, from }) => backend === 'es' && at > diedAt && !leader.sent({ from })),
      (request) => request !== undefined,
    );
    const untilNextMs = (next?.at ?? Number.POSITIVE_INFINITY) - diedAt;
    expect(untilNextMs).toBeLessThan(takeoverMs);

    const after = await measureAll();
    for (const key of backendKeys) expect(after[key].perTick).toBeLessThanOrEqual(before[key].perTick * 1.5 + 0.5);
    // Nobody made up for the one that was missing, and no two asked for long: about as much as one would have sent all the time.
    const lastingMs = Date.now() - diedAt;
    const during = received.filter(({ at, backend }) => backend === 'es' && at > diedAt).length;
    const usual = (before.es.requests / windowMs) * lastingMs;
    expect(during).toBeLessThanOrEqual(usual * 1.5 + 30);
    const perTick = backendKeys.map((key) => `${key} ${before[key].perTick.toFixed(2)} → ${after[key].perTick.toFixed(2)}`).join(', ');
    process.stdout.write(
      `calls a tick: ${perTick}; nobody asked for ${untilNextMs} ms; ${during} calls in ${lastingMs} ms, ${Math.round(usual)} as a rule\n`,
    );
    expect(await scene.judge('one asks for all')).toMatchObject(asIfNothingHadHappened);
  });
});
