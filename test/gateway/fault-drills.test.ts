import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Fault } from '../../src/simulator/simulator.js';
import {
  type BackendSetup,
  createGatewayRig,
  endOfTask,
  eventually,
  type GatewayRig,
  leaksIn,
  readJob,
  type SeenJob,
  sumOf,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
let folder: string;
let file: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vigil-drills-'));
  file = join(folder, 'faults.json');
});
afterEach(() => rig.dispose());
afterAll(() => rmSync(folder, { recursive: true }));

/** Changes the fault file at one stroke, so that nobody reads half of it. */
const faults = (list: readonly Fault[]): void => {
  writeFileSync(`${file}.new`, JSON.stringify({ faults: list }));
  renameSync(`${file}.new`, file);
};

const impatient = { requestTimeoutMs: 1_500, maxRetries: 1, breakerThreshold: 1_000 };

const begin = async (http: Readonly<Record<string, number>> = impatient, setup: Partial<BackendSetup> = {}): Promise<void> => {
  faults([]);
  rig = await createGatewayRig({ backends: [{ id: 'es', faultsFile: file, ...setup, config: { ...setup.config, http } }] });
};

interface Health {
  readonly status: string;
  readonly code: string | null;
}
interface Step {
  readonly jobsChanged: {
    readonly reset: boolean;
    readonly added: readonly SeenJob[];
    readonly changed: readonly SeenJob[];
    readonly backends: readonly { readonly key: string; readonly health: Health }[];
  };
}

/** Watches the jobs until a test is over; the first step has come. */
const watchJobs = async () => {
  const jobs = rig.subscribe<Step>(
    `subscription { jobsChanged { reset added { id nativeId state } changed { id nativeId state node { id } } backends { key health { status code } } } }`,
  );
  await jobs.next();
  const healthAfter = (from: number): readonly Health[] =>
    jobs.seen.slice(from).flatMap(({ jobsChanged }) => jobsChanged.backends.map(({ health }) => health));
  return {
    ...jobs,
    /** Waits for a health told after so many steps. */
    health: (from: number, isIt: (health: Health) => boolean) =>
      eventually(
        () => healthAfter(from),
        (told) => told.some(isIt),
      ),
    state: (job: string, state: string, from = 0) =>
      eventually(
        () => jobs.seen.slice(from).flatMap(({ jobsChanged }) => jobsChanged.changed),
        (changed) => changed.some((each) => each.nativeId === job && each.state === state),
      ),
  };
};

interface Listed {
  readonly jobs: {
    readonly totalCount: number | null;
    readonly unavailable: readonly { readonly part: string; readonly code: string; readonly retryAfterMs: number | null }[];
  };
}
const list = async (): Promise<Listed['jobs']> =>
  (await rig.ask<Listed>('{ jobs { totalCount nodes { id state } unavailable { part code retryAfterMs } } }')).jobs;

const rejected = { error: { type: 'es_rejected_execution_exception', reason: 'rejected execution of task' }, status: 429 };
const noMaster = { error: { type: 'master_not_discovered_exception', reason: 'no master' }, status: 503 };

interface Drill {
  readonly what: string;
  readonly fault: Omit<Fault, 'route'>;
  readonly code: string;
  readonly retryAfterMs?: number;
}
const drills: readonly Drill[] = [
  { what: 'latency past the deadline', fault: { latencyMs: 60_000 }, code: 'TIMEOUT' },
  { what: 'a connection that is reset', fault: { reset: true }, code: 'BACKEND_UNAVAILABLE' },
  { what: 'a body that is cut', fault: { cutAfterBytes: 12 }, code: 'BACKEND_UNAVAILABLE' },
  { what: '429 without Retry-After', fault: { status: 429, body: rejected }, code: 'BACKEND_UNAVAILABLE' },
  {
    what: '429 with Retry-After',
    fault: { status: 429, body: rejected, headers: { 'retry-after': '2' } },
    code: 'BACKEND_UNAVAILABLE',
    retryAfterMs: 2_000,
  },
  { what: '503', fault: { status: 503, body: noMaster }, code: 'BACKEND_UNAVAILABLE' },
];

