import { afterEach, describe, expect, it } from 'vitest';
import {
  createGatewayRig,
  endOfTask,
  eventually,
  type GatewayRig,
  type RigSetup,
  readJob,
  readTask,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

/** A closed job with two snapshots and three anomalies, of which one is newer than both. */
const plant = async (more: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const now = Date.now();
  await rig.sim('es').job('kept', {
    state: 'closed',
    snapshots: ['1575402236', '1575402237'],
    anomalies: [
      { timestamp: now - 7_200_000, score: 40 },
      { timestamp: now - 3_600_000, score: 70 },
      { timestamp: now + 3_600_000, score: 90 },
    ],
    ...more,
  });
};

interface Model {
  readonly job: {
    readonly state: string;
    readonly anomalies: { readonly totalCount: number | null };
    readonly details: {
      readonly raw: { readonly [source: string]: { readonly model_snapshot_id?: string } | undefined } | null;
      readonly modelSnapshots: { readonly totalCount: number | null; readonly nodes: readonly { readonly snapshotId: string }[] };
    };
  };
}
const model = async (): Promise<Model['job']> =>
  (
    await rig.ask<Model>(`{ job(id: "job:es:kept") { state anomalies { totalCount }
      details { ... on ElasticsearchJobDetails { raw modelSnapshots { totalCount nodes { snapshotId } } } } } }`)
  ).job;

/** The snapshot the job would go on from, as the vendor's own configuration says. */
const snapshotInUse = async (): Promise<string | undefined> => {
  const answer = await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/kept`);
  const { jobs } = (await answer.json()) as { readonly jobs: readonly { readonly model_snapshot_id?: string }[] };
  return jobs[0]?.model_snapshot_id;
};

describe('reverting a job', () => {
  it('is a task of the gateway; meanwhile the job is REVERTING, afterwards closed on the older model', async () => {
    await begin();
    await plant({ revertMs: 4_000 });
    expect(await snapshotInUse()).toBe('1575402237');
    const { task, errors } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1575402236' });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'REVERT', vendorType: 'gateway:revert', nativeId: null, job: { nativeId: 'kept' } });
    const during = await eventually(
      () => readJob(rig, 'job:es:kept'),
      (job) => job?.state === 'REVERTING',
    );
    expect(during).toMatchObject({ currentTask: { id: task?.id, kind: 'REVERT' }, allowedActions: ['DELETE_JOB'] });
    expect(await endOfTask(rig, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null, endedAt: expect.any(String) });
    expect(await snapshotInUse()).toBe('1575402236');
    expect(await readJob(rig, 'job:es:kept')).toMatchObject({
      state: 'CLOSED',
      currentTask: null,
      allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB'],
    });
  });

  it('keeps the results made since, unless told to delete them', async () => {
    await begin();
    await plant();
    await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1575402236', waitMs: 15_000 });
    expect((await model()).anomalies.totalCount).toBe(3);
    const { task } = await verb(rig, 'revertJob', {
      jobId: 'job:es:kept',
      snapshotId: '1575402236',
      deleteInterveningResults: true,
      waitMs: 15_000,
    });
    expect(task?.state).toBe('SUCCEEDED');
    expect((await model()).anomalies.totalCount).toBe(2);
  });

  it('to `empty` is the model of a job that has learnt nothing; its snapshots stay', async () => {
    await begin();
    await plant();
    expect((await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: 'empty', waitMs: 15_000 })).task?.state).toBe('SUCCEEDED');
    expect(await snapshotInUse()).toBeUndefined();
    expect((await model()).details.modelSnapshots.nodes.map(({ snapshotId }) => snapshotId)).toHaveLength(2);
  });

  it('to each snapshot its own list shows works', async () => {
    await begin();
    await plant();
    const { nodes } = (await model()).details.modelSnapshots;
    expect(nodes).toHaveLength(2);
    for (const { snapshotId } of nodes) {
      expect((await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId, waitMs: 15_000 })).errors).toEqual([]);
      expect(await snapshotInUse()).toBe(snapshotId);
    }
  });

  it('to a snapshot there is not fails in the task and in the answer that waits, in the vendor’s words', async () => {
    await begin();
    await plant();
    const { job, task, errors } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1', waitMs: 15_000 });
    expect(task).toMatchObject({ state: 'FAILED', error: { code: 'NOT_FOUND', message: 'The job has no such model snapshot.' } });
    expect(errors).toEqual([expect.objectContaining({ __typename: 'NotFoundError', code: 'NOT_FOUND' })]);
    expect(job).toMatchObject({ state: 'CLOSED' });
    expect(await snapshotInUse()).toBe('1575402237');
  });

  it.each(['_all', 'a/b', '*', '1,2', ''])('never sends “%s” for a snapshot', async (snapshotId) => {
    await begin();
    await plant();
    const calls = await rig.sim('es').costOf(async () => {
      const { errors } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId, waitMs: 15_000 });
      expect(errors.map(({ code }) => code)).toEqual([expect.stringMatching(/^(?:NOT_FOUND|INVALID_INPUT)$/)]);
    });
    expect(Object.keys(calls).filter((route) => route.includes('_revert'))).toEqual([]);
  });

  it('gives a repeat with the same key the first outcome', async () => {
    await begin();
    await plant();
    const input = {
      jobId: 'job:es:kept',
      snapshotId: '1575402236',
      idempotencyKey: '1c7b3f2e-58a4-4f7e-9f4d-3b1e5f6a7c80',
      waitMs: 15_000,
    };
    const first = await verb(rig, 'revertJob', input);
    const calls = await rig.sim('es').costOf(async () => {
      expect((await verb(rig, 'revertJob', input)).task?.id).toBe(first.task?.id);
    });
    expect(Object.keys(calls).filter((route) => route.includes('_revert'))).toEqual([]);
  });

  it('is found again by its task’s id, alone and in the list of its job', async () => {
    await begin();
    await plant();
    const { task } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1575402236', waitMs: 15_000 });
    expect(await readTask(rig, task?.id ?? '')).toMatchObject({ kind: 'REVERT', state: 'SUCCEEDED' });
    const { tasks } = await rig.ask<{ readonly tasks: { readonly nodes: readonly { readonly id: string }[] } }>(
      '{ tasks(filter: { kinds: [REVERT] }) { nodes { id } } }',
    );
    expect(tasks.nodes.map(({ id }) => id)).toEqual([task?.id]);
  });

  it('whose answer is lost is not sent twice, and the job shows how it stands', async () => {
    await begin();
    await plant();
    const route = 'POST /_ml/anomaly_detectors/{id}/model_snapshots/{snapshot_id}/_revert';
    rig.sim('es').setFaults([{ route, cutAfterBytes: 3 }]);
    const { task } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1575402236' });
    await eventually(snapshotInUse, (id) => id === '1575402236');
    const told = await eventually(
      () => readTask(rig, task?.id ?? ''),
      (seen) => seen?.error != null,
    );
    expect(told?.state).not.toBe('SUCCEEDED');
    expect(rig.sim('es').calls()[route]).toBe(1);
    expect(await readJob(rig, 'job:es:kept')).toMatchObject({ state: 'CLOSED' });
  });

  it.each(['7.9', '7.10', '7.17', '9.1'])('works on %s', async (version) => {
    await begin({ version });
    await plant();
    const { task, errors } = await verb(rig, 'revertJob', { jobId: 'job:es:kept', snapshotId: '1575402236', waitMs: 15_000 });
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'REVERT', state: 'SUCCEEDED' });
    expect(await snapshotInUse()).toBe('1575402236');
  });
});
