import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually, pause } from '../../support/instances/eventually.js';
import type { Instance } from '../../support/instances/instance.js';
import { createInstances, type Instances } from '../../support/instances/instances.js';
import { asIfNothingHadHappened, createScene, type Scene } from '../../support/instances/scene.js';
import { redisIsMissing, withoutRedis } from '../../support/real-redis.js';

interface Begun {
  readonly jobId: string;
  readonly taskId: string;
  readonly number: number;
}
interface Standing {
  readonly resultState: string;
  readonly result: { readonly entities: readonly { readonly rowCount: number }[] } | null;
}
interface ServerJob {
  readonly id: number;
  readonly removed: string | null;
  /** Times its end was handed out, and times it was asked for after that. */
  readonly reads: number;
  readonly lateReads: number;
}

const readRoute = 'GET /symetry/rest/{cid}/jobs/{id}';
const rows = 20_000;
const whole = { resultState: 'AVAILABLE', result: { entities: [{ rowCount: rows }] } };

let instances: Instances;
let scene: Scene;

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
      'query J($id: ID!) { job(id: $id) { resultState result { entities { ... on DataFrame { rowCount } } } } }',
      { id: jobId },
    )
  ).job;
/** What they say of it, once each of them says that. */
const saidBy = (some: readonly Instance[], begun: Begun, resultState: string) =>
  Promise.all(
    some.map((instance) =>
      eventually(
        () => standing(instance, begun),
        (job) => job?.resultState === resultState,
      ),
    ),
  );

const onServer = async ({ number }: Begun): Promise<ServerJob | undefined> =>
  (await instances.vendors.ask<{ readonly jobs: readonly ServerJob[] }>('sym', 'GET', '/_simulator/state')).jobs.find(
    ({ id }) => id === number,
  );
const untilHandedOver = (begun: Begun) =>
  eventually(
    () => onServer(begun),
    (job) => job?.removed === 'read',
  );
const finish = ({ number }: Begun): Promise<unknown> =>
  instances.vendors.ask('sym', 'PUT', `/_simulator/jobs/${number}`, { state: 'finished', frame: { rows, columns: 8 } });
/** The one that has asked for its result last. */
const readerOf = async ({ number }: Begun): Promise<Instance> => {
  const asked = await eventually(
    () => instances.vendors.received.findLast(({ method, path }) => method === 'GET' && path.endsWith(`/jobs/${number}`)),
    (request) => request !== undefined,
  );
  const reader = instances.all.find((instance) => asked !== undefined && instance.sent(asked));
  if (!reader) throw new TypeError('nobody reads');
  return reader;
};
/** Counts among the ends that every client has to be told, once. */
const count = ({ taskId, number }: Begun, end: string): void =>
  void scene.load.keep({ taskId, what: `SymetryML's job ${number}`, end: () => end, done: () => 1 });

describe.skipIf(withoutRedis())(`a result that is handed over once (${redisIsMissing})`, { timeout: 150_000 }, () => {
  beforeAll(async () => {
    instances = await createInstances();
  });
  afterAll(() => instances.dispose());
  beforeEach(async () => {
    scene = await createScene(instances, { count: 1, patient: 0 });
  });
  afterEach(() => scene.dispose());

  it('is read once, by whoever is alive; only one whose reader is killed in the middle of it is lost', async () => {
    const { sym } = instances.vendors;
    const [a] = instances.all;
    if (!a) throw new TypeError('nobody runs');
    const [after, before, middle] = [await begin(a), await begin(a), await begin(a)];
    await finish(after);
    for (const told of await saidBy(instances.all, after, 'AVAILABLE')) expect(told).toMatchObject(whole);
    // The reader has said that it will ask, and the server has not heard it.
    sym.setFaults([{ route: readRoute, latencyMs: 600_000, reset: true, count: 1 }]);
    await finish(before);
    const reader = await readerOf(before);
    // The server has handed it over, and half of it is here.
    sym.setFaults([{ route: readRoute, holdAfterBytes: 700_000, count: 1 }]);
    await finish(middle);
    await untilHandedOver(middle);
    expect(await readerOf(middle)).toBe(reader);

    await reader.kill();
    sym.setFaults([]);
    const others = instances.serving();
    for (const told of await saidBy(others, before, 'AVAILABLE')) expect(told).toMatchObject(whole);
    for (const told of await saidBy(others, middle, 'LOST')) expect(told).toMatchObject({ resultState: 'LOST', result: null });
    for (const told of await saidBy(others, after, 'AVAILABLE')) expect(told).toMatchObject(whole);
    await reader.start();
    expect(await standing(reader, before)).toMatchObject(whole);
    expect(await standing(reader, middle)).toMatchObject({ resultState: 'LOST' });
    expect(await onServer(before)).toMatchObject({ reads: 1, lateReads: 0 });
    expect(await onServer(after)).toMatchObject({ reads: 1, lateReads: 0 });
    expect(await onServer(middle)).toMatchObject({ reads: 1 });
    for (const begun of [after, before]) count(begun, 'SUCCEEDED');
    count(middle, 'LOST');
    expect(await scene.judge('SymetryML, its reader killed')).toMatchObject(asIfNothingHadHappened);
  });

  it('comes in though its reader slept past its leases meanwhile, and is not asked for by others before it must be', async () => {
    const { sym } = instances.vendors;
    const [a] = instances.all;
    if (!a) throw new TypeError('nobody runs');
    const sleepWhileReading = async (begun: Begun): Promise<Instance> => {
      sym.setFaults([{ route: readRoute, latencyMs: 1_000, count: 1 }]);
      await finish(begun);
      const reader = await readerOf(begun);
      reader.pause();
      await untilHandedOver(begun);
      return reader;
    };

    // Past the lease of who leads, within that of who reads: nobody else asks.
    const soon = await begin(a);
    const first = await sleepWhileReading(soon);
    await pause(6_000);
    first.resume();
    for (const told of await saidBy(instances.all, soon, 'AVAILABLE')) expect(told).toMatchObject(whole);
    expect(await onServer(soon)).toMatchObject({ reads: 1, lateReads: 0 });
    count(soon, 'SUCCEEDED');

    // Past both: the others have to give it up, and are wrong.
    const late = await begin(a);
    const second = await sleepWhileReading(late);
    const others = instances.all.filter((instance) => instance !== second);
    await saidBy(others, late, 'LOST');
    second.resume();
    for (const told of await saidBy(instances.all, late, 'AVAILABLE')) expect(told).toMatchObject(whole);
    expect(await onServer(late)).toMatchObject({ reads: 1 });
    // How its run ended was said before: that stands, and is not said again.
    count(late, 'LOST');
    expect(await scene.judge('SymetryML, its reader asleep')).toMatchObject(asIfNothingHadHappened);
  });
});
