import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually, type RigSimulator, startSimulator, watch } from '../support/gateway-rig.js';
import { type Child, endOf, spawnVigil } from '../unit/cli/child.js';

interface Task {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly job: { readonly nativeId: string; readonly state: string } | null;
}
interface Payload {
  readonly task: Task | null;
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}
const fields = 'id kind state error { code message } job { nativeId state }';

let folder: string;
let simulator: RigSimulator;
let backend = { id: 'es', vendor: 'elasticsearch-ml' };
const children: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-process-'));
  simulator = await startSimulator({ speed: 1 });
  backend = { id: 'es', vendor: 'elasticsearch-ml' };
});
afterEach(async () => {
  for (const child of children.splice(0)) {
    child.process.kill('SIGKILL');
    await child.exitCode;
  }
  await simulator.dispose();
  await rm(folder, { recursive: true, force: true });
});

interface Serving {
  readonly url: string;
  readonly child: Child;
  ask<T>(query: string, variables?: Readonly<Record<string, unknown>>): Promise<T>;
  kill(): Promise<void>;
}

/** The same file each time: what starts again finds the store of the one before. */
const writeConfig = async (server: Readonly<Record<string, unknown>> = {}): Promise<string> => {
  const file = join(folder, 'vigil.yaml');
  await writeFile(
    file,
    JSON.stringify({
      server: { port: 0, ...server },
      store: { kind: 'embedded', path: './store' },
      backends: [{ ...backend, url: simulator.url, poll: { fastMs: 100, slowMs: 1_000 } }],
    }),
  );
  return file;
};

const serve = async (server: Readonly<Record<string, unknown>> = {}): Promise<Serving> => {
  const child = spawnVigil(['serve', '--config', await writeConfig(server)], { cwd: folder });
  children.push(child);
  await Promise.race([child.stderr.until(/answers at http:\S+/), child.exitCode]);
  const url = /answers at (http:\S+)/.exec(child.stderr.text())?.[1];
  if (url === undefined) throw new TypeError(`it did not start: ${child.stderr.text()}`);
  return {
    url,
    child,
    ask: async <T>(query: string, variables: Readonly<Record<string, unknown>> = {}) => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      expect(response.status).toBe(200);
      const { data, errors } = (await response.json()) as { readonly data: T; readonly errors?: unknown };
      expect(errors).toBeUndefined();
      return data;
    },
    kill: async () => {
      child.process.kill('SIGKILL');
      await child.exitCode;
    },
  };
};

const run = async (gateway: Serving, verb: string, input: Readonly<Record<string, unknown>>): Promise<Payload> => {
  const type = `${verb.charAt(0).toUpperCase()}${verb.slice(1)}Input`;
  const data = await gateway.ask<Readonly<Record<string, Payload>>>(
    `mutation V($input: ${type}!) { ${verb}(input: $input) { task { ${fields} } errors { code message } } }`,
    { input },
  );
  return data[verb] ?? { task: null, errors: [] };
};
const taskOf = async (gateway: Serving, id: string): Promise<Task | null> =>
  (await gateway.ask<{ readonly task: Task | null }>(`query T($id: ID!) { task(id: $id) { ${fields} } }`, { id })).task;
const endOfTask = (gateway: Serving, id: string): Promise<Task | null> =>
  eventually(
    () => taskOf(gateway, id),
    (task) => task !== null && !/RUNNING|QUEUED|CREATED|INITIALIZING/.test(task.state),
  );

