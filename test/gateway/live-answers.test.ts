import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGatewayRig, type GatewayRig } from '../support/gateway-rig.js';

interface Row {
  readonly state: string;
  readonly revision: number;
}
interface Shown {
  readonly job: (Row & { readonly currentTask: Row | null }) | null;
}
interface Steps {
  readonly jobsChanged: { readonly changed: readonly Row[] };
}

const job = 'payment-amount-outliers';
const id = `job:es:${job}`;
const shown = 'state revision currentTask { state revision }';

let rig: GatewayRig;
beforeEach(async () => {
  rig = await createGatewayRig({ backends: [{ id: 'es' }] });
  await rig.sim('es').job(job, { closeMs: 700 });
});
afterEach(() => rig.dispose());

/** Asks, and is kept waiting for the list of tasks until the stream has told that the job is closed. */
const overtaken = async (
  document: string,
  act: () => Promise<unknown>,
): Promise<{ readonly told: Row | undefined; readonly jobs: readonly Shown['job'][] }> => {
  const live = rig.subscribe<Steps>(`subscription { jobsChanged(filter: { ids: ["${id}"] }) { changed { state revision } } }`);
  await live.next();
  const before = rig.sim('es').calls()['GET /_tasks'] ?? 0;
  rig.sim('es').setFaults([{ route: 'GET /_tasks', latencyMs: 2_500, count: 1 }]);
  const answer = rig.ask<Readonly<Record<string, Shown['job'] | Shown>>>(document);
  await expect.poll(() => rig.sim('es').calls()['GET /_tasks'] ?? 0, { timeout: 5_000 }).toBeGreaterThan(before);
  await act();
  const { jobsChanged } = await live.until(({ jobsChanged: { changed } }) => changed.some(({ state }) => state === 'CLOSED'));
  live.stop();
  const jobs = Object.values(await answer).map((each) => (each && 'job' in each ? each.job : each));
  return { told: jobsChanged.changed.find(({ state }) => state === 'CLOSED'), jobs };
};

describe('an answer that an event has overtaken while its slowest read went on', () => {
  it('shows a single job as the event told it', async () => {
    const { told, jobs } = await overtaken(`{ job(id: "${id}") { ${shown} } node(id: "${id}") { ... on Job { ${shown} } } }`, () =>
      rig.sim('es').job(job, { state: 'closed' }),
    );
    expect(jobs).toHaveLength(2);
    for (const each of jobs) {
      expect(each).toMatchObject({ state: 'CLOSED', currentTask: null });
      expect(each?.revision).toBeGreaterThanOrEqual(told?.revision ?? Number.POSITIVE_INFINITY);
    }
  });

  it('shows the job of a verb as the event told it', async () => {
    const { told, jobs } = await overtaken(`mutation { closeJob(input: { jobId: "${id}" }) { job { ${shown} } } }`, async () => undefined);
    expect(jobs[0]).toMatchObject({ state: 'CLOSED', currentTask: null });
    expect(jobs[0]?.revision).toBeGreaterThanOrEqual(told?.revision ?? Number.POSITIVE_INFINITY);
  });
});
