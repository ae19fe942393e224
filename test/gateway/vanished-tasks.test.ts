import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsSince, createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';

interface SeenTask {
  readonly id: string;
  readonly nativeId: string | null;
  readonly state: string;
}

const job = 'theirs';
let rig: GatewayRig;
beforeEach(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
  await rig.sim('es').job(job, { state: 'closed', recordsPerSecond: 0, resetMs: 600 });
});
afterEach(() => rig.dispose());

/** Somebody else's reset. `stored`: Elasticsearch keeps how it ended. */
const reset = async (stored: boolean): Promise<Promise<unknown>> => {
  const answer = fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/${job}/_reset?wait_for_completion=${!stored}`, { method: 'POST' });
  if (stored) await answer;
  return answer;
};
const tasks = async (): Promise<readonly SeenTask[]> => {
  const data = await rig.ask<{ readonly tasks: { readonly totalCount: number; readonly nodes: readonly SeenTask[] } }>(
    '{ tasks { totalCount nodes { id nativeId state } } }',
  );
  expect(data.tasks.totalCount).toBe(data.tasks.nodes.length);
  return data.tasks.nodes;
};
const isListed = async (): Promise<boolean> => {
  const answer = await fetch(`${rig.sim('es').url}/_tasks?actions=*xpack/ml/job/reset*`);
  return (await answer.text()).includes('job/reset');
};

describe('a task that others began, which a query saw running, and its vendor lists no more', () => {
  it.each([
    ['whose end is stored', true],
    ['of which nothing is left but its job', false],
  ])('stays in the list of who asks again, and ends there though nobody watches: %s', async (_, stored) => {
    const answered = reset(stored);
    const [seen] = await eventually(tasks, ({ length }) => length === 1);
    expect(seen?.state).toBe('RUNNING');
    await answered;
    await eventually(isListed, (listed) => !listed);

    const [again] = await tasks();
    expect(again).toMatchObject({ id: seen?.id });
    const [ended] = await eventually(tasks, ([task]) => task?.state === 'SUCCEEDED');
    expect(ended).toMatchObject({ id: seen?.id });

    // Found out: nobody asks any more.
    const before = rig.sim('es').calls();
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(callsSince(before, rig.sim('es').calls())).toEqual({});
  });

  it('of several, each ends, though one is found out sooner', async () => {
    await rig.sim('es').job('other', { state: 'closed', recordsPerSecond: 0, resetMs: 600 });
    const other = fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/other/_reset?wait_for_completion=true`, { method: 'POST' });
    const stored = reset(true);
    await eventually(tasks, (seen) => seen.length === 2 && seen.every(({ state }) => state === 'RUNNING'));
    await Promise.all([other, stored]);
    await eventually(isListed, (listed) => !listed);
    await eventually(tasks, (seen) => seen.length === 2 && seen.every(({ state }) => state === 'SUCCEEDED'));
  });
});
