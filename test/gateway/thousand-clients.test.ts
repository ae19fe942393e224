import { type Client, createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { callsSince, createGatewayRig, eventually, type GatewayRig, sumOf, type Watch, watch } from '../support/gateway-rig.js';

const document = `
  subscription TaskListLive($filter: TaskFilter) {
    tasksProgress(filter: $filter) {
      cursor reset synced
      added { ...TaskRow ...TaskTarget }
      changed { ...TaskRow ...TaskTarget }
      left { ...TaskRow ...TaskTarget }
      forgotten
      backends { id key health { status } }
      stateCounts { state count }
    }
  }
  fragment TaskRow on Task {
    id kind state vendorState progress counts { current maximum unit } startedAt endedAt updatedAt cancellable
    error { code message } backend { id key vendor } revision
  }
  fragment TaskTarget on Task { id job { id nativeId } }
`;

interface TaskSeen {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly job: { readonly nativeId: string } | null;
}
interface Step {
  readonly tasksProgress: {
    readonly reset: boolean;
    readonly added: readonly TaskSeen[];
    readonly changed: readonly TaskSeen[];
    readonly left: readonly TaskSeen[];
  };
}

const jobName = 'watched-by-all';
const fastMs = 200;

let rig: GatewayRig;
const clients: Client[] = [];

const leave = async (): Promise<void> => {
  await Promise.all(clients.splice(0).map((client) => client.dispose()));
};
afterEach(async () => {
  await leave();
  await rig.dispose();
});

const connect = (): Watch<Step> => {
  const client = createClient({ url: `${rig.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
  clients.push(client);
  return watch<Step>(client, document, { filter: { backends: ['backend:es'] } });
};

/** Sockets are opened a hundred at a time, as a load balancer lets them in; each has its snapshot before the next hundred come. */
const gather = async (count: number): Promise<readonly Watch<Step>[]> => {
  const watches: Watch<Step>[] = [];
  while (watches.length < count) {
    const batch = Array.from({ length: Math.min(100, count - watches.length) }, connect);
    await Promise.all(batch.map((each) => each.next()));
    watches.push(...batch);
  }
  return watches;
};

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${rig.url}/metrics`)).text();
  return text
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
};

const endedAs = ({ tasksProgress }: Step): readonly string[] =>
  [...tasksProgress.added, ...tasksProgress.changed, ...tasksProgress.left].flatMap((task) =>
    task.job?.nativeId === jobName && task.kind === 'RESET' && task.state !== 'RUNNING' ? [task.state] : [],
  );

/** Ticks of the loop, and calls by route, from the first client on until all have seen a reset end that somebody else began. */
const watchReset = async (
  count: number,
): Promise<{ readonly ticks: number; readonly calls: Readonly<Record<string, number>>; readonly ends: readonly string[] }> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, speed: 1, config: { poll: { fastMs, slowMs: fastMs } } }] });
  const simulator = rig.sim('es');
  await simulator.job(jobName, { state: 'closed', resetMs: 3_000 });
  const watches = await gather(count);
  const before = simulator.calls();
  const ticksBefore = await metric('vigil_poll_tick_seconds_count');
  const begun = await fetch(`${simulator.url}/_ml/anomaly_detectors/${jobName}/_reset?wait_for_completion=false`, { method: 'POST' });
  expect(begun.status).toBe(200);
  const ends = await Promise.all(watches.map(async (each) => endedAs(await each.until((step) => endedAs(step).length > 0))));
  const calls = callsSince(before, simulator.calls());
  const ticks = (await metric('vigil_poll_tick_seconds_count')) - ticksBefore;
  return { ticks, calls, ends: ends.flat() };
};

/** Resolves once ten fast intervals have passed without a call: a loop that still ran would have asked ten times. */
const untilQuiet = async (): Promise<void> => {
  await eventually(
    async () => {
      const before = rig.sim('es').calls();
      await new Promise((resolve) => setTimeout(resolve, 10 * fastMs));
      return callsSince(before, rig.sim('es').calls());
    },
    (calls) => sumOf(calls) === 0,
  );
};

