import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callsSince, createGatewayRig, type GatewayRig, readTask, type SeenError } from '../support/gateway-rig.js';

let rig: GatewayRig;
beforeEach(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'es' }] });
});
afterEach(() => rig.dispose());

/** Work of another part of the cluster: it can be cancelled, and is none of this gateway's. */
const copyIndex = async (): Promise<string> => {
  const { url } = rig.sim('es');
  await fetch(`${url}/metrics`, { method: 'PUT' });
  const answer = await fetch(`${url}/_reindex?wait_for_completion=false&requests_per_second=10`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ source: { index: 'metrics', size: 100 }, dest: { index: 'copy' } }),
  });
  return ((await answer.json()) as { readonly task: string }).task;
};
const isRunning = async (native: string): Promise<boolean> => {
  const answer = await fetch(`${rig.sim('es').url}/_tasks/${native}`);
  const { completed, task } = (await answer.json()) as { readonly completed: boolean; readonly task: { readonly cancelled?: boolean } };
  return !completed && task.cancelled !== true;
};

describe('a task of the cluster that is no work on a job', () => {
  it('is not found by its id, whichever way it is asked for', async () => {
    const native = await copyIndex();
    const id = `task:es:${native}`;
    expect(await isRunning(native)).toBe(true);
    expect(await readTask(rig, id)).toBeNull();
    const { data } = await rig.query(
      'query Q($id: ID!) { node(id: $id) { id } nodes(ids: [$id]) { id } tasks(filter: { ids: [$id] }) { totalCount nodes { id raw } } }',
      { id },
    );
    expect(data).toEqual({ node: null, nodes: [null], tasks: { totalCount: 0, nodes: [] } });
  });

  it('cannot be cancelled, and nothing is sent that would', async () => {
    const native = await copyIndex();
    const before = rig.sim('es').calls();
    const { cancelTask } = await rig.ask<{ readonly cancelTask: { readonly task: unknown; readonly errors: readonly SeenError[] } }>(
      'mutation C($taskId: ID!) { cancelTask(input: { taskId: $taskId }) { task { id raw } errors { code message path } } }',
      { taskId: `task:es:${native}` },
    );
    expect(cancelTask).toMatchObject({ task: null, errors: [{ code: 'NOT_FOUND', path: ['input', 'taskId'] }] });
    expect(callsSince(before, rig.sim('es').calls())).toEqual({ 'GET /_tasks/{id}': 1 });
    expect(await isRunning(native)).toBe(true);
  });
});
