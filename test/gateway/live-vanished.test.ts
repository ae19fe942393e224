import { afterEach, expect, it } from 'vitest';
import { createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';

interface Row {
  readonly id: string;
  readonly state: string;
}
interface Answer {
  readonly tasks: { readonly nodes: readonly Row[] };
}

let rig: GatewayRig;
afterEach(() => rig.dispose());

it('a task that its vendor lists no more, and whose end is not known yet, is shown by its id as it is in the list', async () => {
  rig = await createGatewayRig({ backends: [{ id: 'es', empty: true }] });
  await rig.sim('es').job('theirs', { state: 'closed', recordsPerSecond: 0, resetMs: 600 });
  // Somebody else's, of which nothing is left afterwards but its job.
  const reset = fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/theirs/_reset`, { method: 'POST' });
  const list = async (): Promise<readonly Row[]> => (await rig.ask<Answer>('{ tasks { nodes { id state } } }')).tasks.nodes;
  const [seen] = await eventually(list, ({ length }) => length === 1);
  expect(seen?.state).toBe('RUNNING');
  await reset;
  const running = async (): Promise<string> => (await fetch(`${rig.sim('es').url}/_tasks?actions=*xpack/ml/job/reset*`)).text();
  await eventually(running, (text) => !text.includes('job/reset'));

  const named = 'query ($id: ID!) { task(id: $id) { id state } node(id: $id) { id } tasks(filter: { ids: [$id] }) { nodes { id state } } }';
  expect(await rig.ask(named, { id: seen?.id })).toEqual({ task: seen, node: { id: seen?.id }, tasks: { nodes: [seen] } });
  // It is asked about from then on, though nobody has asked for the list again.
  const state = async (): Promise<string | undefined> =>
    (await rig.ask<{ readonly task: Row | null }>('query ($id: ID!) { task(id: $id) { id state } }', { id: seen?.id })).task?.state;
  await eventually(state, (now) => now === 'SUCCEEDED');
});
