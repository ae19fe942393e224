import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../support/gateway-rig.js';
import type { Instance } from '../../support/instances/instance.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';
import { symetryRoutes } from '../../support/symetry-simulator.js';

interface Begun {
  readonly jobId: string;
  readonly taskId: string;
  readonly number: number;
}
interface Standing {
  readonly resultState: string;
  readonly result: { readonly entities: readonly { readonly rowCount: number }[] } | null;
  readonly tasks: { readonly nodes: readonly { readonly id: string; readonly state: string }[] };
}

const rows = 20_000;
const frame = { rows, columns: 8 };
/** Longer than the lease of who reads a result, and that of who leads. */
const patienceMs = 40_000;

let scene: Scene;

const within = async <T>(ask: () => Promise<T>, isTrue: (answer: T) => boolean): Promise<T> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isTrue(answer) || Date.now() > until) return answer;
    await pause(100);
  }
};

const begin = async (instance: Instance): Promise<Begun> => {
  const { startSymetryJob } = await instance.ask<{
    readonly startSymetryJob: {
      readonly job: { readonly id: string; readonly nativeId: string };
      readonly task: { readonly id: string };
      readonly errors: readonly object[];
    };
  }>(`mutation { startSymetryJob(input: {
    backendId: "backend:sym", reduce: { project: "irisTest", model: "m", algorithm: "lda", context: { targets: [12], inputs: [0] } }
  }) { job { id nativeId } task { id } errors { code message } } }`);
  expect(startSymetryJob.errors).toEqual([]);
  const { job, task } = startSymetryJob;
  return { jobId: job.id, taskId: task.id, number: Number.parseInt(job.nativeId, 10) };
};

const standing = async (instance: Instance, { jobId }: Begun): Promise<Standing | null> =>
  (
    await instance.ask<{ readonly job: Standing | null }>(
      `query J($id: ID!) { job(id: $id) { resultState result { entities { ... on DataFrame { rowCount } } } tasks { nodes { id state } } } }`,
      { id: jobId },
    )
  ).job;

const whole = { resultState: 'AVAILABLE', result: { entities: [{ rowCount: rows }] } };

/** What all that run say of it, once each knows an end. */
const everywhere = async (begun: Begun, resultState: string): Promise<readonly (Standing | null)[]> =>
  Promise.all(
    scene.instances.serving().map((instance) =>
      within(
        () => standing(instance, begun),
        (job) => job?.resultState === resultState,
      ),
    ),
  );

const finish = ({ number }: Begun): Promise<void> => scene.vendors.sym.adjust(number, { state: 'finished', frame });
const handedOver = ({ number }: Begun) => scene.vendors.sym.until(number, ({ removed }) => removed === 'read');
const asked = (): number => scene.vendors.sym.calls()[symetryRoutes.read] ?? 0;
/** The one that asks the server for a result just now. */
const reader = async (before: number): Promise<Instance> => {
  await eventually(asked, (count) => count > before);
  const last = scene.vendors.received.findLast(
    ({ backend, method, path }) => backend === 'sym' && method === 'GET' && /\/jobs\/\d+$/.test(path),
  );
  const found = scene.all.find((instance) => last !== undefined && instance.sent(last));
  if (!found) throw new TypeError('nobody reads');
  return found;
};
/** Counts among the ends that every client has to be told, once. */
const count = ({ taskId, number }: Begun, end: string): void =>
  void scene.load.keep({ taskId, what: `SymetryML's job ${number}`, end: () => end, done: () => 1 });

