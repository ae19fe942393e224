import { afterEach, describe, expect, it } from 'vitest';
import {
  createGatewayRig,
  errorFields,
  eventually,
  type GatewayRig,
  jobFields,
  type RigSetup,
  readJob,
  type SeenError,
  type SeenJob,
  taskFields,
  verb,
} from '../support/gateway-rig.js';

let rig: GatewayRig;
afterEach(() => rig.dispose());

const begin = async (setup: Partial<RigSetup['backends'][number]> = {}): Promise<void> => {
  rig = await createGatewayRig({ backends: [{ id: 'es', ...setup }] });
};

interface SeenFeed {
  readonly id: string;
  readonly nativeId: string;
  readonly state: string;
  readonly stateReason: string | null;
  readonly vendorState: string | null;
  readonly indices: readonly string[];
  readonly realtime: boolean | null;
}
const feedFields = 'id nativeId state stateReason vendorState indices realtime frequencyMs queryDelayMs';

interface FeedPayload {
  readonly datafeed: SeenFeed | null;
  readonly job: SeenJob | null;
  readonly task: unknown;
  readonly errors: readonly SeenError[];
}
const feedVerb = async (name: 'startDatafeed' | 'stopDatafeed', input: Readonly<Record<string, unknown>>): Promise<FeedPayload> => {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  const data = await rig.ask<Readonly<Record<string, FeedPayload>>>(
    `mutation D($input: ${type}!) { ${name}(input: $input) {
      datafeed { ${feedFields} } job { ${jobFields} } task { ${taskFields} } errors { ${errorFields} } } }`,
    { input },
  );
  const payload = data[name];
  if (!payload) throw new TypeError(`no ${name} in the answer`);
  return payload;
};

const readFeed = async (id: string): Promise<SeenFeed | null> =>
  (await rig.ask<{ readonly node: SeenFeed | null }>(`query F($id: ID!) { node(id: $id) { ... on Datafeed { ${feedFields} } } }`, { id }))
    .node;

const open = (name: string) => rig.sim('es').job(name, { state: 'opened', datafeed: 'stopped' });
const startRoute = 'POST /_ml/datafeeds/{id}/_start';
const stopRoute = 'POST /_ml/datafeeds/{id}/_stop';

