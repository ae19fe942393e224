import { afterEach, describe, expect, it } from 'vitest';
import { callsSince, createGatewayRig, eventually, type GatewayRig, type Watch } from '../support/gateway-rig.js';

/* How tasks come into a watched list: what is begun here at once, what others begin with the slow rhythm of a loop that has nothing to follow. */

interface Step {
  readonly tasksProgress: { readonly added: readonly { readonly id: string; readonly job: { readonly nativeId: string } | null }[] };
}

const list = 'GET /_tasks';
const jobName = 'found';
const watched = 'subscription { tasksProgress { synced added { id job { nativeId } } } }';
const isFound = ({ tasksProgress }: Step): boolean => tasksProgress.added.some(({ job }) => job?.nativeId === jobName);

let rig: GatewayRig;
let watch: Watch<Step>;
afterEach(async () => {
  watch.stop();
  await rig.dispose();
});

const begin = async (poll: { readonly fastMs: number; readonly slowMs: number }): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, config: { poll } }] });
  await rig.sim('es').job(jobName, { state: 'closed', resetMs: 3_600_000 });
  watch = rig.subscribe<Step>(watched);
  await watch.next();
};

describe('a task', () => {
  it('begun through the gateway is told at once, before any list of the vendor shows it', async () => {
    await begin({ fastMs: 50, slowMs: 500 });
    rig.sim('es').setFaults([{ route: list, status: 500, body: { error: { type: 'x', reason: 'boom' }, status: 500 } }]);
    const { resetJob } = await rig.ask<{ readonly resetJob: { readonly task: { readonly id: string } } }>(
      `mutation { resetJob(input: { jobId: "job:es:${jobName}" }) { task { id } errors { message } } }`,
    );
    const step = await watch.until(({ tasksProgress }) => tasksProgress.added.length > 0);
    expect(step.tasksProgress.added.map(({ id }) => id)).toEqual([resetJob.task.id]);
  });

  it('that others begin is found by the next look of a loop that looks seldom, since nothing moves', async () => {
    const slowMs = 2_000;
    await begin({ fastMs: 200, slowMs });
    const looks = () => rig.sim('es').calls()[list] ?? 0;
    const inOneRound = async (): Promise<number> => {
      const before = looks();
      await new Promise((resolve) => setTimeout(resolve, slowMs));
      return looks() - before;
    };
    // A loop at full speed would look ten times.
    await eventually(inOneRound, (count) => count <= 2);
    const before = rig.sim('es').calls();
    const begun = await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/${jobName}/_reset?wait_for_completion=false`, { method: 'POST' });
    expect(begun.status).toBe(200);
    await watch.until(isFound);
    // Two looks at most until it was found; from then on often, because now something moves.
    expect(callsSince(before, rig.sim('es').calls())[list]).toBeLessThanOrEqual(4);
    await eventually(inOneRound, (count) => count > 5);
  });
});
