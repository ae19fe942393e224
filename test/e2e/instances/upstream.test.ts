import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import type { Instance } from '../../support/instances/instance.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import type { BackendKey } from '../../support/instances/vendors.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

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
  const all = scene.instances.serving();
  const before = await Promise.all(all.map((each) => ticksOf(each, backend)));
  await pause(windowMs);
  const after = await Promise.all(all.map((each) => ticksOf(each, backend)));
  const sent = scene.instances.sentSince(backend, from);
  const asking = all.filter((each) => (sent.get(each)?.length ?? 0) > 0);
  const ticks = after.reduce((sum, count, index) => sum + count - (before[index] ?? 0), 0);
  const requests = all.reduce((sum, each) => sum + (sent.get(each)?.length ?? 0), 0);
  return { asking, ticks, requests, perTick: requests / ticks };
};

describe.skipIf(withoutRedis())(`three instances with clients on all of them (${redisIsMissing})`, { timeout: 90_000 }, () => {
  beforeEach(async () => {
    scene = await createScene();
  });
  afterEach(() => scene.dispose());

  it('ask each backend as one would, before and after one takes over from another, and for no longer than 10 s nobody does', async () => {
    const { load, instances, vendors } = scene;
    await load.reset(18_000);
    const leader = await scene.leaderOf('es');
    const before = await measure('es');
    expect(before.asking).toEqual([leader]);
    // The lists of jobs, their states, and the tasks: whoever watches, and wherever.
    expect(before.perTick).toBeLessThanOrEqual(4.5);

    const diedAt = Date.now();
    await leader.kill();
    const next = await eventually(
      () => vendors.received.find(({ at, backend, from }) => backend === 'es' && at > diedAt && !leader.sent({ from })),
      (request) => request !== undefined,
    );
    const tookOver = await scene.leaderOf('es');
    expect((next?.at ?? Number.POSITIVE_INFINITY) - diedAt).toBeLessThan(takeoverMs);
    // Meanwhile nobody made up for the one that was missing: no more than it would have sent.
    const during = vendors.received.filter(({ at, backend }) => backend === 'es' && at > diedAt && at < diedAt + takeoverMs).length;
    expect(during).toBeLessThanOrEqual((before.requests / windowMs) * takeoverMs * 1.5 + 30);

    const after = await measure('es');
    expect(after.asking).toEqual([tookOver]);
    expect(after.perTick).toBeLessThanOrEqual(before.perTick + 0.5);
    expect(instances.serving()).toContain(tookOver);
    process.stdout.write(
      `calls of Elasticsearch a tick: ${before.perTick.toFixed(2)} before, ${after.perTick.toFixed(2)} after; nobody asked for ${(next?.at ?? 0) - diedAt} ms, ${during} calls in ${takeoverMs} ms\n`,
    );
    expect(await scene.judge('one asks for all')).toMatchObject(asIfNothingHadHappened);
  });
});
