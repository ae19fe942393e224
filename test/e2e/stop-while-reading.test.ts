import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/gateway-rig.js';
import { createSymetryProcesses, type SymetryProcess, type SymetryProcesses } from '../support/symetry-process.js';
import { symetryRoutes } from '../support/symetry-simulator.js';

interface Told {
  readonly resultState: string;
  readonly result: { readonly bytes: number } | null;
}

let world: SymetryProcesses;
beforeEach(async () => {
  // Jobs run until they are told to end.
  world = await createSymetryProcesses(0.0001);
});
afterEach(() => world.dispose());

const tell = async (gateway: SymetryProcess, jobId: string): Promise<Told | null> =>
  (await gateway.ask<{ readonly job: Told | null }>('query J($id: ID!) { job(id: $id) { resultState result { bytes } } }', { id: jobId }))
    .job;

/** A gateway that has begun to read a result, of which the server gives no more than the beginning. */
const reading = async (): Promise<{ readonly gateway: SymetryProcess; readonly jobId: string }> => {
  const gateway = await world.serve();
  const { startSymetryJob } = await gateway.ask<{
    readonly startSymetryJob: { readonly job: { readonly id: string; readonly nativeId: string } };
  }>(
    `mutation { startSymetryJob(input: {
      backendId: "backend:sym", reduce: { project: "irisTest", model: "m", algorithm: "lda", context: { targets: [12], inputs: [0] } }
    }) { job { id nativeId } errors { code message } } }`,
  );
  const { id, nativeId } = startSymetryJob.job;
  world.simulator.setFaults([{ route: symetryRoutes.read, holdAfterBytes: 700_000 }]);
  await world.simulator.adjust(Number(nativeId), { state: 'finished', frame: { rows: 20_000, columns: 8 } });
  await world.simulator.until(Number(nativeId), ({ removed }) => removed === 'read');
  await eventually(
    () => metric(gateway, 'vigil_result_reads'),
    (reads) => reads === 1,
  );
  return { gateway, jobId: id };
};

const metric = async ({ url }: SymetryProcess, name: string): Promise<number | undefined> => {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n');
  const line = lines.find((each) => each.startsWith(`${name}{`));
  return line === undefined ? undefined : Number(line.split(' ').at(-1));
};

describe('SIGTERM while a result is read', { timeout: 60_000 }, () => {
  it('lets it come, and ends in order', async () => {
    const { gateway, jobId } = await reading();
    gateway.child.process.kill('SIGTERM');
    await gateway.child.stdout.until(/the gateway is stopping/);
    world.simulator.setFaults([]);
    expect(await gateway.child.exitCode).toBe(0);
    const again = await world.serve();
    expect(await tell(again, jobId)).toMatchObject({ resultState: 'AVAILABLE' });
    expect(again.child.stdout.text()).not.toContain('a result is lost');
  });

  it('does not wait for ever: it is lost, which both gateways say', async () => {
    const { gateway, jobId } = await reading();
    gateway.child.process.kill('SIGTERM');
    expect(await gateway.child.exitCode).toBe(0);
    expect(gateway.child.stdout.text()).toContain('a result was being read when the gateway had to stop');
    world.simulator.setFaults([]);
    const again = await world.serve();
    await eventually(
      () => tell(again, jobId),
      (told) => told?.resultState === 'LOST',
    );
    const line = again.child.stdout
      .text()
      .split('\n')
      .find((each) => each.includes('a result is lost'));
    expect(JSON.parse(line ?? '{}')).toMatchObject({ level: 50, backend: 'sym', loss: 'stopped', job: expect.stringMatching(/^1~/) });
    expect(await metric(again, 'vigil_results_lost_total')).toBe(1);
    expect(await metric(again, 'vigil_result_reads')).toBe(0);
  });
});
