import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type GatewayRig, readTask } from '../support/gateway-rig.js';
import { collect, readResult, readSymetryJob, symetryVerb, taskOfJob } from '../support/symetry-documents.js';
import { createSymetryWorld, type SymetryWorld } from '../support/symetry-world.js';

let world: SymetryWorld;
beforeEach(async () => {
  world = await createSymetryWorld();
});
afterEach(() => world.dispose());

const take = async (rig: GatewayRig, rows: number): Promise<string> =>
  collect(rig, await world.simulator.plant({ kind: 'dsPredictDataFrame', state: 'finished', frame: { rows, columns: 3 } }));
const stateOf = async (rig: GatewayRig, jobId: string) => (await readResult(rig, jobId))?.resultState;

describe('a result that is let go', () => {
  it('because it is old says so, on its job, for good; the run stays as it ended', async () => {
    const before = await world.start({ config: { results: { retentionMs: 1_000 } } });
    const jobId = await take(before, 10);
    const { result } = (await readResult(before, jobId)) ?? {};
    const [frame] = result?.entities ?? [];
    const task = await taskOfJob(before, jobId);
    const oldAt = Date.parse(result?.receivedAt ?? '') + 1_000;
    await eventually(Date.now, (now) => now > oldAt);
    const after = await world.start({ config: { results: { retentionMs: 1_000 } } });
    await eventually(
      () => stateOf(after, jobId),
      (state) => state === 'EXPIRED',
    );
    expect(await readResult(after, jobId)).toMatchObject({ state: 'FINISHED', resultState: 'EXPIRED', result: null });
    expect(await readSymetryJob(after, jobId)).toMatchObject({ id: jobId });
    expect(await readTask(after, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
    const { data } = await after.query<{ readonly nodes: readonly unknown[] }>('query N($ids: [ID!]!) { nodes(ids: $ids) { id } }', {
      ids: [result?.id, frame?.id],
    });
    expect(data?.nodes).toEqual([null, null]);
    const { errors } = await symetryVerb(after, 'collectJobResult', { jobId });
    expect(errors).toMatchObject([{ code: 'WRONG_STATE' }]);
    expect((await world.simulator.jobs()).map(({ reads, lateReads }) => [reads, lateReads])).toEqual([[1, 0]]);
  });

  it('because there are too many bytes is the oldest', async () => {
    const rig = await world.start({ config: { results: { maxBytes: 60_000 } } });
    const first = await take(rig, 1_000);
    const second = await take(rig, 1_000);
    const third = await take(rig, 1_000);
    await eventually(
      () => stateOf(rig, first),
      (state) => state === 'EXPIRED',
    );
    expect([await stateOf(rig, second), await stateOf(rig, third)]).toEqual(['AVAILABLE', 'AVAILABLE']);
    const again = await world.start({ config: { results: { maxBytes: 60_000 } } });
    expect([await stateOf(again, first), await stateOf(again, second), await stateOf(again, third)]).toEqual([
      'EXPIRED',
      'AVAILABLE',
      'AVAILABLE',
    ]);
  });

  it('is never the only one, however large: it would be gone before anybody saw it', async () => {
    const rig = await world.start({ config: { results: { maxBytes: 2_000 } } });
    const jobId = await take(rig, 1_000);
    expect(await stateOf(rig, jobId)).toBe('AVAILABLE');
  });
});
