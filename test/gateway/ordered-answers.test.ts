import { afterEach, describe, expect, it } from 'vitest';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

let rig: GatewayRig | undefined;
afterEach(async () => {
  await rig?.dispose();
  rig = undefined;
});

interface Row {
  readonly nativeId: string;
  readonly state: string;
  readonly revision: number;
}
interface Lists {
  readonly jobs: { readonly nodes: readonly Row[]; readonly stateCounts: readonly { readonly state: string; readonly count: number }[] };
}
interface Steps {
  readonly jobsChanged: Readonly<Record<'added' | 'changed' | 'left', readonly Row[]>> & { readonly forgotten: readonly string[] };
}

const job = 'payment-amount-outliers';
const live = `subscription ($filter: JobFilter) {
  jobsChanged(filter: $filter) {
    added { nativeId state revision } changed { nativeId state revision } left { nativeId state revision } forgotten
  }
}`;
const list = `query ($filter: JobFilter) {
  jobs(filter: $filter) { nodes { nativeId state revision } stateCounts { state count } }
}`;

/** A list whose slowest backend keeps it waiting while an event about the other backend's job is sent. */
const crossing = async (filter: object, act: (rig: GatewayRig) => Promise<unknown>, isSent: (step: Steps) => boolean) => {
  const made = await createGatewayRig({ backends: [{ id: 'fast' }, { id: 'slow' }] });
  rig = made;
  const watch = made.subscribe<Steps>(live, { filter });
  await watch.next();
  const asked = made.sim('slow').calls()['GET /_ml/anomaly_detectors'] ?? 0;
  made.sim('slow').setFaults([{ route: 'GET /_ml/anomaly_detectors', latencyMs: 1_500, count: 3 }]);
  const answer = made.ask<Lists>(list, { filter });
  await expect.poll(() => made.sim('slow').calls()['GET /_ml/anomaly_detectors'] ?? 0, { timeout: 5_000 }).toBeGreaterThan(asked);
  await act(made);
  const step = await watch.until(isSent);
  const { jobs } = await answer;
  watch.stop();
  return { step: step.jobsChanged, jobs };
};

describe('a list that waits for a slow backend while events are sent', () => {
  it('does not hold what has left it', async () => {
    const { jobs } = await crossing(
      { states: ['OPENED'], backends: ['backend:fast', 'backend:slow'] },
      (made) => made.sim('fast').job(job, { state: 'closed' }),
      ({ jobsChanged }) => jobsChanged.left.some(({ nativeId }) => nativeId === job),
    );
    expect(jobs.nodes.filter(({ nativeId }) => nativeId === job)).toHaveLength(1);
    expect(jobs.stateCounts).toEqual([{ state: 'OPENED', count: jobs.nodes.length }]);
  }, 60_000);

  it('shows every row at least as new as the event', async () => {
    const { jobs, step } = await crossing(
      {},
      (made) => made.sim('fast').job(job, { state: 'closed' }),
      ({ jobsChanged }) => jobsChanged.changed.some(({ nativeId, state }) => nativeId === job && state === 'CLOSED'),
    );
    const sent = step.changed.find(({ nativeId }) => nativeId === job);
    const rows = jobs.nodes.filter(({ nativeId, state }) => nativeId === job && state === 'CLOSED');
    expect(rows).toHaveLength(1);
    expect(rows[0]?.revision).toBeGreaterThanOrEqual(sent?.revision ?? Number.POSITIVE_INFINITY);
  }, 60_000);
});
