import { afterEach, describe, expect, it } from 'vitest';
import {
  bulkVerb,
  createGatewayRig,
  errorFields,
  eventually,
  type GatewayRig,
  jobFields,
  leaksIn,
  type RigSetup,
  readJob,
  readTask,
  type SeenError,
  type SeenJob,
  type SeenTask,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

interface JobsStep {
  readonly jobsChanged: {
    readonly cursor: string;
    readonly reset: boolean;
    readonly synced: boolean;
    readonly added: readonly SeenJob[];
    readonly changed: readonly SeenJob[];
    readonly left: readonly SeenJob[];
    readonly forgotten: readonly string[];
    readonly backends: readonly { readonly key: string; readonly health: { readonly status: string; readonly code: string | null } }[];
    readonly stateCounts: readonly { readonly state: string; readonly count: number }[];
  };
}
const jobsDocument = `subscription J($filter: JobFilter, $after: String, $snapshot: Boolean! = true) {
  jobsChanged(filter: $filter, after: $after, snapshot: $snapshot) {
    cursor reset synced added { ${jobFields} } changed { ${jobFields} } left { ${jobFields} } forgotten
    backends { id key health { status code } } stateCounts { state count }
  }
}`;
const watchJobs = (variables: Readonly<Record<string, unknown>> = {}) => rig.subscribe<JobsStep>(jobsDocument, variables);
const statesOf = (name: string, steps: readonly JobsStep[]): readonly string[] =>
  steps.flatMap(({ jobsChanged }) =>
    [...jobsChanged.added, ...jobsChanged.changed, ...jobsChanged.left].flatMap((job) => (job.nativeId === name ? [job.state] : [])),
  );

describe('a live list of jobs', () => {
  it('begins with all that match, then tells each change with what the job is doing', async () => {
    await begin();
    await rig.sim('es').job('nginx-request-rate', { closeMs: 1_500 });
    const jobs = watchJobs();
    const first = await jobs.next();
    expect(first.jobsChanged).toMatchObject({
      reset: true,
      synced: true,
      changed: [],
      left: [],
      forgotten: [],
      backends: [{ key: 'es', health: { status: 'UP' } }],
    });
    expect(first.jobsChanged.added).toHaveLength(12);
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate' });
    await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, currentTask }) => nativeId === 'nginx-request-rate' && currentTask?.id === task?.id),
    );
    const closed = await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(
        ({ nativeId, state, currentTask }) => nativeId === 'nginx-request-rate' && state === 'CLOSED' && currentTask === null,
      ),
    );
    expect(closed.jobsChanged.changed.find(({ nativeId }) => nativeId === 'nginx-request-rate')).toMatchObject({
      datafeed: { state: 'STOPPED' },
      allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB'],
    });
    expect(statesOf('nginx-request-rate', jobs.seen)).toContain('CLOSING');
    jobs.stop();
  });

  it('with a filter lets those in that begin to match, and those out that stop, in the state that made them', async () => {
    await begin();
    const opened = watchJobs({ filter: { states: ['OPENED'] } });
    expect((await opened.next()).jobsChanged.added).toHaveLength(5);
    await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers' });
    const out = await opened.until(({ jobsChanged }) => jobsChanged.left.length > 0);
    expect(out.jobsChanged.left.map(({ nativeId, state }) => [nativeId, /^CLOS(?:ING|ED)$/.test(state)])).toEqual([
      ['payment-amount-outliers', true],
    ]);
    await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    const into = await opened.until(({ jobsChanged }) => jobsChanged.added.some(({ nativeId }) => nativeId === 'dns-tunneling'));
    expect(into.jobsChanged.stateCounts).toEqual([{ state: 'OPENED', count: 5 }]);
    opened.stop();
  });

  it('on being busy follows the tasks', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 3_000 });
    const busy = watchJobs({ filter: { busy: true } });
    expect((await busy.next()).jobsChanged.added).toEqual([]);
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await busy.until(({ jobsChanged }) => jobsChanged.added.some(({ nativeId }) => nativeId === 'dns-tunneling'));
    await busy.until(({ jobsChanged }) => jobsChanged.left.some(({ nativeId }) => nativeId === 'dns-tunneling'));
    busy.stop();
  });

  it('that joins a query sends what changes', async () => {
    await begin();
    const { jobs } = await rig.ask<{ readonly jobs: { readonly liveCursor: string } }>('{ jobs { liveCursor nodes { id } } }');
    const live = watchJobs({ after: jobs.liveCursor, snapshot: false });
    expect((await live.next()).jobsChanged.reset).toBe(false);
    await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    await live.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, state }) => nativeId === 'dns-tunneling' && state === 'OPENED'),
    );
    live.stop();
  });

  it.each(['garbage', '', 'AAAA'])('after a cursor nobody gave (%j) begins anew, without an error', async (after) => {
    await begin();
    const live = watchJobs({ after });
    expect((await live.next()).jobsChanged).toMatchObject({ reset: true });
    live.stop();
  });

  it('keeps what it has while the backend is down, says so, and goes on when it is back', async () => {
    await begin({ config: { http: { breakerResetMs: 100, maxRetries: 0 } } });
    const jobs = watchJobs();
    await jobs.next();
    rig.sim('es').setFaults([{ route: '*', reset: true }]);
    await jobs.until(({ jobsChanged }) => jobsChanged.backends.some(({ health }) => health.status === 'DOWN'));
    expect(jobs.seen.flatMap(({ jobsChanged }) => [...jobsChanged.left.map(({ id }) => id), ...jobsChanged.forgotten])).toEqual([]);
    rig.sim('es').setFaults([]);
    const before = jobs.seen.length;
    await eventually(
      () => jobs.seen.slice(before),
      (steps) => steps.some(({ jobsChanged }) => jobsChanged.backends.some(({ health }) => health.status === 'UP')),
    );
    await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling' });
    await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, state }) => nativeId === 'dns-tunneling' && state === 'OPENED'),
    );
    jobs.stop();
  });

  it('of a backend that is down begins empty, and fills when it comes', async () => {
    await begin({ config: { http: { breakerResetMs: 100, maxRetries: 0 } } });
    rig.sim('es').setFaults([{ route: '*', reset: true }]);
    const jobs = watchJobs();
    expect((await jobs.next()).jobsChanged).toMatchObject({ reset: true, added: [] });
    rig.sim('es').setFaults([]);
    await eventually(
      () => jobs.seen.flatMap(({ jobsChanged }) => jobsChanged.added.map(({ id }) => id)),
      (ids) => new Set(ids).size === 12,
    );
    jobs.stop();
  });

  it('of two backends, of which one hangs, has the jobs of the other', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'good' }, { id: 'hangs', config: { http: { requestTimeoutMs: 60_000 } } }] });
    rig.sim('hangs').setFaults([{ route: '*', hang: true }]);
    const jobs = watchJobs();
    const { jobsChanged } = await jobs.next();
    expect(jobsChanged.added).toHaveLength(12);
    expect(jobsChanged.added.every(({ id }) => id.startsWith('job:good:'))).toBe(true);
    jobs.stop();
  });

  it('sees what others do on the cluster: jobs made, closed and deleted there', async () => {
    await begin();
    const jobs = watchJobs();
    await jobs.next();
    await rig.sim('es').job('made-elsewhere', { state: 'opened', deleteMs: 50 });
    await jobs.until(({ jobsChanged }) => jobsChanged.added.some(({ nativeId }) => nativeId === 'made-elsewhere'));
    await rig.sim('es').job('made-elsewhere', { state: 'closed' });
    await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, state }) => nativeId === 'made-elsewhere' && state === 'CLOSED'),
    );
    await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/made-elsewhere`, { method: 'DELETE' });
    await jobs.until(({ jobsChanged }) => jobsChanged.forgotten.some((id) => id.startsWith('job:es:made-elsewhere~')));
    jobs.stop();
  });
});

describe('progress of one task', () => {
  it('of a close and reset in one ends with the parent; its children are tasks of their own', async () => {
    await begin();
    await rig.sim('es').job('nginx-request-rate', { closeMs: 500, resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true });
    const children = rig.subscribe<{
      readonly tasksProgress: { readonly added: readonly SeenTask[]; readonly changed: readonly SeenTask[] };
    }>(
      'subscription C($parents: [ID!]) { tasksProgress(filter: { parents: $parents }) { added { id kind state cancellable } changed { id kind state cancellable } } }',
      { parents: [task?.id] },
    );
    const seen = await children.until(({ tasksProgress }) =>
      [...tasksProgress.added, ...tasksProgress.changed].some(({ kind }) => kind === 'RESET'),
    );
    const reset = [...seen.tasksProgress.added, ...seen.tasksProgress.changed].find(({ kind }) => kind === 'RESET');
    const { cancelTask } = await rig.ask<{ readonly cancelTask: { readonly errors: readonly SeenError[] } }>(
      `mutation X($id: ID!) { cancelTask(input: { taskId: $id }) { errors { ${errorFields} } } }`,
      { id: reset?.id },
    );
    expect(cancelTask.errors).toEqual([]);
    const ended = await eventually(
      () => readTask(rig, task?.id ?? ''),
      (each) => each?.state !== 'RUNNING',
    );
    expect(ended).toMatchObject({ state: 'CANCELLED', error: { code: 'WRONG_STATE' } });
    children.stop();
  });

  it('that has ended already is its end, then complete', async () => {
    await begin();
    const { task } = await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    const progress = rig.subscribe<{ readonly taskProgress: { readonly task: SeenTask } }>(
      'subscription P($id: ID!) { taskProgress(id: $id) { task { id state } } }',
      { id: task?.id },
    );
    await progress.ended;
    expect(progress.seen).toEqual([{ taskProgress: { task: { id: task?.id, state: 'SUCCEEDED' } } }]);
  });

  it('is never older than the query before it: revisions only grow, and equal revisions are equal tasks', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 4_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const fields = 'id state counts { current maximum } revision';
    type Row = SeenTask & { readonly revision: number };
    const stream = rig.subscribe<{ readonly taskProgress: { readonly task: Row } }>(
      `subscription P($id: ID!) { taskProgress(id: $id) { task { ${fields} } } }`,
      { id: task?.id },
    );
    await stream.next();
    let latest = 0;
    let over = false;
    stream.ended.then(
      () => {
        over = true;
      },
      () => undefined,
    );
    const rows = new Map<number, string>();
    const note = (row: Row): void => {
      const text = JSON.stringify(row);
      expect(rows.get(row.revision) ?? text).toBe(text);
      rows.set(row.revision, text);
    };
    while (!over) {
      const atLeast = Math.max(0, ...stream.seen.map(({ taskProgress }) => taskProgress.task.revision));
      const { task: queried } = await rig.ask<{ readonly task: Row }>(`query T($id: ID!) { task(id: $id) { ${fields} } }`, {
        id: task?.id,
      });
      expect(queried.revision).toBeGreaterThanOrEqual(atLeast);
      expect(queried.revision).toBeGreaterThanOrEqual(latest);
      latest = queried.revision;
      note(queried);
    }
    const revisions = stream.seen.map(({ taskProgress }) => taskProgress.task.revision);
    expect(revisions).toEqual([...revisions].sort((left, right) => left - right));
    for (const { taskProgress } of stream.seen) note(taskProgress.task);
  });

  it('may ask for the job it works on, state and all', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 2_000 });
    const tasks = rig.subscribe<{ readonly tasksProgress: { readonly added: readonly SeenTask[]; readonly changed: readonly SeenTask[] } }>(
      `subscription { tasksProgress { added { id state job { ${jobFields} } } changed { id state job { ${jobFields} } } } }`,
    );
    await tasks.next();
    await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await tasks.until(({ tasksProgress }) =>
      [...tasksProgress.added, ...tasksProgress.changed].some(({ state, job }) => state === 'RUNNING' && job?.state === 'RESETTING'),
    );
    await tasks.until(({ tasksProgress }) =>
      tasksProgress.changed.some(({ state, job }) => state === 'SUCCEEDED' && job?.state === 'CLOSED'),
    );
    tasks.stop();
  });
});

describe('verbs over the WebSocket', () => {
  it('answer once and complete', async () => {
    await begin();
    const answer = rig.subscribe<{ readonly closeJob: { readonly task: SeenTask; readonly errors: readonly unknown[] } }>(
      'mutation { closeJob(input: { jobId: "job:es:nginx-request-rate", waitMs: 10000 }) { task { state } errors { code } } }',
    );
    await answer.ended;
    expect(answer.seen).toEqual([{ closeJob: { task: { state: 'SUCCEEDED' }, errors: [] } }]);
  });
});

describe('a mutation', () => {
  it('outlives a client that hangs up', async () => {
    await begin();
    await rig.sim('es').job('slow', { state: 'opened', closeMs: 3_000 });
    const leaving = new AbortController();
    const asking = fetch(`${rig.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'mutation { closeJob(input: { jobId: "job:es:slow", waitMs: 20000 }) { task { id } } }' }),
      signal: leaving.signal,
    });
    await eventually(
      () => rig.sim('es').calls()['POST /_ml/anomaly_detectors/{id}/_close'] ?? 0,
      (count) => count === 1,
    );
    leaving.abort();
    await expect(asking).rejects.toThrow();
    await eventually(
      () => readJob(rig, 'job:es:slow'),
      (job) => job?.state === 'CLOSED',
    );
    const { tasks } = await rig.ask<{ readonly tasks: { readonly nodes: readonly SeenTask[] } }>('{ tasks { nodes { kind state } } }');
    expect(tasks.nodes).toEqual([{ kind: 'CLOSE', state: 'SUCCEEDED' }]);
  });

  it('runs its fields one after the other', async () => {
    await begin();
    const data = await rig.ask<
      Readonly<Record<string, { readonly task: { readonly state: string }; readonly job: { readonly state: string } }>>
    >(`mutation {
      a: closeJob(input: { jobId: "job:es:nginx-request-rate", waitMs: 10000 }) { task { state } job { state } }
      b: resetJob(input: { jobId: "job:es:nginx-request-rate", waitMs: 10000 }) { task { state } job { state } }
      c: openJob(input: { jobId: "job:es:nginx-request-rate", waitMs: 10000 }) { task { state } job { state } }
    }`);
    expect(data).toEqual({
      a: { task: { state: 'SUCCEEDED' }, job: { state: 'CLOSED' } },
      b: { task: { state: 'SUCCEEDED' }, job: { state: 'CLOSED' } },
      c: { task: { state: 'SUCCEEDED' }, job: { state: 'OPENED' } },
    });
  });

  it('on an expression of a dead backend is an error of the payload, and the other field of the document stands', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es' }, { id: 'dead' }] });
    rig.sim('dead').setFaults([{ route: '*', reset: true }]);
    const { data, errors } = await rig.query<
      Readonly<Record<string, { readonly results: readonly unknown[]; readonly errors: readonly SeenError[] }>>
    >(
      `mutation {
        a: closeJobs(input: { expression: { backendId: "backend:dead", expression: "_all" } }) { results { jobId } errors { ${errorFields} } }
        b: closeJobs(input: { expression: { backendId: "backend:es", expression: "dns-*" } }) { results { jobId } errors { code } }
      }`,
    );
    expect(errors).toEqual([]);
    expect(data?.a).toEqual({
      results: [],
      errors: [expect.objectContaining({ code: 'BACKEND_UNAVAILABLE', backend: { id: 'backend:dead', key: 'dead' } })],
    });
    expect(data?.b).toMatchObject({ errors: [], results: [{ jobId: expect.stringContaining('job:es:dns-tunneling') }] });
  });

  it.each(['../../_cluster/settings', 'a/../../_all', '%2e%2e%2f_all', '_all?force=true', 'a,_all', '*', '_all', 'A', 'a#b', 'ä'])(
    'on an id that would name something else on the wire (%s) sends no write',
    async (native) => {
      await begin();
      const id = `job:es:${native}`;
      for (const name of ['closeJob', 'resetJob', 'deleteJob', 'openJob']) {
        const { task, errors } = await verb(rig, name, { jobId: id });
        expect(task).toBeNull();
        expect(errors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
      }
      expect((await rig.query('query Q($id: ID!) { job(id: $id) { id } }', { id })).data).toEqual({ job: null });
      expect(Object.keys(rig.sim('es').calls()).filter((route) => !route.startsWith('GET'))).toEqual([]);
      expect(Object.keys(rig.sim('es').calls()).filter((route) => /unknown|\*|_cluster/.test(route))).toEqual([]);
    },
  );

  it('by an expression that would leave its place on the wire closes nothing', async () => {
    await begin();
    for (const expression of ['../*', 'a/*', '*?force=true', '%2a', '-nginx-*', '<x*>']) {
      const { results, errors } = await bulkVerb(rig, 'closeJobs', { expression: { backendId: 'backend:es', expression } });
      expect(results).toEqual([]);
      expect(errors.every(({ code }) => code === 'NOT_FOUND' || code === 'INVALID_INPUT')).toBe(true);
    }
    expect(Object.keys(rig.sim('es').calls()).filter((route) => !route.startsWith('GET'))).toEqual([]);
  });
});