describe.skipIf(withoutRedis())(`a result that is handed over once (${redisIsMissing})`, { timeout: 150_000 }, () => {
  beforeEach(async () => {
    scene = await createScene({ watchers: { count: 1, patient: 0 } });
  });
  afterEach(() => scene.dispose());

  it('is read once by whoever is alive, and lost only when its reader is killed in the middle', async () => {
    const { sym } = scene.vendors;
    const [a] = scene.all;
    if (!a) throw new TypeError('nobody runs');

    // Killed right before: it has said that it will ask, and the server has not heard it.
    const before = await begin(a);
    sym.setFaults([{ route: symetryRoutes.read, latencyMs: 600_000, reset: true }]);
    let calls = asked();
    await finish(before);
    const first = await reader(calls);
    await first.kill();
    sym.setFaults([]);
    for (const told of await everywhere(before, 'AVAILABLE')) expect(told).toMatchObject(whole);
    expect(await sym.jobOf(before.number)).toMatchObject({ reads: 1, lateReads: 0 });
    count(before, 'SUCCEEDED');
    await first.start();
    expect(await standing(first, before)).toMatchObject(whole);

    // Killed after: it is there at the others, and nobody asks again.
    const after = await begin(first);
    await finish(after);
    for (const told of await everywhere(after, 'AVAILABLE')) expect(told).toMatchObject(whole);
    const had = await reader(0);
    await had.kill();
    for (const told of await everywhere(after, 'AVAILABLE')) expect(told).toMatchObject(whole);
    count(after, 'SUCCEEDED');
    await had.start();

    // Killed in the middle of the body: nothing brings it back, and everybody says so.
    const middle = await begin(had);
    sym.setFaults([{ route: symetryRoutes.read, holdAfterBytes: 700_000 }]);
    calls = asked();
    await finish(middle);
    const second = await reader(calls);
    await handedOver(middle);
    await second.kill();
    sym.setFaults([]);
    for (const told of await everywhere(middle, 'LOST')) expect(told).toMatchObject({ resultState: 'LOST', result: null });
    expect(await sym.jobOf(middle.number)).toMatchObject({ reads: 1 });
    count(middle, 'LOST');
    await second.start();

    expect(await sym.jobOf(after.number)).toMatchObject({ reads: 1, lateReads: 0 });
    const verdict = await scene.judge('SymetryML, its reader killed');
    expect(verdict).toMatchObject(asIfNothingHadHappened);
  });

  it('comes in though its reader slept past all its leases meanwhile', async () => {
    const { sym } = scene.vendors;
    const [a] = scene.all;
    if (!a) throw new TypeError('nobody runs');

    // Past the lease of who leads, within that of who reads: nobody else asks.
    const soon = await begin(a);
    sym.setFaults([{ route: symetryRoutes.read, latencyMs: 1_000 }]);
    let calls = asked();
    await finish(soon);
    const first = await reader(calls);
    first.pause();
    await handedOver(soon);
    await pause(6_000);
    first.resume();
    sym.setFaults([]);
    for (const told of await everywhere(soon, 'AVAILABLE')) expect(told).toMatchObject(whole);
    expect(await sym.jobOf(soon.number)).toMatchObject({ reads: 1, lateReads: 0 });
    count(soon, 'SUCCEEDED');

    // Past both: the others have to give it up, and are wrong.
    const late = await begin(a);
    sym.setFaults([{ route: symetryRoutes.read, latencyMs: 1_000, count: 1 }]);
    calls = asked();
    await finish(late);
    const second = await reader(calls);
    second.pause();
    await handedOver(late);
    const others = scene.all.filter((instance) => instance !== second);
    for (const other of others)
      expect(
        await within(
          () => standing(other, late),
          (job) => job?.resultState === 'LOST',
        ),
      ).toMatchObject({ resultState: 'LOST' });
    second.resume();
    for (const told of await everywhere(late, 'AVAILABLE')) expect(told).toMatchObject(whole);
    expect(await sym.jobOf(late.number)).toMatchObject({ reads: 1 });
    // How its run ended was said before: that stands, and is not said again.
    count(late, 'LOST');
    expect(await scene.judge('SymetryML, its reader asleep')).toMatchObject(asIfNothingHadHappened);
  });
});
