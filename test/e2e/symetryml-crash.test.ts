import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { createSymetryProcesses, eventuallyAfterAll, type SymetryProcess, type SymetryProcesses } from '../support/symetry-process.js';
import { symetryRoutes } from '../support/symetry-simulator.js';

interface Told {
  readonly id: string;
  readonly state: string;
  readonly resultState: string;
  readonly result: {
    readonly bytes: number;
    readonly entities: readonly {
      readonly rowCount: number;
      readonly rows: { readonly nodes: readonly { readonly cells: readonly string[] }[] };
    }[];
  } | null;
  readonly tasks: {
    readonly nodes: readonly { readonly id: string; readonly state: string; readonly error: { readonly message: string } | null }[];
  };
}
interface Begun {
  readonly jobId: string;
  readonly taskId: string;
  readonly number: number;
}

const rows = 20_000;
const columns = 8;
const frame = { rows, columns };
const finals = /SUCCEEDED|FAILED|CANCELLED|LOST/;

let world: SymetryProcesses;
beforeEach(async () => {
  // Jobs run until they are told to end.
  world = await createSymetryProcesses(0.0001);
});
afterEach(() => world.dispose());

const begin = async (gateway: SymetryProcess): Promise<Begun> => {
  const { startSymetryJob } = await gateway.ask<{
    readonly startSymetryJob: {
      readonly job: { readonly id: string; readonly nativeId: string };
      readonly task: { readonly id: string };
      readonly errors: readonly object[];
    };
  }>(`mutation { startSymetryJob(input: {
    backendId: "backend:sym", reduce: { project: "irisTest", model: "m", algorithm: "lda", context: { targets: [12], inputs: [0] } }
  }) { job { id nativeId } task { id } errors { code message } } }`);
  expect(startSymetryJob.errors).toEqual([]);
  return { jobId: startSymetryJob.job.id, taskId: startSymetryJob.task.id, number: Number(startSymetryJob.job.nativeId) };
};

const tell = async (gateway: SymetryProcess, { jobId }: Begun): Promise<Told | null> =>
  (
    await gateway.ask<{ readonly job: Told | null }>(
      `query J($id: ID!) { job(id: $id) {
        id state resultState result { bytes entities { ... on DataFrame { rowCount rows(first: 2) { nodes { cells } } } } }
        tasks { nodes { id state error { message } } }
      } }`,
      { id: jobId },
    )
  ).job;

/** What is told of a job once its end is known. */
const endOf = (gateway: SymetryProcess, begun: Begun): Promise<Told | null> =>
  eventuallyAfterAll(
    () => tell(gateway, begun),
    (job) => finals.test(job?.tasks.nodes[0]?.state ?? '') && job?.resultState !== 'NONE',
  );

const whole = (begun: Begun) => ({
  id: begun.jobId,
  state: 'FINISHED',
  resultState: 'AVAILABLE',
  result: {
    entities: [{ rowCount: rows, rows: { nodes: [{ cells: expect.arrayContaining(['0.0', '0.7']) }, { cells: expect.anything() }] } }],
  },
  tasks: { nodes: [{ id: begun.taskId, state: 'SUCCEEDED', error: null }] },
});
const interrupted = (begun: Begun) => ({
  id: begun.jobId,
  resultState: 'LOST',
  result: null,
  tasks: {
    nodes: [{ id: begun.taskId, state: 'LOST', error: { message: expect.stringMatching(/being read when the gateway was stopped/) } }],
  },
});

const finish = ({ number }: Begun): Promise<void> => world.simulator.adjust(number, { state: 'finished', frame });
const asked = (): number => world.simulator.calls()[symetryRoutes.read] ?? 0;
const sizeOfStore = async (): Promise<number> => {
  const files = await readdir(world.store, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(world.store, file)).catch(() => undefined))?.size ?? 0));
  return sizes.reduce((sum, size) => sum + size, 0);
};