describe('starting a datafeed', () => {
  it('answers when the vendor has begun, with the datafeed and its job; there is no task to watch', async () => {
    await begin();
    await open('fed');
    const { datafeed, job, task, errors } = await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-fed' });
    expect({ task, errors }).toEqual({ task: null, errors: [] });
    expect(datafeed).toMatchObject({ nativeId: 'datafeed-fed', state: 'STARTED', vendorState: 'started', indices: ['logs-fed'] });
    expect(job).toMatchObject({ nativeId: 'fed', state: 'OPENED', datafeed: { id: datafeed?.id, state: 'STARTED' } });
    expect(job?.allowedActions).toContain('STOP_DATAFEED');
    expect(job?.allowedActions).not.toContain('START_DATAFEED');
  });

  it('is seen by those who watch the job', async () => {
    await begin();
    await open('fed');
    const jobs = rig.subscribe<{ readonly jobsChanged: { readonly changed: readonly SeenJob[] } }>(
      `subscription { jobsChanged { changed { ${jobFields} } added { id } } }`,
    );
    await jobs.next();
    await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-fed' });
    await jobs.until(({ jobsChanged }) =>
      jobsChanged.changed.some(({ nativeId, datafeed }) => nativeId === 'fed' && datafeed?.state === 'STARTED'),
    );
    await feedVerb('stopDatafeed', { datafeedId: 'datafeed:es:datafeed-fed' });
    await eventually(
      () =>
        jobs.seen.flatMap(({ jobsChanged }) => jobsChanged.changed.filter(({ nativeId }) => nativeId === 'fed')).at(-1)?.datafeed?.state,
      (state) => state === 'STOPPED',
    );
    jobs.stop();
  });

  it('with an end works through the data, then stops and closes its job by itself', async () => {
    await begin();
    await open('fed');
    const { errors } = await feedVerb('startDatafeed', {
      datafeedId: 'datafeed:es:datafeed-fed',
      start: '2026-01-01T00:00:00.000Z',
      end: '2026-01-02T00:00:00.000Z',
    });
    expect(errors).toEqual([]);
    await eventually(
      () => readJob(rig, 'job:es:fed'),
      (job) => job?.state === 'CLOSED' && job.datafeed?.state === 'STOPPED',
    );
  });

  it('with an end that is not after the start is refused before anything is sent', async () => {
    await begin();
    await open('fed');
    for (const end of ['2026-01-01T00:00:00.000Z', '2025-12-31T23:00:00+00:00']) {
      const calls = await rig.sim('es').costOf(async () => {
        const { errors } = await feedVerb('startDatafeed', {
          datafeedId: 'datafeed:es:datafeed-fed',
          start: '2026-01-01T00:00:00.000Z',
          end,
        });
        expect(errors).toEqual([
          expect.objectContaining({ __typename: 'InvalidInputError', code: 'INVALID_INPUT', path: expect.arrayContaining(['input']) }),
        ]);
      });
      expect(calls).not.toHaveProperty([startRoute]);
    }
  });

  it('of a job that is not open is WRONG_STATE, with what helps', async () => {
    await begin();
    const { datafeed, job, errors } = await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-dns-tunneling' });
    expect(errors).toEqual([
      expect.objectContaining({
        __typename: 'WrongStateError',
        message: expect.stringContaining('open it first'),
        path: ['input', 'datafeedId'],
      }),
    ]);
    expect(datafeed?.state).toBe('STOPPED');
    expect(job).toMatchObject({ state: 'CLOSED', allowedActions: expect.arrayContaining(['OPEN_JOB']) });
  });

  it('that runs is WRONG_STATE', async () => {
    await begin();
    const { datafeed, errors } = await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-nginx-request-rate' });
    expect(errors).toEqual([expect.objectContaining({ code: 'WRONG_STATE', message: 'The datafeed has already been started.' })]);
    expect(datafeed?.state).toBe('STARTED');
  });

  it('of a job being reset is a conflict with the task that does it', async () => {
    await begin();
    await rig.sim('es').job('dns-tunneling', { resetMs: 60_000 });
    const { task } = await verb(rig, 'resetJob', { jobId: 'job:es:dns-tunneling' });
    const { errors } = await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-dns-tunneling' });
    expect(errors).toEqual([expect.objectContaining({ code: 'CONFLICT', task: expect.objectContaining({ id: task?.id, kind: 'RESET' }) })]);
  });

  it('that nobody knows is NOT_FOUND, with neither datafeed nor job', async () => {
    await begin();
    for (const datafeedId of ['datafeed:es:never-was', 'datafeed:es:_all', 'datafeed:es:datafeed-*']) {
      const payload = await feedVerb('startDatafeed', { datafeedId });
      expect(payload).toMatchObject({ datafeed: null, job: null, errors: [{ code: 'NOT_FOUND', path: ['input', 'datafeedId'] }] });
    }
    expect(rig.sim('es').calls()).not.toHaveProperty([startRoute]);
  });

  it('by the id of a job is INVALID_INPUT', async () => {
    await begin();
    const { errors } = await feedVerb('startDatafeed', { datafeedId: 'job:es:dns-tunneling' });
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'datafeedId'] })]);
  });

  it('whose vendor stops waiting is told as TIMEOUT, and starts all the same', async () => {
    await begin({ speed: 0.5 });
    await open('fed');
    const { errors } = await feedVerb('startDatafeed', { datafeedId: 'datafeed:es:datafeed-fed', timeoutMs: 1 });
    expect(errors).toEqual([expect.objectContaining({ code: 'TIMEOUT' })]);
    await eventually(
      () => readFeed('datafeed:es:datafeed-fed'),
      (feed) => feed?.state === 'STARTED',
    );
  });

  it('gives a repeat with the same key the first outcome', async () => {
    await begin();
    await open('fed');
    const input = { datafeedId: 'datafeed:es:datafeed-fed', idempotencyKey: '5a3ab7f2-7f0e-4d43-a0fc-7d1b1f2c9e11' };
    const calls = await rig.sim('es').costOf(async () => {
      for (let round = 0; round < 3; round += 1) expect((await feedVerb('startDatafeed', input)).errors).toEqual([]);
    });
    expect(calls[startRoute]).toBe(1);
  });
});

