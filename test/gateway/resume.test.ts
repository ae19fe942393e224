import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { resumable } from '../../src/client/index.js';
import { createGatewayRig, eventually, type GatewayRig, type RigSimulator, startSimulator, verb, watch } from '../support/gateway-rig.js';

let folder: string;
let simulator: RigSimulator;
let rig: GatewayRig;
const leave: (() => unknown)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-resume-'));
  simulator = await startSimulator();
});
afterEach(async () => {
  for (const undo of leave.splice(0)) await undo();
  await rig.dispose();
  await simulator.dispose();
  await rm(folder, { recursive: true, force: true });
});

const start = async (port = 0): Promise<void> => {
  rig = await createGatewayRig({
    backends: [{ id: 'es', url: simulator.url }],
    config: { store: { kind: 'embedded', path: join(folder, 'store') }, server: { port } },
  });
};
/** Another process on the same store and port. */
const restart = async (): Promise<void> => {
  const { port } = new URL(rig.url);
  await rig.dispose();
  await start(Number(port));
};

/** A client as front ends have it: comes back by itself. */
const connect = () => {
  let connections = 0;
  const frames: {
    readonly type: string;
    readonly payload?: { readonly extensions?: { readonly vigil?: { readonly cursor?: string } } };
  }[] = [];
  const client = createClient({
    url: `${rig.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    shouldRetry: () => true,
    on: {
      connected: () => {
        connections += 1;
      },
      message: (message) => void frames.push(JSON.parse(JSON.stringify(message)) as (typeof frames)[number]),
    },
  });
  leave.push(() => client.dispose());
  return {
    subscribe: <T>(document: string, variables?: Readonly<Record<string, unknown>>) =>
      watch<T>({ ...client, ...resumable(client) }, document, variables),
    frames,
    /** The connection breaks; resolves when there is another one. */
    drop: async (meanwhile: () => Promise<unknown> = async () => undefined) => {
      const before = connections;
      client.terminate();
      await meanwhile();
      await eventually(
        () => connections,
        (count) => count > before,
      );
    },
  };
};

interface Row {
  readonly id: string;
  readonly nativeId: string;
  readonly state: string;
}
interface Step {
  readonly list: {
    readonly reset: boolean;
    readonly synced: boolean;
    readonly added: readonly Row[];
    readonly changed: readonly Row[];
    readonly left: readonly Row[];
    readonly forgotten: readonly string[];
  };
}
const parts = (fields: string) => `reset synced added { ${fields} } changed { ${fields} } left { ${fields} } forgotten`;
const jobsDocument = `subscription J($filter: JobFilter, $after: String, $snapshot: Boolean! = true) {
  list: jobsChanged(filter: $filter, after: $after, snapshot: $snapshot) { ${parts('id nativeId state')} }
}`;
const tasksDocument = `subscription T($filter: TaskFilter) { list: tasksProgress(filter: $filter) { ${parts('id nativeId: id state')} } }`;
const taskDocument = 'subscription P($id: ID!) { taskProgress(id: $id) { task { id state } } }';
const job = 'job:es:dns-tunneling';
const is = (step: Step, part: 'added' | 'changed' | 'left', name: string, state?: string): boolean =>
  step.list[part].some((row) => row.nativeId === name && (state === undefined || row.state === state));

describe('a subscription whose connection breaks', () => {
  it('goes on with what happened meanwhile, and nothing else, though its document asks for no cursor', async () => {
    await start();
    const client = connect();
    const jobs = client.subscribe<Step>(jobsDocument);
    const first = await jobs.next();
    expect(first.list.reset).toBe(true);
    expect(client.frames.filter(({ type }) => type === 'next').every(({ payload }) => payload?.extensions?.vigil?.cursor)).toBe(true);
    await client.drop(() => verb(rig, 'openJob', { jobId: job, waitMs: 10_000 }));
    const opened = await jobs.until((step) => is(step, 'changed', 'dns-tunneling', 'OPENED'));
    expect(opened.list).toMatchObject({ reset: false, synced: true, added: [], left: [], forgotten: [] });
    expect(jobs.seen.slice(1).some(({ list }) => list.reset)).toBe(false);
  });

  it('says one empty step when nothing happened, and equal subscriptions have the same cursor', async () => {
    await start();
    const [one, other] = [connect(), connect()];
    const [jobs, same] = [one.subscribe<Step>(jobsDocument), other.subscribe<Step>(jobsDocument)];
    await Promise.all([jobs.next(), same.next()]);
    await one.drop();
    expect((await jobs.next()).list).toEqual({ reset: false, synced: true, added: [], changed: [], left: [], forgotten: [] });
    const cursors = [one, other].map(
      ({ frames }) => frames.filter(({ type }) => type === 'next').at(-1)?.payload?.extensions?.vigil?.cursor,
    );
    expect(cursors[0]).toBe(cursors[1]);
  });

  it('does not miss the end of a task', async () => {
    await start();
    const client = connect();
    await simulator.job('dns-tunneling', { resetMs: 1_000 });
    const tasks = client.subscribe<Step>(tasksDocument, { filter: { states: ['RUNNING'] } });
    await tasks.next();
    const { task } = await verb(rig, 'resetJob', { jobId: job });
    await tasks.until((step) => is(step, 'added', task?.id ?? ''));
    const progress = client.subscribe<{ readonly taskProgress: { readonly task: Row } }>(taskDocument, { id: task?.id });
    await progress.next();
    await client.drop(() =>
      eventually(
        async () => (await rig.ask<{ readonly task: Row }>('query ($id: ID!) { task(id: $id) { state } }', { id: task?.id })).task.state,
        (state) => state === 'SUCCEEDED',
      ),
    );
    await tasks.until((step) => is(step, 'left', task?.id ?? '', 'SUCCEEDED'));
    await progress.ended;
    const states = progress.seen.map(({ taskProgress }) => taskProgress.task.state);
    expect(states.filter((state) => state === 'SUCCEEDED')).toHaveLength(1);
    expect(tasks.seen.filter((step) => is(step, 'left', task?.id ?? ''))).toHaveLength(1);
    expect(tasks.seen.slice(1).some(({ list }) => list.reset)).toBe(false);
  });
});

describe('a gateway that is started again', () => {
  it('goes on where its clients stand: no reset, nothing twice, nothing missed', async () => {
    await start();
    const client = connect();
    const jobs = client.subscribe<Step>(jobsDocument);
    expect((await jobs.next()).list.added).toHaveLength(12);
    await restart();
    await verb(rig, 'openJob', { jobId: job, waitMs: 10_000 });
    await jobs.until((step) => is(step, 'changed', 'dns-tunneling', 'OPENED'));
    await restart();
    await verb(rig, 'deleteJob', { jobId: 'job:es:host-disk-forecast', waitMs: 10_000 });
    await jobs.until(({ list }) => list.forgotten.some((id) => id.startsWith('job:es:host-disk-forecast')));
    expect(jobs.seen.slice(1).some(({ list }) => list.reset)).toBe(false);
    expect(jobs.seen.slice(1).flatMap(({ list }) => list.added)).toEqual([]);
  });

  it('tells the end of a task that ended while no gateway was there', async () => {
    await start();
    const client = connect();
    await simulator.job('dns-tunneling', { resetMs: 3_000 });
    const tasks = client.subscribe<Step>(tasksDocument, { filter: { states: ['RUNNING'] } });
    await tasks.next();
    const { task } = await verb(rig, 'resetJob', { jobId: job });
    await tasks.until((step) => is(step, 'added', task?.id ?? ''));
    const { port } = new URL(rig.url);
    await client.drop(async () => {
      await rig.dispose();
      await eventually(
        () => simulator.state(),
        (state) => !state.tasks.running.some(({ action }) => action.endsWith('/job/reset')),
      );
      await start(Number(port));
    });
    await tasks.until((step) => is(step, 'left', task?.id ?? '', 'SUCCEEDED'));
    expect(tasks.seen.slice(1).some(({ list }) => list.reset)).toBe(false);
  });
});

describe('a query', () => {
  it('is joined without a gap: what happens between it and the subscription is told', async () => {
    await start();
    const { jobs } = await rig.ask<{ readonly jobs: { readonly liveCursor: string; readonly nodes: readonly Row[] } }>(
      '{ jobs { liveCursor nodes { id nativeId state } } }',
    );
    expect(jobs.nodes.find(({ nativeId }) => nativeId === 'dns-tunneling')?.state).toBe('CLOSED');
    await verb(rig, 'openJob', { jobId: job, waitMs: 10_000 });
    const live = rig.subscribe<Step>(jobsDocument, { after: jobs.liveCursor, snapshot: false });
    const step = await live.next();
    expect(step.list.reset).toBe(false);
    // What the query was the first to see comes again.
    expect(is(step, 'added', 'dns-tunneling', 'OPENED') || is(step, 'changed', 'dns-tunneling', 'OPENED')).toBe(true);
  });

  it('is joined by what changed alone, once its objects are known', async () => {
    await start();
    const ask = () =>
      rig.ask<{ readonly jobs: { readonly liveCursor: string; readonly nodes: readonly Row[] } }>(
        '{ jobs { liveCursor nodes { id nativeId state } } }',
      );
    await ask();
    const { jobs } = await ask();
    await verb(rig, 'openJob', { jobId: job, waitMs: 10_000 });
    const live = rig.subscribe<Step>(jobsDocument, { after: jobs.liveCursor, snapshot: false });
    const { list } = await live.next();
    expect(list).toMatchObject({ reset: false, added: [], changed: [{ nativeId: 'dns-tunneling', state: 'OPENED' }] });
  });
});

describe('a cursor in the payload', () => {
  it('wins over the argument', async () => {
    await start();
    const { jobs } = await rig.ask<{ readonly jobs: { readonly liveCursor: string } }>('{ jobs { liveCursor } }');
    const resets: unknown[] = [];
    const client = createClient({ url: `${rig.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    leave.push(() => client.dispose());
    const resetsWith = (argument: string, after: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const stop = client.subscribe<Step>(
          { query: jobsDocument, variables: { after: argument }, extensions: { vigil: { after } } },
          {
            next: ({ data }) => {
              resolve(data?.list.reset);
              stop();
            },
            error: reject,
            complete: () => undefined,
          },
        );
      });
    resets.push(await resetsWith('rubbish', jobs.liveCursor), await resetsWith(jobs.liveCursor, 'rubbish'));
    expect(resets).toEqual([false, true]);
  });
});