describe('a thousand clients on the tasks of one backend', () => {
  it('cost the vendor what one does, tick by tick, and all see how a reset ends; with the last the calls end', {
    timeout: 180_000,
  }, async () => {
    const one = await watchReset(1);
    expect(one.ends).toEqual(['SUCCEEDED']);
    await leave();
    await untilQuiet();
    await rig.dispose();

    const all = await watchReset(1_000);
    expect(all.ends).toEqual(Array.from({ length: 1_000 }, () => 'SUCCEEDED'));
    for (const { calls, ticks } of [one, all]) {
      // One list a tick. The first and the last tick may stand on either side of the count.
      expect(Math.abs((calls['GET /_tasks'] ?? 0) - ticks)).toBeLessThanOrEqual(1);
    }
    // What the backend is, is asked now and then, however long the watching takes.
    const { 'GET /_tasks': _lists, 'GET /_ml/info': _probes, ...rest } = all.calls;
    const { 'GET /_tasks': _fewer, 'GET /_ml/info': _probe, ...restOfOne } = one.calls;
    expect(rest).toEqual(restOfOne);

    // They asked for the same: one watch serves them all, and what happens is executed and serialised once.
    expect(await metric('vigil_websocket_operations')).toBe(1_000);
    expect(await metric('vigil_watches')).toBe(1);
    expect(await metric('vigil_subscription_groups')).toBe(1);
    const executed = await metric('vigil_subscription_events_executed_total');
    // Sockets come in a hundred at a time, a few of them in each turn; after that an event costs one execution.
    expect((await metric('vigil_subscription_messages_total')) / executed).toBeGreaterThan(3);
    await leave();
    await eventually(
      () => metric('vigil_watches'),
      (count) => count === 0,
    );
    await untilQuiet();
  });

  it('may leave before a task has ended that was begun here: it is followed to its end, and then nobody asks any more', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, speed: 1, config: { poll: { fastMs, slowMs: fastMs } } }] });
    await rig.sim('es').job(jobName, { state: 'closed', resetMs: 1_500 });
    const watches = await gather(20);
    const { resetJob } = await rig.ask<{ readonly resetJob: { readonly task: { readonly id: string } } }>(
      `mutation { resetJob(input: { jobId: "job:es:${jobName}" }) { task { id } errors { message } } }`,
    );
    await Promise.all(
      watches.map((each) => each.until(({ tasksProgress }) => tasksProgress.added.some(({ id }) => id === resetJob.task.id))),
    );
    await leave();
    await untilQuiet();
    const { calls } = { calls: rig.sim('es').calls() };
    const { task } = await rig.ask<{ readonly task: { readonly state: string } }>('query T($id: ID!) { task(id: $id) { state } }', {
      id: resetJob.task.id,
    });
    expect(task.state).toBe('SUCCEEDED');
    // Nobody looked, so this is not from a read of now: the end was seen when it came.
    expect(callsSince(calls, rig.sim('es').calls())).toEqual({});
  });

  it('who watch nothing but health cost one small call a tick, and none when they have left', async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, config: { poll: { fastMs, slowMs: fastMs } } }] });
    const client = createClient({ url: `${rig.url.replace('http', 'ws')}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    clients.push(client);
    const watches = Array.from({ length: 50 }, () =>
      watch<{ readonly backendsChanged: { readonly backends: readonly { readonly health: { readonly status: string } }[] } }>(
        client,
        'subscription { backendsChanged { reset synced backends { id health { status } } } }',
      ),
    );
    await Promise.all(watches.map((each) => each.next()));
    rig.sim('es').setFaults([{ route: '*', reset: true }]);
    const down = await Promise.all(
      watches.map((each) => each.until(({ backendsChanged }) => backendsChanged.backends.some(({ health }) => health.status !== 'UP'))),
    );
    expect(down).toHaveLength(50);
    rig.sim('es').setFaults([]);
    await leave();
    await untilQuiet();
  });
});
