import { afterEach, describe, expect, it } from 'vitest';
import {
  type BackendSetup,
  bulkVerb,
  createGatewayRig,
  errorFields,
  eventually,
  type GatewayRig,
  readJob,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<BackendSetup> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

interface Health {
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
}
const health = async (): Promise<Health> =>
  (await rig.ask<{ readonly backend: { readonly health: Health } }>('{ backend(id: "backend:es") { health { status code message } } }'))
    .backend.health;

const watchBackends = async () => {
  const backends = rig.subscribe<{ readonly backendsChanged: { readonly backends: readonly { readonly health: Health }[] } }>(
    'subscription { backendsChanged { backends { id health { status code message } } } }',
  );
  await backends.next();
  return backends;
};

const isOn = ({ status, code }: Health): boolean => status === 'DEGRADED' && code === 'REFUSED';
const says = /upgrade mode/i;

/** Without anybody watching it is the refused verbs that tell; the backend is asked again about itself from time to time only. */
const afterRefusals = (): Promise<Health> =>
  eventually(async () => {
    const { errors } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
    expect(errors.map(({ code }) => code)).toEqual(['REFUSED']);
    return health();
  }, isOn);

const versions = ['7.9', '7.10', '7.17', '8.17', '9.1'];

const verbs = [
  { name: 'openJob', job: 'dns-tunneling', more: {} },
  { name: 'closeJob', job: 'nginx-request-rate', more: {} },
  { name: 'resetJob', job: 'dns-tunneling', more: {}, since: '7.17' },
  { name: 'deleteJob', job: 'dns-tunneling', more: {} },
  { name: 'revertJob', job: 'dns-tunneling', more: { snapshotId: 'empty' } },
];

describe('upgrade mode', () => {
  it('shows in the health of the backend to who watches, and goes when it is over', async () => {
    await begin();
    const backends = await watchBackends();
    await rig.sim('es').settings({ upgradeMode: true });
    const told = await backends.until(({ backendsChanged }) => backendsChanged.backends.some((each) => isOn(each.health)));
    expect(told.backendsChanged.backends[0]?.health.message).toMatch(says);
    const during = backends.seen.length;
    await rig.sim('es').settings({ upgradeMode: false });
    await eventually(
      () => backends.seen.slice(during).flatMap(({ backendsChanged }) => backendsChanged.backends),
      (seen) => seen.some((each) => each.health.status === 'UP'),
    );
    backends.stop();
  });

  it.each(versions)('on %s refuses every verb on a job, in words that name it; reads go on', async (version) => {
    await begin({ version });
    await rig.sim('es').settings({ upgradeMode: true });
    for (const { name, job, more, since } of verbs) {
      if (since !== undefined && ['7.9', '7.10'].includes(version)) continue;
      const { errors, job: after } = await verb(rig, name, { jobId: `job:es:${job}`, waitMs: 15_000, ...more });
      expect([name, errors]).toEqual([
        name,
        [expect.objectContaining({ __typename: 'RefusedError', code: 'REFUSED', message: expect.stringMatching(says) })],
      ]);
      expect(after?.nativeId).toBe(job);
    }
    const { jobs } = await rig.ask<{ readonly jobs: { readonly totalCount: number; readonly unavailable: readonly unknown[] } }>(
      '{ jobs { totalCount nodes { id state } unavailable { part } } }',
    );
    expect({ totalCount: jobs.totalCount, unavailable: jobs.unavailable }).toEqual({ totalCount: 12, unavailable: [] });
    expect((await afterRefusals()).message).toMatch(says);
  });

  it.each(['startDatafeed', 'stopDatafeed'])('refuses %s', async (name) => {
    await begin();
    await rig.sim('es').job('fed', { state: 'opened', datafeed: name === 'startDatafeed' ? 'stopped' : 'started' });
    await rig.sim('es').settings({ upgradeMode: true });
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const data = await rig.ask<Readonly<Record<string, { readonly errors: readonly unknown[]; readonly datafeed: unknown }>>>(
      `mutation D($input: ${type}!) { ${name}(input: $input) { datafeed { id state } errors { ${errorFields} } } }`,
      { input: { datafeedId: 'datafeed:es:datafeed-fed' } },
    );
    expect(data[name]?.errors).toEqual([expect.objectContaining({ code: 'REFUSED', message: expect.stringMatching(says) })]);
    expect(data[name]?.datafeed).toMatchObject({ state: name === 'startDatafeed' ? 'STOPPED' : 'STARTED' });
  });

  it('refuses each of many, each with its own outcome', async () => {
    await begin();
    await rig.sim('es').settings({ upgradeMode: true });
    const { results, errors } = await bulkVerb(rig, 'closeJobs', {
      jobIds: ['job:es:nginx-request-rate', 'job:es:payment-amount-outliers'],
      waitMs: 15_000,
    });
    expect(errors).toEqual([]);
    expect(results.map((each) => each.errors.map(({ code }) => code))).toEqual([['REFUSED'], ['REFUSED']]);
  });

  it('leaves jobs open without a node, and says why in the vendor’s words', async () => {
    await begin();
    await rig.sim('es').settings({ upgradeMode: true });
    const { job } = await rig.ask<{ readonly job: unknown }>(
      '{ job(id: "job:es:nginx-request-rate") { state stateReason node { id } details { ... on ElasticsearchJobDetails { assignmentExplanation } } } }',
    );
    expect(job).toEqual({
      state: 'OPENED',
      stateReason: expect.stringMatching(says),
      node: null,
      details: { assignmentExplanation: expect.stringMatching(says) },
    });
  });

  it('that is over is over for the next verb', async () => {
    await begin();
    await rig.sim('es').settings({ upgradeMode: true });
    await afterRefusals();
    await rig.sim('es').settings({ upgradeMode: false });
    const { errors } = await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
    expect(errors).toEqual([]);
    expect(await readJob(rig, 'job:es:payment-amount-outliers')).toMatchObject({ state: 'CLOSED' });
    await eventually(
      async () => {
        await verb(rig, 'closeJob', { jobId: 'job:es:payment-amount-outliers', waitMs: 15_000 });
        return health();
      },
      ({ status }) => status === 'UP',
    );
  });

  it('does not stop a live list: what changes meanwhile is told', async () => {
    await begin();
    const jobs = rig.subscribe<{
      readonly jobsChanged: { readonly changed: readonly { readonly nativeId: string; readonly stateReason: string | null }[] };
    }>('subscription { jobsChanged { added { id } changed { id nativeId stateReason } } }');
    await jobs.next();
    await rig.sim('es').settings({ upgradeMode: true });
    await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, stateReason }) => nativeId === 'nginx-request-rate' && says.test(stateReason ?? '')),
    );
    jobs.stop();
  });
});
