import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGatewayRig, type GatewayRig, type RigSimulator, readTask, startSimulator, verb } from '../support/gateway-rig.js';

let folder: string;
let simulator: RigSimulator;
let rig: GatewayRig | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-restart-'));
  simulator = await startSimulator();
});
afterEach(async () => {
  await rig?.dispose();
  rig = undefined;
  await simulator.dispose();
  await rm(folder, { recursive: true, force: true });
});

const start = async (backend: string, config: Readonly<Record<string, unknown>> = {}): Promise<GatewayRig> => {
  await rig?.dispose();
  rig = await createGatewayRig({
    backends: [{ id: backend, url: simulator.url, config }],
    config: { store: { kind: 'embedded', path: join(folder, 'store') } },
  });
  return rig;
};

describe('a gateway that starts again on its store', () => {
  it('knows the tasks it ran, newest first, with who they belong to', async () => {
    const before = await start('es');
    const closed = await verb(before, 'closeJob', { jobId: 'job:es:nginx-request-rate', waitMs: 10_000 });
    const reset = await verb(before, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true, waitMs: 10_000 });
    const after = await start('es');
    const { tasks } = await after.ask<{ readonly tasks: { readonly nodes: readonly { readonly id: string; readonly state: string }[] } }>(
      '{ tasks { nodes { id state } } }',
    );
    expect(tasks.nodes).toEqual([reset, closed].map(({ task }) => ({ id: task?.id, state: 'SUCCEEDED' })));
    expect(await readTask(after, closed.task?.id ?? '')).toMatchObject({
      kind: 'CLOSE',
      state: 'SUCCEEDED',
      job: { nativeId: 'nginx-request-rate' },
    });
  });

  it('without a backend it had: its tasks are unknown, and nothing else minds', async () => {
    const before = await start('es');
    const { task } = await verb(before, 'closeJob', { jobId: 'job:es:nginx-request-rate', waitMs: 10_000 });
    await simulator.job('slow', { state: 'opened', closeMs: 60_000 });
    const unfinished = await verb(before, 'closeJob', { jobId: 'job:es:slow' });
    const after = await start('other');
    const { data, errors } = await after.query(
      'query Q($ids: [ID!]!) { nodes(ids: $ids) { id } tasks { totalCount unavailable { code } } jobs { totalCount } }',
      {
        ids: [task?.id, unfinished.task?.id],
      },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: [null, null], tasks: { totalCount: 0, unavailable: [] }, jobs: { totalCount: 13 } });
    const cancelled = await after.query(`mutation C($id: ID!) { cancelTask(input: { taskId: $id }) { task { id } errors { code } } }`, {
      id: task?.id,
    });
    expect(cancelled.data).toEqual({ cancelTask: { task: null, errors: [{ code: 'NOT_FOUND' }] } });
  });

  it('read-only now offers no verb for what it had begun', async () => {
    await simulator.job('dns-tunneling', { resetMs: 60_000 });
    const before = await start('es');
    const { task } = await verb(before, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(task?.cancellable).toBe(true);
    const after = await start('es', { readOnly: true });
    expect(await readTask(after, task?.id ?? '')).toMatchObject({ id: task?.id, state: 'RUNNING', cancellable: false });
    const cancelled = await after.query(
      'mutation C($id: ID!) { cancelTask(input: { taskId: $id }) { task { id state } errors { code message } } }',
      { id: task?.id },
    );
    expect(cancelled.data).toMatchObject({ cancelTask: { errors: [{ code: 'REFUSED', message: expect.stringContaining('read-only') }] } });
  });

  it('answers a repeat with the first outcome, for one job and for many', async () => {
    const input = { jobId: 'job:es:nginx-request-rate', idempotencyKey: 'c0d6d2a1-9a6e-4f7e-8f7b-5e0b8a1c9d11', waitMs: 10_000 };
    const first = await verb(await start('es'), 'closeJob', input);
    const second = await verb(await start('es'), 'closeJob', input);
    expect(second.task?.id).toBe(first.task?.id);
    expect(simulator.calls()['POST /_ml/anomaly_detectors/{id}/_close']).toBe(1);
  });

  it('beginning with its backend down serves, says so, and follows what it had begun when it is back', async () => {
    await simulator.job('dns-tunneling', { resetMs: 2_000 });
    const before = await start('es');
    const { task } = await verb(before, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await before.dispose();
    simulator.setFaults([{ route: '*', reset: true }]);
    const after = await start('es', { http: { breakerResetMs: 100, maxRetries: 0 } });
    const known = await after.ask('query T($id: ID!) { task(id: $id) { id kind state } }', { id: task?.id });
    expect(known).toEqual({ task: { id: task?.id, kind: 'RESET', state: 'RUNNING' } });
    const { backends } = await after.ask<{ readonly backends: readonly unknown[] }>('{ backends { key version health { status code } } }');
    expect(backends).toEqual([{ key: 'es', version: null, health: { status: 'DOWN', code: 'BACKEND_UNAVAILABLE' } }]);
    const progress = after.subscribe<{ readonly taskProgress: { readonly task: { readonly state: string } } }>(
      'subscription P($id: ID!) { taskProgress(id: $id) { task { state } } }',
      { id: task?.id },
    );
    await progress.next();
    simulator.setFaults([]);
    await progress.ended;
    expect(progress.seen.at(-1)?.taskProgress.task.state).toBe('SUCCEEDED');
  });
});
