import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { finalTaskStates, Secret } from '../../../src/domain/index.js';
import { symetryml } from '../../../src/vendors/symetryml/index.js';
import { errorOf } from '../support/connect.js';
import { adapted, call, connectionTo, envelope, info, secretText } from './rig.js';

const listing = (...jobs: readonly unknown[]) => adapted(() => envelope(200, 'OK', { jobinfo: jobs }));
const none = new Set<string>();

describe('the list of jobs', () => {
  it('tells jobs and their runs with plain numbers for ids, each from one request for the list', async () => {
    const { adapter, got } = await listing(info(4), info(5, { isStarted: false }), info(6, { isDone: true }), info(7, { owner: 'c2' }));
    const jobs = await adapter.listJobs(none, call());
    expect(jobs.missing).toEqual([]);
    expect(jobs.items.map(({ id, nativeId, state }) => [id, nativeId, state])).toEqual([
      ['job:sym:4', '4', 'RUNNING'],
      ['job:sym:5', '5', 'QUEUED'],
      ['job:sym:6', '6', 'FINISHED'],
    ]);
    const tasks = await adapter.discoverTasks(none, call(), ['4']);
    expect(
      tasks.items.map(({ id, kind, jobNativeId, state, vendorState, cancellable }) => [
        id,
        kind,
        jobNativeId,
        state,
        vendorState,
        cancellable,
      ]),
    ).toEqual([
      ['task:sym:4', 'RUN', '4', 'RUNNING', null, true],
      ['task:sym:5', 'RUN', '5', 'QUEUED', null, true],
      ['task:sym:6', 'RUN', '6', 'UNKNOWN', 'done', false],
    ]);
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /symetry/rest/c1/jobs', 'GET /symetry/rest/c1/jobs']);
  });

  it('leaves to the gateway what only the gateway knows', async () => {
    const { adapter } = await listing(info(4));
    const { items } = await adapter.listJobs(none, call());
    for (const name of ['allowedActions', 'resultState', 'result']) expect(items[0]).not.toHaveProperty(name);
  });

  it('that tells ids alone gives jobs and runs of which nothing is known', async () => {
    const { adapter } = await adapted(() => envelope(200, 'OK', { stringList: { values: ['4', '5'] } }));
    const { items } = await adapter.listJobs(none, call());
    expect(items.map(({ nativeId, state, type, owner }) => [nativeId, state, type, owner])).toEqual([
      ['4', 'UNKNOWN', 'unknown', null],
      ['5', 'UNKNOWN', 'unknown', null],
    ]);
    const [task] = (await adapter.discoverTasks(none, call())).items;
    expect(task).toMatchObject({ nativeId: '4', state: 'UNKNOWN', vendorState: null, cancellable: true, progress: null });
    expect(finalTaskStates.has(task?.state ?? 'LOST')).toBe(false);
  });

  it('is asked for once by all who ask at the same time', async () => {
    const { adapter, got } = await listing(info(4));
    await Promise.all([
      adapter.listJobs(none, call()),
      adapter.discoverTasks(none, call()),
      adapter.readJobs(['4'], none, call()),
      adapter.readTasks(['4', '5'], none, call()),
    ]);
    expect(got).toHaveLength(1);
  });

  it('says what is missing where entries cannot be read', async () => {
    const { adapter } = await listing(info(4), { id: 5 });
    expect(await adapter.listJobs(none, call())).toMatchObject({
      items: [{ nativeId: '4' }],
      missing: [{ part: 'STATE', error: { code: 'BACKEND_UNAVAILABLE', facts: { backend: 'sym' } } }],
    });
    expect((await adapter.discoverTasks(none, call())).missing).toMatchObject([{ part: 'TASKS' }]);
  });

  it('gives `raw` where it is wanted, without secrets, however deep it nests', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    const { adapter } = await adapted(() => ({
      status: 200,
      body: `{"statusCode":"OK","statusString":"","values":{"jobinfo":[${JSON.stringify(info(4, { details: { pid: 'p', aws_secret_key: 'x' } }))},{"jobId":5,"odd":${deep}}]}}`,
    }));
    const { items } = await adapter.listJobs(new Set(['JobDetails.raw']), call());
    expect(items.map(({ details }) => details?.raw)).toMatchObject([{ jobId: 4, details: { pid: 'p' } }, null]);
    expect(JSON.stringify(items)).not.toContain('aws_secret_key');
    const tasks = (await adapter.discoverTasks(new Set(['Task.raw']), call())).items;
    expect(tasks[0]?.raw).toMatchObject({ jobId: 4 });
    expect((await adapter.discoverTasks(none, call())).items[0]).not.toHaveProperty('raw');
  });
});