describe('a fault that comes and goes', () => {
  it.each(drills)('$what: its code in lists, health and verbs; the stream survives and goes on', async ({ fault, code, retryAfterMs }) => {
    await begin();
    const jobs = await watchJobs();
    const before = jobs.seen.length;
    faults([{ route: '*', ...fault }]);
    await jobs.health(before, (health) => health.status !== 'UP' && health.code === code);
    expect((await list()).unavailable).toEqual([{ part: 'ALL', code, retryAfterMs: retryAfterMs ?? null }]);
    const { job, task, errors } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    expect({ job, task, errors }).toEqual({
      job: null,
      task: null,
      errors: [expect.objectContaining({ code, path: ['input', 'jobId'] })],
    });

    const during = jobs.seen.length;
    faults([]);
    // What was asked of the ill backend is asked again: list, statistics, and the job of the verb.
    await readJob(rig, 'job:es:payment-amount-outliers');
    await jobs.health(during, ({ status, code: left }) => status === 'UP' && left === null);
    // The first answer may be that of a read that began before.
    await eventually(list, ({ totalCount, unavailable }) => totalCount === 12 && unavailable.length === 0);
    expect((await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 })).errors).toEqual([]);
    await jobs.state('payment-amount-outliers', 'CLOSED', during);
    expect(jobs.seen.slice(1).filter(({ jobsChanged }) => jobsChanged.reset)).toEqual([]);
    expect(leaksIn(rig.answers, [])).toEqual([]);
    jobs.stop();
  });

  it.each(drills)('$what: fifty who ask at once cost what a few do', async ({ fault, code }) => {
    await begin({ ...impatient, requestTimeoutMs: code === 'TIMEOUT' ? 1_500 : 10_000 });
    await list();
    faults([{ route: 'GET /_ml/anomaly_detectors', latencyMs: 500, ...fault }]);
    const calls = await rig.sim('es').costOf(async () => {
      for (const { unavailable } of await Promise.all(Array.from({ length: 50 }, list))) {
        expect(unavailable).toContainEqual(expect.objectContaining({ part: 'ALL', code }));
      }
    });
    // One call and its retry where all arrive while the first is under way; without sharing they would be a hundred.
    expect(calls['GET /_ml/anomaly_detectors']).toBeLessThan(20);
  });

  it('on what was asked only once, and by nobody since, does not keep a backend DEGRADED that is watched and well', async () => {
    await begin();
    const jobs = await watchJobs();
    const route = 'GET /_ml/anomaly_detectors/{id}';
    faults([{ route, status: 503, body: noMaster }]);
    const before = jobs.seen.length;
    expect((await rig.query('{ job(id: "job:es:dns-tunneling") { id state } }')).errors).toHaveLength(1);
    await jobs.health(before, ({ status }) => status === 'DEGRADED');
    faults([]);
    await jobs.health(before, ({ status }) => status === 'UP');
    jobs.stop();
  });
});

describe('a verb that meets a fault', () => {
  it('429 to a close: is sent once, and the job stays open', async () => {
    await begin();
    faults([{ route: 'POST /_ml/anomaly_detectors/{id}/_close', status: 429, body: rejected, headers: { 'retry-after': '7' } }]);
    const calls = await rig.sim('es').costOf(async () => {
      const { errors, job } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
      expect(errors).toEqual([expect.objectContaining({ __typename: 'BackendUnavailableError', outcomeUnknown: false })]);
      expect(job?.state).toBe('OPENED');
    });
    expect(calls['POST /_ml/anomaly_detectors/{id}/_close']).toBe(1);
  });

  it.each([
    { what: '503', fault: { status: 503, body: noMaster } },
    { what: '429 with Retry-After', fault: { status: 429, body: rejected, headers: { 'retry-after': '7' } }, retryAfterMs: 7_000 },
  ])('$what to a reset: it has not begun, is not repeated by itself, and works when asked again', async ({ fault, retryAfterMs }) => {
    await begin();
    faults([{ route: 'POST /_ml/anomaly_detectors/{id}/_reset', count: 1, ...fault }]);
    const calls = await rig.sim('es').costOf(async () => {
      const { errors } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
      expect(errors).toEqual([
        expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', outcomeUnknown: false, retryAfterMs: retryAfterMs ?? null }),
      ]);
    });
    expect(calls['POST /_ml/anomaly_detectors/{id}/_reset']).toBe(1);
    expect(await readJob(rig, 'job:es:dns-tunneling')).toMatchObject({ state: 'CLOSED', currentTask: null });
    expect((await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 })).task?.state).toBe('SUCCEEDED');
  });

  it.each([
    { what: 'reset', fault: { reset: true } },
    { what: 'cut', fault: { cutAfterBytes: 5 } },
  ])('the connection is $what under a task that is watched: it ends as the vendor ends it', async ({ fault }) => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 6_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const progress = rig.subscribe<{ readonly taskProgress: { readonly task: { readonly state: string } } }>(
      'subscription P($id: ID!) { taskProgress(id: $id) { task { id state } } }',
      { id: task?.id },
    );
    await progress.next();
    const before = rig.sim('es').calls();
    faults([{ route: '*', ...fault }]);
    await eventually(
      () => rig.sim('es').total() - sumOf(before),
      (hit) => hit > 3,
    );
    faults([]);
    await progress.ended;
    expect(progress.seen.at(-1)?.taskProgress.task.state).toBe('SUCCEEDED');
  });
});

