import { createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { resumable } from '../../src/client/index.js';
import { createGatewayRig, eventually, type GatewayRig, type Watch, watch } from '../support/gateway-rig.js';

let rig: GatewayRig;
const leave: (() => unknown)[] = [];
afterEach(async () => {
  for (const undo of leave.splice(0)) await undo();
  await rig.dispose();
});

const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${rig.url}/metrics`)).text();
  const line = text.split('\n').find((each) => each.startsWith(`${name} `) || each.startsWith(`${name}{`));
  return Number(line?.split(' ').at(-1));
};

interface Step {
  readonly taskProgress: { readonly cursor: string; readonly task: { readonly id: string; readonly state: string } };
}
const document = 'subscription P($id: ID!, $after: String) { taskProgress(id: $id, after: $after) { cursor task { id state } } }';

/** A client that comes back by itself, with its cursor. */
const connect = (variables: Readonly<Record<string, unknown>>): { readonly steps: Watch<Step>; drop(): void } => {
  const client = createClient({
    url: `${rig.url.replace('http', 'ws')}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 20)),
    shouldRetry: () => true,
  });
  leave.push(() => client.dispose());
  return { steps: watch<Step>({ ...client, ...resumable(client) }, document, variables), drop: () => client.terminate() };
};
const statesOf = ({ seen }: Watch<Step>): readonly string[] => seen.map(({ taskProgress }) => taskProgress.task.state);

describe('everybody who watches one task', () => {
  it('is told its end once, whoever came late, went away, or came when it was over; then the stream completes', {
    timeout: 60_000,
  }, async () => {
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, speed: 1 }] });
    await rig.sim('es').job('watched', { state: 'closed', resetMs: 7_000 });
    const { resetJob } = await rig.ask<{ readonly resetJob: { readonly task: { readonly id: string } } }>(
      'mutation { resetJob(input: { jobId: "job:es:watched" }) { task { id } errors { message } } }',
    );
    const { id } = resetJob.task;
    const early = Array.from({ length: 20 }, () => connect({ id }));
    await Promise.all(early.map(({ steps }) => steps.next()));
    // Half of them lose their connection; some more come meanwhile.
    for (const { drop } of early.slice(0, 10)) drop();
    const late = Array.from({ length: 10 }, () => connect({ id }));
    await Promise.all(late.map(({ steps }) => steps.next()));
    expect(await metric('vigil_subscription_groups')).toBe(1);
    expect(await metric('vigil_watches')).toBe(1);

    const all = [...early, ...late];
    await Promise.all(all.map(({ steps }) => steps.ended));
    for (const { steps } of all) {
      const states = statesOf(steps);
      expect(states.filter((state) => state === 'SUCCEEDED')).toHaveLength(1);
      expect(states.at(-1)).toBe('SUCCEEDED');
    }

    // When it is over: without a cursor, with one of before, with one that means nothing; and with one of after.
    const before = early[0]?.steps.seen[0]?.taskProgress.cursor;
    const last = early[0]?.steps.seen.at(-1)?.taskProgress.cursor;
    const past = [undefined, before, 'nonsense', undefined].map((after) => connect({ id, after }));
    const heard = connect({ id, after: last });
    await Promise.all([...past, heard].map(({ steps }) => steps.ended));
    expect(past.map(({ steps }) => statesOf(steps))).toEqual(past.map(() => ['SUCCEEDED']));
    expect(statesOf(heard.steps)).toEqual([]);
    await eventually(
      async () => [await metric('vigil_subscription_groups'), await metric('vigil_watches')],
      (left) => left.every((count) => count === 0),
    );
  });
});
