import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/connect.js';
import type { Answer, Seen } from '../support/stand-in.js';
import { answered, base, byRequest, failure, profileOf, setUp, tasksFound } from './rig.js';

/* What a cluster says and what it names, when it means no good. */

const told = async (answer: Answer) => {
  const { adapter, call } = await setUp(() => answer);
  return errorOf(adapter.run({ action: 'OPEN_JOB', jobId: 'some-detector' }, call()));
};
const almostMegabyte = 900_000;

describe('the words of a refusal', () => {
  it.each([
    ['blanks', 'x'.concat(' '.repeat(almostMegabyte), 'y')],
    ['routes that never end', 'uri ['.repeat(almostMegabyte / 5)],
    ['privileges that never end', 'no permissions for ['.repeat(almostMegabyte / 20)],
    ['accounts that never end', ' and User [\u2028'.repeat(almostMegabyte / 12)],
    ['frames of a trace', ' at org.x'.repeat(almostMegabyte / 9)],
  ])('made of %s are cut before they are read', async (_, reason) => {
    for (const status of [200, 400, 403, 500]) {
      // Said once: what is larger than a megabyte is not even looked at.
      const { message, facts } = await told({ status, body: { error: { type: 'security_exception', reason } } });
      expect(message.length).toBeLessThan(1_000);
      expect((facts.vendorMessage ?? '').length).toBeLessThan(600);
    }
  });

  it.each([200, 403, 500])('with status %i hold no place of a node and no URL', async (status) => {
    const reason =
      '[node-1][10.0.0.7:9300] of {node-2}{x}{10.0.0.8}{10.0.0.8:9300} failed, see https://admin:hunter2@inside.example/x?token=1, [/[fe80::1]:9300]';
    const { facts } = await told(failure(status, 'x', reason));
    expect(facts.vendorMessage).toContain('node-1');
    expect(facts.vendorMessage).not.toMatch(/10\.0\.0|fe80|9300|inside|hunter2|token/);
  });

  it('name no more privileges than a message can hold', async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `p:${index}`);
    const { message, facts } = await told({
      status: 403,
      body: { error: { type: 'security_exception', reason: 'no', missing_permissions: many } },
    });
    expect(facts.missing).toHaveLength(20);
    expect(message.length).toBeLessThan(300);
  });

  it('in a profile are a line, not a trace', async () => {
    const error = `o.o.X: [n][10.0.0.7:9300] broken\n${'\tat org.opensearch.X.y(X.java:1)\n'.repeat(1_000)}`;
    const { adapter, call } = await setUp(() => ({ body: { state: 'RUNNING', error } }));
    const profile = await adapter.detectors?.readProfile('det', new Set(['DetectorProfile.error']), call());
    expect(profile?.error).toBe('o.o.X: [n] broken');
  });
});

describe('a version', () => {
  it.each(['2.19.4 at http://admin:x@inside', '2.19.\n4', `2.19.${'4'.repeat(1_000)}`])(
    'that is none (%j) is not repeated',
    async (number) => {
      const { adapter, call } = await setUp(
        byRequest({
          'GET /': { body: { version: { number, distribution: 'opensearch' } } },
          [`GET ${base}/detectors/count`]: { body: { count: 1 } },
        }),
      );
      expect((await adapter.learnProfile(call())).version).toBeNull();
    },
  );
});

const detectorsFound = (...found: readonly (readonly [id: string, source: object])[]): Answer => tasksFound(...found);
const anomalies = { skip: 0, first: 10 };

describe('a result index', () => {
  it.each(['*', '_all', 'a,b', '.opendistro_security', '-x', '<a{now}>', '../../_cluster/settings', 'other:x', '\ud800', 'x/_mapping'])(
    'called %j is not read',
    async (index) => {
      const { server, adapter, call } = await setUp(({ path }) =>
        path.endsWith('/detectors/_search') ? detectorsFound(['det', { result_index: index }]) : tasksFound(),
      );
      expect(await errorOf(Promise.resolve(adapter.detectors?.readAnomalies('det', anomalies, new Set(), call())))).toMatchObject({
        code: 'REFUSED',
      });
      expect(server.requests()).toEqual([`POST ${base}/detectors/_search`]);
    },
  );

  it('as the products make them is read', async () => {
    for (const index of ['opensearch-ad-plugin-result-my.index_1', 'searchguard-ad-result-x']) {
      const { server, adapter, call } = await setUp(({ path }) =>
        path.endsWith('/detectors/_search') ? detectorsFound(['det', { result_index: index }]) : tasksFound(),
      );
      await adapter.detectors?.readAnomalies('det', anomalies, new Set(), call());
      expect(server.requests()).toContain(`POST ${base}/detectors/results/_search/${index}`);
    }
  });
});