const breakerStates = (): readonly unknown[] => rig.logs.filter(({ msg }) => msg === 'breaker').map(({ state }) => state);

describe('a storm of 503 under a watched list', () => {
  it('opens the breaker: then nobody’s question reaches the backend', async () => {
    await begin({ breakerThreshold: 5, breakerResetMs: 600_000, maxRetries: 2 });
    const jobs = await watchJobs();
    const calls = rig.sim('es').calls();
    faults([{ route: '*', status: 503, body: noMaster }]);
    await eventually(breakerStates, (states) => states.includes('open'));
    // Five failures in a row, and what was under way beside them.
    expect(rig.sim('es').total() - sumOf(calls)).toBeLessThan(40);
    expect(
      await rig.sim('es').costOf(async () => {
        // One that shares a read the loop had under way is told its 503, the others when the breaker lets somebody try.
        for (const { unavailable } of await Promise.all(Array.from({ length: 30 }, list)))
          expect(unavailable).toEqual([expect.objectContaining({ part: 'ALL', code: 'BACKEND_UNAVAILABLE' })]);
        expect((await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling' })).errors).toEqual([
          expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', outcomeUnknown: false }),
        ]);
      }),
    ).toEqual({});
    jobs.stop();
  });

  it('closes the breaker again once the backend answers, and the stream goes on', async () => {
    await begin({ breakerThreshold: 5, breakerResetMs: 200, maxRetries: 2 });
    const jobs = await watchJobs();
    const before = jobs.seen.length;
    faults([{ route: '*', status: 503, body: noMaster }]);
    await eventually(breakerStates, (states) => states.filter((state) => state === 'open').length > 1);
    await jobs.health(before, ({ status }) => status !== 'UP');
    expect(breakerStates()).not.toContain('closed');
    const during = jobs.seen.length;
    faults([]);
    await jobs.health(during, ({ status }) => status === 'UP');
    expect(breakerStates().slice(-2)).toEqual(['half-open', 'closed']);
    await rig.sim('es').job('dns-tunneling', { state: 'opened' });
    await jobs.state('dns-tunneling', 'OPENED', during);
    jobs.stop();
  });

  it('that ends within the retries is noticed by nobody', async () => {
    await begin({ ...impatient, requestTimeoutMs: 15_000, maxRetries: 2 });
    await list();
    faults([{ route: 'GET /_ml/anomaly_detectors', count: 1, status: 503, body: noMaster }]);
    expect(await list()).toMatchObject({ totalCount: 12, unavailable: [] });
  });
});