/** Subscribed on a socket of its own, with the code it is closed with. */
const subscribe = (gateway: Serving) => {
  let closed = (_code: number): void => undefined;
  const code = new Promise<number>((resolve) => {
    closed = resolve;
  });
  const client = createClient({
    url: `${gateway.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    on: { closed: (event) => closed((event as { readonly code: number }).code) },
  });
  const tasks = watch<{ readonly tasksProgress: { readonly added: readonly Task[]; readonly changed: readonly Task[] } }>(
    client,
    'subscription { tasksProgress { reset synced added { id state } changed { id state } } }',
  );
  return { tasks, code };
};

describe('SIGTERM', () => {
  it('with a close in flight lets the request end properly, closes subscriptions with a code, and exits with 0', async () => {
    await simulator.job('slow', { state: 'opened', closeMs: 2_500 });
    const gateway = await serve();
    const { tasks, code } = subscribe(gateway);
    await tasks.next();
    const answer = run(gateway, 'closeJob', { jobId: 'job:es:slow', waitMs: 60_000 });
    await tasks.until(({ tasksProgress }) => [...tasksProgress.added, ...tasksProgress.changed].some(({ state }) => state === 'RUNNING'));
    gateway.child.process.kill('SIGTERM');
    const { task, errors } = await answer;
    expect(errors).toEqual([]);
    expect(task).toMatchObject({ kind: 'CLOSE', state: 'SUCCEEDED', job: { state: 'CLOSED' } });
    expect(await code).toBe(1001);
    expect(await gateway.child.exitCode).toBe(0);
    await expect(fetch(`${gateway.url}/health/live`)).rejects.toThrow();
  });

  it('with a close longer than the time for stopping answers with what is known; the next start knows its end', async () => {
    await simulator.job('slow', { state: 'opened', closeMs: 6_000 });
    const gateway = await serve({ shutdownTimeoutMs: 1_500 });
    const { tasks, code } = subscribe(gateway);
    await tasks.next();
    const answer = run(gateway, 'closeJob', { jobId: 'job:es:slow', waitMs: 60_000 });
    await tasks.until(({ tasksProgress }) => [...tasksProgress.added, ...tasksProgress.changed].some(({ state }) => state === 'RUNNING'));
    gateway.child.process.kill('SIGTERM');
    const { task, errors } = await answer;
    expect({ state: task?.state, errors }).toEqual({ state: 'RUNNING', errors: [] });
    expect(await code).toBe(1001);
    expect(await gateway.child.exitCode).toBe(0);

    const again = await serve();
    expect(await taskOf(again, task?.id ?? '')).toMatchObject({ id: task?.id, kind: 'CLOSE', state: 'RUNNING' });
    expect(await endOfTask(again, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null, job: { state: 'CLOSED' } });
    expect(simulator.calls()['POST /_ml/anomaly_detectors/{id}/_close']).toBe(1);
  });

  it('with nothing in flight ends at once, and so does Ctrl-C', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const gateway = await serve();
      gateway.child.process.kill(signal);
      expect(await gateway.child.exitCode).toBe(0);
    }
  });
});

describe('kill -9', () => {
  it('during a reset: the task is found again by its id, and reaches its end', async () => {
    await simulator.job('dns-tunneling', { resetMs: 4_000 });
    const gateway = await serve();
    const { task } = await run(gateway, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    expect(task?.state).toBe('RUNNING');
    await gateway.kill();

    const again = await serve();
    expect(await taskOf(again, task?.id ?? '')).toMatchObject({ id: task?.id, kind: 'RESET', job: { nativeId: 'dns-tunneling' } });
    expect(await endOfTask(again, task?.id ?? '')).toMatchObject({ id: task?.id, state: 'SUCCEEDED', error: null });
  });

  it('during an analysis of the past: it is found again by its id, is not begun twice, and ends in the truth', async () => {
    await simulator.dispose();
    simulator = await startSimulator({ speed: 5 }, 'opensearch-ad');
    backend = { id: 'os', vendor: 'opensearch-ad' };
    const gateway = await serve();
    const { detectors } = await gateway.ask<{ readonly detectors: { readonly nodes: readonly { readonly id: string }[] } }>(
      '{ detectors(filter: { text: "web-latency" }) { nodes { id } } }',
    );
    const day = 86_400_000;
    const end = Date.now();
    const dateRange = { start: new Date(end - 2 * day).toISOString(), end: new Date(end).toISOString() };
    const input = {
      detectorId: detectors.nodes[0]?.id,
      run: 'HISTORICAL',
      dateRange,
      idempotencyKey: '0d0e8f62-94a2-4b1c-8f0a-7a2f7f7c8f13',
    };
    const { task, errors } = await run(gateway, 'startDetector', input);
    expect(errors).toEqual([]);
    await gateway.kill();

    const again = await serve();
    expect(await taskOf(again, task?.id ?? '')).toMatchObject({ id: task?.id, kind: 'HISTORICAL' });
    expect(await run(again, 'startDetector', input)).toMatchObject({ task: { id: task?.id }, errors: [] });
    expect(await endOfTask(again, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null });
    expect(simulator.calls()['POST /_plugins/_anomaly_detection/detectors/{id}/_start']).toBe(1);
  });

  it('during a reset that ends before the next start: its end is known all the same, though the vendor forgets it then', async () => {
    await simulator.job('dns-tunneling', { resetMs: 500 });
    const gateway = await serve();
    const { task } = await run(gateway, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    await gateway.kill();
    await eventually(
      () => simulator.state(),
      ({ jobs }) => jobs.find(({ id }) => id === 'dns-tunneling')?.blocked === null,
    );
    const again = await serve();
    expect(await endOfTask(again, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
    // Asked of the vendor, until the gateway has written it down itself.
    await eventually(
      () => simulator.costOf(() => taskOf(again, task?.id ?? '')),
      (calls) => calls['GET /_tasks/{id}'] === undefined,
    );
    await simulator.forgetTask(/^task:es:(.*)~/.exec(task?.id ?? '')?.[1] ?? '');
    await again.kill();
    expect(await taskOf(await serve(), task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED' });
  });

  it('during a close: the gateway’s task is found, and ends in the truth', async () => {
    await simulator.job('slow', { state: 'opened', closeMs: 4_000 });
    const gateway = await serve();
    const { task } = await run(gateway, 'closeJob', { jobId: 'job:es:slow' });
    await eventually(
      () => simulator.state(),
      ({ jobs }) => jobs.find(({ id }) => id === 'slow')?.state === 'closing',
    );
    await gateway.kill();

    const again = await serve();
    const found = await taskOf(again, task?.id ?? '');
    expect(found).toMatchObject({ id: task?.id, kind: 'CLOSE', job: { nativeId: 'slow' } });
    expect(await endOfTask(again, task?.id ?? '')).toMatchObject({ state: 'SUCCEEDED', error: null, job: { state: 'CLOSED' } });
    expect(simulator.calls()['POST /_ml/anomaly_detectors/{id}/_close']).toBe(1);
  });

  it('during a close whose job fails meanwhile: the task fails, and says what helps', async () => {
    await simulator.job('slow', { state: 'opened', closeMs: 60_000 });
    const gateway = await serve();
    const { task } = await run(gateway, 'closeJob', { jobId: 'job:es:slow' });
    await eventually(
      () => simulator.state(),
      ({ jobs }) => jobs.find(({ id }) => id === 'slow')?.state === 'closing',
    );
    await gateway.kill();
    await simulator.job('slow', { state: 'failed' });
    expect(await endOfTask(await serve(), task?.id ?? '')).toMatchObject({
      state: 'FAILED',
      error: { message: expect.stringContaining('force') },
    });
  });

  it('between the close and the reset of one task: it says that the rest has not been sent', async () => {
    await simulator.job('nginx-request-rate', { closeMs: 3_000 });
    const gateway = await serve();
    const { task } = await run(gateway, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true });
    await eventually(
      () => simulator.state(),
      ({ jobs }) => jobs.find(({ id }) => id === 'nginx-request-rate')?.state === 'closing',
    );
    await gateway.kill();
    const again = await serve();
    const ended = await endOfTask(again, task?.id ?? '');
    expect(ended).toMatchObject({ state: 'LOST', error: { message: expect.stringContaining('Send the verb again') } });
    expect(await run(again, 'resetJob', { jobId: 'job:es:nginx-request-rate', closeFirst: true, waitMs: 30_000 })).toMatchObject({
      task: { state: 'SUCCEEDED' },
      errors: [],
    });
  });

  it('forgets no key of a repeat: it gives the first outcome, and sends nothing again', async () => {
    const input = { jobId: 'job:es:nginx-request-rate', idempotencyKey: '0d0e8f62-94a2-4b1c-8f0a-7a2f7f7c8f11', waitMs: 30_000 };
    const gateway = await serve();
    const first = await run(gateway, 'closeJob', input);
    await gateway.kill();
    const second = await run(await serve(), 'closeJob', input);
    expect(second).toEqual(first);
    expect(simulator.calls()['POST /_ml/anomaly_detectors/{id}/_close']).toBe(1);
  });
});

describe('kill -9 in the middle of a mutation with a key', () => {
  it('is told to whoever repeats it: what became of it is not known, and it is not sent again', async () => {
    const input = { jobId: 'job:es:dns-tunneling', idempotencyKey: '77b1a2ce-90c3-4d12-8f6e-0a4b6e0f2c33' };
    const gateway = await serve();
    simulator.setFaults([{ route: 'POST /_ml/anomaly_detectors/{id}/_reset', hang: true }]);
    const asking = run(gateway, 'resetJob', input).catch((error: unknown) => error);
    await eventually(
      () => simulator.calls()['POST /_ml/anomaly_detectors/{id}/_reset'],
      (count) => count === 1,
    );
    await gateway.kill();
    expect(await asking).toBeInstanceOf(Error);
    simulator.setFaults([]);
    const repeated = await run(await serve(), 'resetJob', input);
    expect(repeated).toMatchObject({ task: null, errors: [{ code: 'CONFLICT', message: expect.stringContaining('interrupted') }] });
    expect(simulator.calls()['POST /_ml/anomaly_detectors/{id}/_reset']).toBe(1);
  });
});

describe('two gateways on one embedded store', () => {
  it('cannot be: the second refuses with what to do, and exits with 2; the first goes on', async () => {
    const first = await serve();
    const second = spawnVigil(['serve', '--config', await writeConfig()], { cwd: folder });
    children.push(second);
    const { code, err } = await endOf(second);
    expect(err).toMatch(/store/i);
    expect(err).toMatch(/another|already|in use|other process/i);
    expect(err).not.toMatch(/\n\s+at /);
    expect(code).toBe(2);
    expect(await first.ask('{ backends { key } }')).toEqual({ backends: [{ key: 'es' }] });
  });

  it('can follow each other: the lock of one that was killed is no obstacle', async () => {
    await (await serve()).kill();
    expect(await (await serve()).ask('{ backends { key } }')).toEqual({ backends: [{ key: 'es' }] });
  });
});