describe('by their ids', () => {
  it('jobs and runs are found in the list, and gone when it does not have them', async () => {
    const { adapter, got } = await listing(info(4), info(7, { owner: 'c2' }));
    const ids = ['4', '5', '7', 'Not/an id', ''];
    for (const { readings, missing } of [await adapter.readJobs(ids, none, call()), await adapter.readTasks(ids, none, call())]) {
      expect(missing).toEqual([]);
      expect([...readings].map(([id, { status }]) => [id, status])).toEqual([
        ['4', 'found'],
        ['5', 'gone'],
        // Another customer's is nobody's business here.
        ['7', 'gone'],
        ['Not/an id', 'gone'],
        ['', 'gone'],
      ]);
      expect(readings.get('4')).toMatchObject({ value: { nativeId: '4', state: 'RUNNING' } });
    }
    expect(got.map(({ target }) => target)).toEqual(['/symetry/rest/c1/jobs', '/symetry/rest/c1/jobs']);
  });

  it('what could be an entry that cannot be read is not gone', async () => {
    const { adapter } = await listing(info(4), { id: 5 });
    const { readings } = await adapter.readJobs(['4', '5', 'a b'], none, call());
    expect([...readings.values()].map(({ status }) => status)).toEqual(['found', 'undetermined', 'gone']);
  });

  it('nothing is known of them without a list', async () => {
    const { adapter } = await adapted(() => envelope(503, 'webapp not available'));
    for (const { readings } of [await adapter.readJobs(['4', 'a b'], none, call()), await adapter.readTasks(['4', 'a b'], none, call())]) {
      expect(readings.get('4')).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
      expect(readings.get('a b')).toEqual({ status: 'gone' });
    }
  });

  it('what cannot be an id is not asked for', async () => {
    const { adapter, got } = await listing();
    await adapter.readJobs(['a b', '..'], none, call());
    await adapter.readTasks([], none, call());
    expect(got).toEqual([]);
  });

  it('who has given up gets an error, not readings', async () => {
    const { adapter } = await listing(info(4));
    const ended = call(1_000, { signal: AbortSignal.abort() });
    expect(await errorOf(adapter.readJobs(['4'], none, ended))).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});

describe('the profile', () => {
  it('has the version that is configured, and is learnt from the list of jobs alone', async () => {
    const { adapter, got } = await adapted(() => envelope(200, 'OK'), { version: '6.1' });
    expect(await adapter.learnProfile(call())).toEqual({
      version: '6.1',
      capabilities: ['KILL_JOB', 'START_JOB', 'CANCEL_TASK'],
      notice: null,
    });
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual(['GET /symetry/rest/c1/jobs']);
  });

  it('has no version otherwise: SymetryML tells none', async () => {
    const { adapter } = await listing();
    expect((await adapter.learnProfile(call())).version).toBeNull();
  });

  it.each([
    [401, 'Invalid User'],
    [401, 'Invalid Signature'],
    [400, 'Md5 do not match'],
    [400, 'Invalid Date Format'],
  ])('is not learnt with credentials that are refused, and health hears of the read: %i %s', async (status, text) => {
    const { adapter, seen } = await adapted(() => envelope(status, text));
    expect(await errorOf(adapter.learnProfile(call()))).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: status, backend: 'sym' } });
    expect(await errorOf(adapter.listJobs(none, call()))).toMatchObject({ code: 'FORBIDDEN' });
    expect(seen.answers).toEqual([`GET /jobs ${status}`, `GET /jobs ${status}`]);
  });

  it('is not learnt from what is no SymetryML', async () => {
    const { adapter } = await adapted(() => ({ status: 200, body: { tagline: 'You Know, for Search' } }));
    expect(await errorOf(adapter.learnProfile(call()))).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { httpStatus: 200 } });
  });
});

describe('what this product has nothing for', () => {
  it('is answered without a request', async () => {
    const { adapter, got } = await listing(info(4));
    expect((await adapter.readDatafeeds(['d'], none, call())).readings.get('d')).toEqual({ status: 'gone' });
    expect((await adapter.readNodes(['n'], none, call())).readings.get('n')).toEqual({ status: 'gone' });
    expect(await adapter.listNodes(none, call())).toEqual({ items: [], missing: [] });
    expect(await adapter.readClusterStats(none, call())).toBeNull();
    expect(await adapter.readAnomalies('4', { skip: 0, first: 1 }, none, call())).toEqual({ items: [], totalCount: 0 });
    expect(await adapter.readModelSnapshots('4', { skip: 0, first: 1 }, call())).toEqual({ items: [], totalCount: 0 });
    expect([...(await adapter.readJobMessages(['4'], 1, call()))]).toEqual([['4', []]]);
    expect(await errorOf(adapter.expandJobs({ expression: '_all' }, call()))).toMatchObject({ code: 'UNSUPPORTED' });
    expect(adapter.isBlocking('KILL_JOB')).toBe(false);
    expect(adapter.standingOf('KILL_JOB', { status: 'gone' })).toEqual({ state: 'UNKNOWN' });
    expect(['listTasks', 'entityTaskKinds', 'detectors', 'qualifiesIds'].filter((name) => name in adapter)).toEqual([]);
    expect(got).toEqual([]);
  });
});

describe('a connection', () => {
  const url = new URL('http://127.0.0.1:1');
  const unobserved = { answered: () => undefined, failed: () => undefined, noted: () => undefined };
  const secretKey = new Secret('top secret');
  const refused = (more: Parameters<typeof connectionTo>[1]) => {
    expect(() => symetryml.connect(connectionTo(url, more), unobserved)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.not.stringContaining('top secret') }),
    );
  };

  it.each([
    ['another way to prove who one is', { auth: { kind: 'bearer', token: secretKey } as const }],
    ['a customer id that is a path', { auth: { kind: 'hmac', customerId: '../c2', secretKey } as const }],
    ['a path form there is not', { settings: { pathForm: 'round' } }],
    ['a version that is none', { settings: { symVersion: '6.3\r\nx: y' } }],
  ])('is refused with %s', (_, more) => {
    refused(more);
  });

  it('is signed as its settings say', async () => {
    const { adapter, got } = await adapted(() => envelope(200, 'OK'), {
      settings: { symVersion: '5.2', symClient: 'ops', pathForm: 'bare' },
    });
    await adapter.listJobs(none, call());
    expect(got[0]?.headers).toMatchObject({ 'sym-version': '5.2', 'sym-client': 'ops', 'customer-id': 'c1' });
    const lines = ['GET', '', secretText, got[0]?.headers['sym-date'], 'c1', 'symetry/rest/c1/jobs', ''];
    const mac = createHmac('sha256', Buffer.from(secretText, 'base64')).update(lines.join('\n'));
    expect(got[0]?.headers.authorization).toBe(mac.digest('base64'));
  });
});