describe('a node lost in the middle of a reset', () => {
  it('that the task ran on: the task ends and says so, the list lives on, and resetting again frees the job', async () => {
    await begin();
    const jobs = await watchJobs();
    await rig.sim('es').job('dns-tunneling', { resetMs: 600_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await jobs.state('dns-tunneling', 'RESETTING');
    const node = (await rig.sim('es').state()).nodes.find(({ id }) => task?.nativeId?.startsWith(`${id}:`));
    await rig.sim('es').loseNode(node?.name ?? '');
    const ended = await endOfTask(rig, task?.id ?? '');
    expect(ended.state).toMatch(/^(?:LOST|FAILED)$/);
    expect(ended.error?.message).toEqual(expect.any(String));

    const job = await readJob(rig, 'job:es:dns-tunneling');
    expect(job?.state).toMatch(/^(?:RESETTING|CLOSED)$/);
    expect(job?.allowedActions).toContain('RESET_JOB');
    await rig.sim('es').job('dns-tunneling', { resetMs: 200, blocked: null });
    const from = jobs.seen.length;
    expect((await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 })).task?.state).toBe('SUCCEEDED');
    await jobs.state('dns-tunneling', 'CLOSED', from);
    jobs.stop();
  });

  it('that has no part in it: the reset succeeds, and the jobs it ran are told without node, then with another', async () => {
    await begin();
    const jobs = await watchJobs();
    const { nodes, jobs: all } = (await rig.sim('es').state()) as unknown as {
      readonly nodes: readonly { readonly id: string; readonly name: string }[];
      readonly jobs: readonly { readonly id: string; readonly node: string | null }[];
    };
    const third = nodes[2];
    const hit = all.find(({ node }) => node === third?.id)?.id;
    expect(hit).toBeDefined();
    await rig.sim('es').job('dns-tunneling', { resetMs: 3_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await rig.sim('es').loseNode(third?.name ?? '');
    expect((await endOfTask(rig, task?.id ?? '')).state).toBe('SUCCEEDED');
    const node = await eventually(
      async () =>
        (
          await rig.ask<{ readonly job: { readonly node: { readonly nativeId: string } | null } }>(
            `{ job(id: "job:es:${hit}") { node { nativeId } } }`,
          )
        ).job.node,
      (now) => now !== null && now.nativeId !== third?.id,
    );
    expect(nodes.slice(0, 2).map(({ id }) => id)).toContain(node?.nativeId);
    jobs.stop();
  });
});

describe('credentials revoked while watching', () => {
  it('are told as FORBIDDEN, by the stream as well; it goes on when they are given again', async () => {
    const users = [{ name: 'op', password: 'pw-of-the-operator', privileges: ['manage_ml', 'monitor'] }];
    await begin(impatient, { users, config: { auth: { kind: 'basic', username: 'op', password: 'pw-of-the-operator' } } });
    const jobs = await watchJobs();
    const before = jobs.seen.length;
    await rig.sim('es').settings({ users: [] });
    await jobs.health(before, ({ status, code }) => status !== 'UP' && code === 'FORBIDDEN');
    expect((await list()).unavailable).toEqual([{ part: 'ALL', code: 'FORBIDDEN', retryAfterMs: null }]);
    const refused = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    expect(refused).toMatchObject({ task: null, errors: [{ __typename: 'ForbiddenError', code: 'FORBIDDEN' }] });

    const during = jobs.seen.length;
    await rig.sim('es').settings({ users });
    await readJob(rig, 'job:es:payment-amount-outliers');
    await jobs.health(during, ({ status }) => status === 'UP');
    await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    await jobs.state('payment-amount-outliers', 'CLOSED', during);
    expect(leaksIn(rig.answers, ['pw-of-the-operator'])).toEqual([]);
    jobs.stop();
  });

  it('of which one privilege is taken: the stream shows all it may, the verb names what is missing', async () => {
    const user = { name: 'op', password: 'pw-of-the-operator', privileges: ['manage_ml', 'monitor'] };
    await begin(impatient, { users: [user], config: { auth: { kind: 'basic', username: 'op', password: user.password } } });
    const jobs = await watchJobs();
    await rig.sim('es').settings({ users: [{ ...user, privileges: ['monitor_ml', 'monitor'] }] });
    const { errors } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
    expect(errors).toEqual([expect.objectContaining({ code: 'FORBIDDEN', missing: ['manage_ml'] })]);
    await rig.sim('es').job('dns-tunneling', { state: 'opened' });
    await jobs.state('dns-tunneling', 'OPENED');
    jobs.stop();
  });
});