describe('an id that is a route', () => {
  const ids = ['..', '../../_cluster/settings', '%2f', 'a,b', '*', '_search', 'count', 'results', 'tasks', 'a b', 'a~b', '?pretty'];

  it.each(ids)('%j of a detector is sent nowhere', async (id) => {
    const { server, adapter, call } = await setUp(() => ({ body: { hits: { hits: [] } } }));
    const { detectors } = adapter;
    if (!detectors) return expect.fail('no detectors');
    const entity = [{ name: 'a', value: 'b' }];
    for (const asked of [
      () => detectors.readProfile(id, new Set(), call()),
      () => detectors.readEntityProfile(id, entity, new Set(), call()),
      () => detectors.readAnomalies(id, anomalies, new Set(), call()),
      () => detectors.run({ action: 'STOP_DETECTOR', detectorId: id, run: 'REALTIME' }, call()),
      () => adapter.run({ action: 'CLOSE_JOB', jobId: id }, call()),
    ])
      expect(await errorOf(asked())).toMatchObject({ code: 'NOT_FOUND' });
    expect(server.seen).toEqual([]);
  });

  it.each([...ids.slice(0, 5), '_all', '_local', 'stats', 'hot_threads', 'detectors', 'usage', 'jvm'])(
    '%j of a node is sent nowhere',
    async (id) => {
      const { server, adapter, call } = await setUp(() => ({ body: { nodes: {} } }));
      const { readings } = await adapter.readNodes([id], new Set(['NodeStats.metrics']), call());
      expect(readings.get(id)).toEqual({ status: 'gone' });
      expect(server.seen).toEqual([]);
    },
  );
});

describe('a task that is not the one asked for', () => {
  const source = { detector_id: 'other', task_type: 'REALTIME_SINGLE_ENTITY', state: 'RUNNING', execution_start_time: 1 };
  const stops = ({ requests }: { requests(): readonly string[] }) => requests().filter((each) => each.endsWith('_stop'));

  it('does not have its detector stopped', async () => {
    const { server, adapter, call } = await setUp(byRequest({ [`POST ${base}/detectors/tasks/_search`]: tasksFound(['another', source]) }));
    expect(await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 'mine' }, call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(stops(server)).toEqual([]);
  });

  it('does not have a route called for the name of its detector', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({ [`POST ${base}/detectors/tasks/_search`]: tasksFound(['mine', { ...source, detector_id: '..' }]) }),
    );
    expect(await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 'mine' }, call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(stops(server)).toEqual([]);
  });

  it('is not given out as what a start began', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        [`POST ${base}/detectors/det/_start`]: answered('2.19.4/20-real-time', 'start real-time (fresh)'),
        [`POST ${base}/detectors/tasks/_search`]: tasksFound(['another', source]),
      }),
    );
    expect(await adapter.run({ action: 'OPEN_JOB', jobId: 'det' }, call())).toEqual({ done: false, taskId: null });
  });

  it('is no answer of a start over the past, whose outcome is then unknown', async () => {
    const { adapter, call } = await setUp(() => ({ body: { _id: 'task~1/../x' } }));
    const run = adapter.detectors?.run(
      { action: 'START_DETECTOR', detectorId: 'det', run: 'HISTORICAL', dateRange: { start: 1, end: 2 } },
      call(),
    );
    expect(await errorOf(Promise.resolve(run))).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true } });
  });
});

describe('thousands of detectors', () => {
  it('cost no more calls for the documents of their jobs than a page of them', async () => {
    const found = Array.from({ length: 700 }, (_, index) => [`d-${index}`, {}] as const);
    const { server, adapter, call } = await setUp(({ path, method }: Seen) => {
      if (path.endsWith('/tasks/_search')) return tasksFound();
      if (path.endsWith('/detectors/_search')) return detectorsFound(...found);
      return method === 'GET' ? { body: {} } : undefined;
    });
    const { items, missing } = await adapter.listJobs(new Set(['Job.details', 'DetectorJobDetails.enabled']), call());
    expect(items).toHaveLength(700);
    expect(server.requests().filter((each) => each.startsWith('GET'))).toHaveLength(500);
    expect(missing).toMatchObject([{ part: 'STATISTICS', error: { code: 'INVALID_INPUT' } }]);
  });
});

describe('a connection', () => {
  it('is never lent to where an answer redirects', async () => {
    const { server, adapter, call } = await setUp(({ path }) =>
      path.startsWith('/elsewhere') ? { body: {} } : { status: 307, body: '', headers: { location: '/elsewhere' } },
    );
    const error = await errorOf(adapter.run({ action: 'OPEN_JOB', jobId: 'det' }, { ...call(), profile: profileOf('2.19.4') }));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { httpStatus: 307 } });
    expect(error.message).not.toContain('elsewhere');
    expect(server.requests()).toEqual([`POST ${base}/detectors/det/_start`]);
  });
});