describe('stopping a datafeed', () => {
  it('leaves its job open', async () => {
    await begin();
    const { datafeed, job, task, errors } = await feedVerb('stopDatafeed', { datafeedId: 'datafeed:es:datafeed-nginx-request-rate' });
    expect({ task, errors }).toEqual({ task: null, errors: [] });
    expect(datafeed).toMatchObject({ state: 'STOPPED', realtime: null });
    expect(job).toMatchObject({ state: 'OPENED', allowedActions: expect.arrayContaining(['START_DATAFEED', 'CLOSE_JOB']) });
  });

  it('that is stopped succeeds', async () => {
    await begin();
    expect((await feedVerb('stopDatafeed', { datafeedId: 'datafeed:es:datafeed-dns-tunneling' })).errors).toEqual([]);
  });

  it('by force, or with a limit, works too', async () => {
    await begin();
    for (const [name, more] of [
      ['nginx-request-rate', { force: true }],
      ['auth-failed-logins', { timeoutMs: 60_000 }],
    ] as const) {
      const { datafeed, errors } = await feedVerb('stopDatafeed', { datafeedId: `datafeed:es:datafeed-${name}`, ...more });
      expect({ state: datafeed?.state, errors }).toEqual({ state: 'STOPPED', errors: [] });
    }
  });

  it.each([0, -1])('with a limit of %i is INVALID_INPUT, and not sent', async (timeoutMs) => {
    await begin();
    const datafeedId = 'datafeed:es:datafeed-nginx-request-rate';
    const { errors } = await feedVerb('stopDatafeed', { datafeedId, timeoutMs });
    expect(errors).toEqual([expect.objectContaining({ code: 'INVALID_INPUT', path: ['input', 'timeoutMs'] })]);
    expect((await readFeed(datafeedId))?.state).toBe('STARTED');
    expect(rig.sim('es').calls()).not.toHaveProperty([stopRoute]);
  });

  it('that nobody knows is NOT_FOUND, and a wildcard stops none', async () => {
    await begin();
    for (const datafeedId of ['datafeed:es:never-was', 'datafeed:es:_all', 'datafeed:es:datafeed-*'])
      expect((await feedVerb('stopDatafeed', { datafeedId })).errors.map(({ code }) => code)).toEqual(['NOT_FOUND']);
    expect((await rig.sim('es').state()).datafeeds.filter(({ state }) => state === 'started')).toHaveLength(4);
    expect(rig.sim('es').calls()).not.toHaveProperty([stopRoute]);
  });
});

describe('a round of a datafeed', () => {
  it.each(['7.9', '7.10', '7.17', '8.17', '9.1'])('open, start, stop, close works on %s', async (version) => {
    await begin({ version });
    await verb(rig, 'openJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 });
    const datafeedId = 'datafeed:es:datafeed-dns-tunneling';
    expect(await feedVerb('startDatafeed', { datafeedId })).toMatchObject({ datafeed: { state: 'STARTED' }, errors: [] });
    expect(await feedVerb('stopDatafeed', { datafeedId })).toMatchObject({ datafeed: { state: 'STOPPED' }, errors: [] });
    expect((await verb(rig, 'closeJob', { jobId: 'job:es:dns-tunneling', waitMs: 15_000 })).job?.state).toBe('CLOSED');
  });

  it('with a backend that is read-only is refused both ways, and nothing is sent', async () => {
    await begin({ config: { readOnly: true } });
    for (const name of ['startDatafeed', 'stopDatafeed'] as const) {
      const { datafeed, errors } = await feedVerb(name, { datafeedId: 'datafeed:es:datafeed-nginx-request-rate' });
      expect(errors).toEqual([expect.objectContaining({ __typename: 'RefusedError', code: 'REFUSED' })]);
      expect(datafeed?.state).toBe('STARTED');
    }
    expect(Object.keys(rig.sim('es').calls()).filter((route) => route.startsWith('POST /_ml'))).toEqual([]);
  });
});