describe('kill -9', { timeout: 90_000 }, () => {
  it('before a result is read: it is read by the next gateway', async () => {
    const gateway = await world.serve();
    const begun = await begin(gateway);
    await gateway.kill();
    await finish(begun);
    const again = await world.serve();
    expect(await endOf(again, begun)).toMatchObject(whole(begun));
    expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('after the intent, before the server has taken notice: the result is read by the next gateway', async () => {
    const gateway = await world.serve();
    const begun = await begin(gateway);
    world.simulator.setFaults([{ route: symetryRoutes.read, latencyMs: 600_000, reset: true }]);
    await finish(begun);
    await eventually(asked, (count) => count > 0);
    await gateway.kill();
    world.simulator.setFaults([]);
    const again = await world.serve();
    expect(await endOf(again, begun)).toMatchObject(whole(begun));
    expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('when the server has handed the result over and nothing of it has come: it is lost, with that reason', async () => {
    const gateway = await world.serve();
    const begun = await begin(gateway);
    world.simulator.setFaults([{ route: symetryRoutes.read, hang: true }]);
    await finish(begun);
    await world.simulator.until(begun.number, ({ removed }) => removed === 'read');
    await gateway.kill();
    world.simulator.setFaults([]);
    const again = await world.serve();
    expect(await endOf(again, begun)).toMatchObject(interrupted(begun));
    expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1 });
  });

  it('in the middle of the body: it is lost, with that reason, and stays so', async () => {
    const gateway = await world.serve();
    const begun = await begin(gateway);
    world.simulator.setFaults([{ route: symetryRoutes.read, holdAfterBytes: 700_000 }]);
    const before = await sizeOfStore();
    await finish(begun);
    await world.simulator.until(begun.number, ({ removed }) => removed === 'read');
    // Half of it is on the disk.
    await eventually(sizeOfStore, (size) => size > before + 400_000);
    await gateway.kill();
    world.simulator.setFaults([]);
    const again = await world.serve();
    expect(await endOf(again, begun)).toMatchObject(interrupted(begun));
    await again.kill();
    const third = await world.serve();
    expect(await endOf(third, begun)).toMatchObject(interrupted(begun));
    expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1 });
  });

  it('after the outcome: the result is there', async () => {
    const gateway = await world.serve();
    const begun = await begin(gateway);
    await finish(begun);
    expect(await endOf(gateway, begun)).toMatchObject(whole(begun));
    const told = await tell(gateway, begun);
    await gateway.kill();
    const again = await world.serve();
    expect(await tell(again, begun)).toEqual(told);
    expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1, lateReads: 0 });
  });

  it('at any moment of the reading: the result is there whole, or it is lost with that reason, and the server was read from once', async () => {
    let gateway = await world.serve();
    const read = async (): Promise<Begun> => {
      const begun = await begin(gateway);
      await finish(begun);
      await world.simulator.until(begun.number, ({ removed }) => removed === 'read');
      return begun;
    };
    const undisturbed = await read();
    const from = Date.now();
    expect(await endOf(gateway, undisturbed)).toMatchObject(whole(undisturbed));
    const lasting = Date.now() - from;
    // From the first byte to a little after the last.
    for (const share of [0, 0.3, 0.6, 0.8, 1, 1.2]) {
      const begun = await read();
      await new Promise((resolve) => setTimeout(resolve, lasting * share));
      await gateway.kill();
      gateway = await world.serve();
      const told = await endOf(gateway, begun);
      expect(told).toMatchObject(told?.resultState === 'AVAILABLE' ? whole(begun) : interrupted(begun));
      expect(await world.simulator.jobOf(begun.number)).toMatchObject({ reads: 1 });
    }
    expect(await tell(gateway, undisturbed)).toMatchObject(whole(undisturbed));
  }, 240_000);

  it('forgets no job, and claims none that is not ours', async () => {
    const foreign = await world.simulator.plant({ kind: 'pca', state: 'finished' });
    const gateway = await world.serve();
    const begun = await begin(gateway);
    await gateway.kill();
    const again = await world.serve();
    const { jobs } = await again.ask<{ readonly jobs: { readonly nodes: readonly object[] } }>(
      '{ jobs { nodes { nativeId state resultState } } }',
    );
    expect(jobs.nodes).toHaveLength(2);
    expect(jobs.nodes).toEqual(
      expect.arrayContaining([
        { nativeId: String(foreign), state: 'FINISHED', resultState: 'UNCLAIMED' },
        { nativeId: String(begun.number), state: 'RUNNING', resultState: 'NONE' },
      ]),
    );
    expect(await world.simulator.jobOf(foreign)).toMatchObject({ reads: 0 });
  });

  it('between a start the server took and its answer: a repeat with the same key starts nothing again', async () => {
    const gateway = await world.serve();
    const document = `mutation { startSymetryJob(input: {
      backendId: "backend:sym", idempotencyKey: "3f0c9a6e-2f43-4f51-9f0a-5f5b0f3f2a14",
      build: { project: "irisTest", model: "m", algorithm: "lda", context: { targets: [12], inputs: [0] } }
    }) { job { id } errors { code message } } }`;
    world.simulator.setFaults([{ route: symetryRoutes.build, hang: true }]);
    const asking = gateway.ask(document).catch((error: unknown) => error);
    await eventually(
      () => world.simulator.calls()[symetryRoutes.build] ?? 0,
      (count) => count === 1,
    );
    await gateway.kill();
    expect(await asking).toBeInstanceOf(Error);
    world.simulator.setFaults([]);
    const again = await world.serve();
    const { startSymetryJob } = await again.ask<{ readonly startSymetryJob: object }>(document);
    expect(startSymetryJob).toMatchObject({ job: null, errors: [{ code: 'CONFLICT', message: expect.stringContaining('interrupted') }] });
    expect(await world.simulator.jobs()).toHaveLength(1);
  });
});