describe('upgrade mode', () => {
  it('refuses verbs in the vendor’s words, and they work when it ends', async () => {
    await begin();
    await rig.sim('es').settings({ upgradeMode: true });
    const refused = await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    expect(refused.errors).toEqual([
      expect.objectContaining({ __typename: 'RefusedError', code: 'REFUSED', message: expect.stringContaining('upgrade mode') }),
    ]);
    const reset = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 });
    expect(reset.errors.map(({ code }) => code)).toEqual(['REFUSED']);
    await rig.sim('es').settings({ upgradeMode: false });
    expect((await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling', waitMs: 10_000 })).errors).toEqual([]);
  });
});

describe('behind a path and a password', () => {
  const users = [{ name: 'vigil', password: 'pw-that-nobody-may-see', privileges: ['manage_ml', 'monitor', 'cancel_task'] }];
  it.each([
    ['basic', users, { kind: 'basic', username: 'vigil', password: 'pw-that-nobody-may-see' }],
    [
      'apiKey',
      [{ name: 'vigil', apiKey: 'cHctdGhhdDpub2JvZHk=', privileges: ['manage_ml', 'monitor', 'cancel_task'] }],
      { kind: 'apiKey', value: 'cHctdGhhdDpub2JvZHk=' },
    ],
    [
      'bearer',
      [{ name: 'vigil', bearer: 'token-that-nobody-may-see', privileges: ['manage_ml', 'monitor', 'cancel_task'] }],
      { kind: 'bearer', token: 'token-that-nobody-may-see' },
    ],
  ])('everything works (%s), and the secret shows nowhere', async (_kind, known, auth) => {
    await begin({ basePath: '/es/prefix', users: known, config: { auth } });
    const jobs = watchJobs();
    expect((await jobs.next()).jobsChanged.added).toHaveLength(12);
    expect((await verb(rig, 'closeJob', { jobId: 'job:es:nginx-request-rate', waitMs: 10_000 })).errors).toEqual([]);
    expect((await verb(rig, 'resetJob', { jobId: 'job:es:nginx-request-rate', waitMs: 10_000 })).errors).toEqual([]);
    jobs.stop();
    const secrets = ['pw-that-nobody-may-see', 'cHctdGhhdDpub2JvZHk=', 'token-that-nobody-may-see', btoa('vigil:pw-that-nobody-may-see')];
    expect(leaksIn(rig.answers, [...secrets, '/es/prefix'])).toEqual([]);
    const log = JSON.stringify(rig.logs);
    for (const secret of secrets) expect(log).not.toContain(secret);
    const metrics = await (await fetch(`${rig.url}/metrics`)).text();
    const ready = await (await fetch(`${rig.url}/health/ready`)).text();
    expect(leaksIn([metrics, ready], secrets).filter((leak) => !leak.startsWith('/_'))).toEqual([]);
  });
});
