import { describe, expect, it } from 'vitest';
import type { FieldSet } from '../../../src/domain/index.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { errorOf } from '../support/connect.js';
import { recorded } from '../support/recordings.js';
import type { Seen } from '../support/stand-in.js';
import { byRequest, failure, setUp, wireJob } from './support.js';

const row: FieldSet = new Set(['Task.id', 'Task.state', 'Task.counts']);
const reset = (node: string, id: number, more: object = {}) => ({
  node,
  id,
  type: 'transport',
  action: 'cluster:admin/xpack/ml/job/reset',
  description: 'job-total-requests',
  start_time_in_millis: 1_700_000_000_000,
  running_time_in_nanos: 13_240_071,
  cancellable: true,
  cancelled: false,
  headers: {},
  ...more,
});
const deletion = (id: number, parent: string, total: number, deleted: number) => ({
  node: 'M',
  id,
  action: 'indices:data/write/delete/byquery',
  status: { total, deleted, created: 0 },
  start_time_in_millis: 1_700_000_000_100,
  parent_task_id: parent,
});
const notStored = (id: string) => failure(404, 'resource_not_found_exception', `task [${id}] isn't running and hasn't stored its results`);

describe('discovering tasks', () => {
  it('asks once for every kind of work on jobs and for the children whose counts are wanted', async () => {
    const { server, adapter, call } = await setUp(byRequest({ 'GET /_tasks': { tasks: [] } }));
    expect(await adapter.discoverTasks(row, call)).toEqual({ items: [], missing: [] });
    expect(server.requests()).toEqual(['GET /_tasks']);
    const [query] = server.seen.map((each) => each.query);
    expect(query?.get('detailed')).toBe('true');
    const actions = query?.get('actions')?.split(',') ?? [];
    expect(actions).toEqual(
      expect.arrayContaining(['cluster:admin/xpack/ml/job/reset*', 'cluster:admin/xpack/ml/job/model_snapshots/revert*']),
    );
    expect(actions).toContain('indices:data/write/delete/byquery*');
    await adapter.discoverTasks(new Set(['Task.state']), call);
    expect(server.seen[1]?.query.get('actions')).not.toContain('byquery');
  });

  it('shows a reset that was handed on to the master once, with the sum of what its children deleted', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        'GET /_tasks': {
          tasks: [
            reset('M', 452, { parent_task_id: 'N:39', start_time_in_millis: 1_700_000_000_008 }),
            deletion(453, 'M:452', 1000, 400),
            reset('N', 39),
            deletion(454, 'M:452', 200, 100),
            deletion(455, 'M:453', 1000, 400),
            deletion(900, 'X:1', 77, 7),
          ],
        },
      }),
    );
    const { items } = await adapter.discoverTasks(row, call);
    expect(items).toEqual([
      {
        id: 'task:es-prod:N:39~loyw3v28',
        backendKey: 'es-prod',
        nativeId: 'N:39',
        kind: 'RESET',
        vendorType: 'cluster:admin/xpack/ml/job/reset',
        state: 'RUNNING',
        vendorState: null,
        progress: null,
        counts: { current: 500, maximum: 1200, unit: 'DOCUMENTS' },
        startedAt: 1_700_000_000_000,
        endedAt: null,
        updatedAt: null,
        error: null,
        cancellable: true,
        startedBy: null,
        jobNativeId: 'total-requests',
        parentId: null,
        idempotencyKey: null,
      },
    ]);
  });

  it('knows the two entries of a delete that a real cluster listed', async () => {
    const { response } = recorded(
      'elasticsearch-ml/7.9.0/18-cluster-3-nodes',
      'GET /_tasks?actions=cluster:admin/xpack/ml/job/delete*&detailed&group_by=none',
    );
    const { adapter, call } = await setUp(byRequest({ 'GET /_tasks': response }));
    const { items } = await adapter.discoverTasks(row, call);
    expect(items.map(({ nativeId, kind, jobNativeId, cancellable }) => ({ nativeId, kind, jobNativeId, cancellable }))).toEqual([
      { nativeId: 'WHVS0TMwRxW0vIde-pAXxw:235', kind: 'DELETE', jobNativeId: 'e1', cancellable: false },
    ]);
  });

  it('shows an open or close of others only when it names its job, and never its own', async () => {
    const waiting = (id: number, verb: string, by: string, description = '') =>
      reset('N', id, { action: `cluster:admin/xpack/ml/job/${verb}`, description, headers: { 'X-Opaque-Id': by } });
    const tasks = [
      waiting(1, 'close', 'vigil', 'job-a1'),
      waiting(2, 'close', 'kibana', 'job-a2'),
      waiting(3, 'open', 'kibana'),
      waiting(4, 'reset', 'vigil', 'job-a4'),
    ];
    const { adapter, call } = await setUp(byRequest({ 'GET /_tasks': { tasks } }));
    const { items } = await adapter.discoverTasks(row, call);
    expect(items.map(({ nativeId, kind, jobNativeId }) => [nativeId, kind, jobNativeId])).toEqual([
      ['N:2', 'CLOSE', 'a2'],
      ['N:4', 'RESET', 'a4'],
    ]);
    const { readings } = await adapter.readTasks(['N:1', 'N:3'], row, call);
    expect([...readings.values()].map(({ status }) => status)).toEqual(['found', 'found']);
  });

  it('says that the list is not complete when a node gave no answer, and shows no second entry in its place', async () => {
    const { adapter, call } = await setUp(
      byRequest({
        'GET /_tasks': {
          node_failures: [
            {
              type: 'failed_node_exception',
              reason: 'Failed node [N]',
              node_id: 'N',
              caused_by: { type: 'node_disconnected_exception', reason: 'x' },
            },
          ],
          tasks: [reset('M', 452, { parent_task_id: 'N:39' }), reset('M', 7, { description: 'job-other' })],
        },
      }),
    );
    const { items, missing } = await adapter.discoverTasks(row, call);
    expect(items.map(({ nativeId }) => nativeId)).toEqual(['M:7']);
    expect(missing.map(({ part, error }) => [part, error.code, error.message])).toEqual([
      ['TASKS', 'BACKEND_UNAVAILABLE', 'The list of tasks is not complete: nodes N gave no answer.'],
    ]);
  });

  it('falls back to what holds the jobs when the list is forbidden', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/13-security', 'GET /_tasks', 403);
    const { server, adapter, call } = await setUp(
      byRequest({
        'GET /_tasks': { status, body: response },
        'GET /_ml/anomaly_detectors': {
          jobs: [wireJob('a1', { blocked: { reason: 'reset', task_id: 'N:5' } }), wireJob('a2'), wireJob('a3', { deleting: true })],
        },
      }),
    );
    const { items, missing } = await adapter.discoverTasks(row, call);
    expect(items.map(({ id, kind, state, jobNativeId }) => ({ id, kind, state, jobNativeId }))).toEqual([
      { id: 'task:es-prod:N:5', kind: 'RESET', state: 'RUNNING', jobNativeId: 'a1' },
    ]);
    expect(missing.map(({ part, error }) => [part, error.code, error.facts.missing])).toEqual([['TASKS', 'FORBIDDEN', ['monitor']]]);
    expect(server.requests()).toHaveLength(2);
  });

  it('fails as a whole with refused credentials', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/13-security', 'GET /', 401);
    const { server, adapter, call } = await setUp(() => ({ status, body: response }));
    expect((await errorOf(adapter.discoverTasks(row, call))).code).toBe('FORBIDDEN');
    expect(server.requests()).toHaveLength(1);
  });
});

describe('reading tasks by id', () => {
  const stored = (body: object) => byRequest({ 'GET /_tasks/N:7': body });
  const read = async (answer: (seen: Seen) => object | undefined, id = 'N:7', fields: FieldSet = new Set(['Task.state'])) => {
    const setting = await setUp((seen) => {
      const found = answer(seen);
      return found && ('body' in found ? (found as { body: unknown }) : { body: found });
    });
    const { readings, missing } = await setting.adapter.readTasks([id], fields, setting.call);
    return { reading: readings.get(id), missing, requests: setting.server.requests() };
  };
  const task = reset('N', 7, { description: 'job-j1' });

  it('finds how a reset ended', async () => {
    const { reading, requests } = await read(stored({ completed: true, task, response: { acknowledged: true } }));
    expect(reading).toMatchObject({
      status: 'found',
      value: {
        id: 'task:es-prod:N:7~loyw3v28',
        state: 'SUCCEEDED',
        error: null,
        endedAt: 1_700_000_000_013,
        cancellable: false,
        jobNativeId: 'j1',
      },
    });
    expect(requests).toEqual(['GET /_tasks/N:7']);
  });

  it('says of a cancelled reset that the job stays held, and what to do', async () => {
    const { reading } = await read(stored({ completed: true, task: { ...task, cancelled: false }, response: { acknowledged: false } }));
    expect(reading).toMatchObject({
      status: 'found',
      value: { state: 'CANCELLED', error: { message: expect.stringMatching(/stays held.*Reset the job again, or delete it/) } },
    });
  });

  it.each([
    ['status_exception', 'Can only reset a job when it is closed.', 'WRONG_STATE'],
    ['resource_not_found_exception', "No known job with id 'nope'", 'NOT_FOUND'],
    ['status_exception', 'cannot reset job while it is blocked with [delete]', 'CONFLICT'],
    ['status_exception', 'cannot reset job while indices are being upgraded', 'REFUSED'],
    ['security_exception', 'action [cluster:admin/xpack/ml/job/reset] is unauthorized for user [none]', 'FORBIDDEN'],
    ['search_phase_execution_exception', 'all shards failed', 'BACKEND_UNAVAILABLE'],
    ['no_such_element_exception', 'No value present', 'REFUSED'],
  ])('finds the failure %s "%s" as %s', async (type, reason, code) => {
    const { reading } = await read(stored({ completed: true, task, error: { type, reason } }));
    expect(reading).toMatchObject({ status: 'found', value: { state: 'FAILED', error: { code, detail: reason } } });
  });

  it.each([
    ['10-delete', 'GET /_tasks/JNqdOsTlTNOFgFTGJUjxJA:11819', 'SUCCEEDED', undefined],
    ['10-delete', 'GET /_tasks/JNqdOsTlTNOFgFTGJUjxJA:12657', 'FAILED', 'WRONG_STATE'],
    ['10-delete', 'GET /_tasks/JNqdOsTlTNOFgFTGJUjxJA:12666', 'FAILED', 'NOT_FOUND'],
    ['14-security-apikey', 'GET /_tasks/ZOhe_F49QQiliO-jAKkOjA:169', 'FAILED', 'FORBIDDEN'],
    ['19-two-task-ids', 'GET /_tasks/JBInCvorRpGd4dpi0Mg0sg:3963', 'SUCCEEDED', undefined],
  ])('reads the result recorded in %s %s as %s', async (file, request, state, code) => {
    const { response } = recorded(`elasticsearch-ml/7.9.0/${file}`, request);
    const id = request.slice('GET /_tasks/'.length);
    const { reading } = await read(byRequest({ [request]: response }), id);
    expect(reading).toMatchObject({ status: 'found', value: { kind: 'DELETE', state } });
    expect(reading?.status === 'found' ? reading.value.error?.code : 'no task').toBe(code);
  });

  it('reads a task cancelled by its exception as cancelled, and one with neither result nor error as lost', async () => {
    const cancelled = await read(
      stored({ completed: true, task, error: { type: 'task_cancelled_exception', reason: 'task cancelled [by user request]' } }),
    );
    const silent = await read(stored({ completed: true, task }));
    expect([cancelled.reading, silent.reading]).toMatchObject([{ value: { state: 'CANCELLED' } }, { value: { state: 'LOST' } }]);
  });

  it.each([
    ['7.9.0/11-tasks', 'GET /_tasks/JNqdOsTlTNOFgFTGJUjxJA:999999'],
    ['7.9.0/11-tasks', 'GET /_tasks/foo:1'],
    ['7.9.0/18-cluster-3-nodes', 'GET /_tasks/WHVS0TMwRxW0vIde-pAXxw:764'],
    ['core/7.17.24', 'GET /_tasks/foo:1'],
    ['core/8.17.0', 'GET /_tasks/foo:1'],
    ['core/8.17.0', 'GET /_tasks/XsU9YIOTTFCl-jmkpuYWLw:999999'],
    ['core/9.1.0', 'GET /_tasks/43rtJTerSe-D0qrEniTUkw:999999'],
  ])('takes the 404 of %s %s for gone', async (file, request) => {
    const { status, response } = recorded(`elasticsearch-ml/${file}`, request, 404);
    const { reading } = await read(() => ({ status, body: response }), request.slice('GET /_tasks/'.length));
    expect(reading).toEqual({ status: 'gone' });
  });

  it.each([
    ['a proxy’s 404', { status: 404, body: { message: 'no route' } }],
    ['a shard that is not there', failure(503, 'no_shard_available_action_exception', '')],
    ['an answer cut short of its task', { body: { completed: true } }],
  ])('does not take %s for gone', async (_what, answer) => {
    const { reading } = await read(() => answer);
    expect(reading).toMatchObject({ status: 'undetermined', cause: { code: 'BACKEND_UNAVAILABLE' } });
  });

  it.each([
    'foo',
    'foo:',
    'a:b:c',
    'N:-1',
    'N:99999999999999999999',
    'vigil',
    '_cancel',
    '\ud800:1',
    'é:1',
    '../N:1',
    'a,b:1',
    '*:1',
    `${'N'.repeat(65)}:1`,
  ])('sends nothing for %s, which is no task id', async (id) => {
    const { reading, requests } = await read(() => undefined, id);
    expect(reading).toEqual({ status: 'gone' });
    expect(requests).toEqual([]);
  });

  it('reads one running task by its id, and its counts from one list', async () => {
    const { reading, requests } = await read(
      byRequest({
        'GET /_tasks/N:7': { completed: false, task },
        'GET /_tasks': { tasks: [task, reset('M', 8, { parent_task_id: 'N:7' }), deletion(9, 'M:8', 0, 0)] },
      }),
      'N:7',
      row,
    );
    expect(reading).toMatchObject({ value: { state: 'RUNNING', counts: { current: 0, maximum: null, unit: 'DOCUMENTS' } } });
    expect(requests).toEqual(['GET /_tasks/N:7', 'GET /_tasks']);
  });

  it('reads many from one list, and by id only those that are not in it', async () => {
    const { server, adapter, call } = await setUp((seen) =>
      seen.path === '/_tasks'
        ? { body: { tasks: [1, 2, 3, 4, 5].map((id) => reset('N', id)) } }
        : seen.path === '/_tasks/N:6'
          ? { body: { completed: true, task: reset('N', 6), response: { acknowledged: true } } }
          : notStored('N:8'),
    );
    const { readings } = await adapter.readTasks(['N:1', 'N:2', 'N:3', 'N:4', 'N:5', 'N:6', 'N:8'], row, call);
    expect([...readings.values()].map((each) => (each.status === 'found' ? each.value.state : each.status))).toEqual([
      ...Array.from({ length: 5 }, () => 'RUNNING'),
      'SUCCEEDED',
      'gone',
    ]);
    expect(server.requests().toSorted()).toEqual(['GET /_tasks', 'GET /_tasks/N:6', 'GET /_tasks/N:8']);
  });

  it('reads no more than a hundred by id at once, and says of the others why not', async () => {
    const { server, adapter, call } = await setUp((seen) =>
      seen.path === '/_tasks' ? { body: { tasks: [1, 2, 3].map((id) => reset('N', id)) } } : notStored(seen.path.slice('/_tasks/'.length)),
    );
    const ids = Array.from({ length: 105 }, (_, index) => `N:${index + 1}`);
    const { readings } = await adapter.readTasks(ids, row, call);
    const count = (status: string): number => [...readings.values()].filter((reading) => reading.status === status).length;
    expect([count('found'), count('gone'), count('undetermined')]).toEqual([3, 100, 2]);
    expect(server.requests()).toHaveLength(101);
    expect(readings.get('N:105')).toMatchObject({
      cause: { code: 'INVALID_INPUT', message: 'At most 100 tasks can be read by id at once.' },
    });
  });

  it('calls those beyond a hundred forbidden like the hundred', async () => {
    const forbidden = failure(403, 'security_exception', 'action [cluster:monitor/task/get] is unauthorized for user [man]');
    const { adapter, call } = await setUp((seen) => (seen.path.startsWith('/_tasks') ? forbidden : { body: { jobs: [] } }));
    const ids = Array.from({ length: 101 }, (_, index) => `N:${index + 1}`);
    expect((await adapter.readTasks(ids, row, call)).readings.get('N:101')).toMatchObject({ cause: { code: 'FORBIDDEN' } });
  });

  it('reads by id where there is no list, as in serverless projects', async () => {
    const { adapter, call } = await setUp((seen) =>
      seen.path === '/_tasks'
        ? failure(410, 'api_not_available_exception', 'not available')
        : { body: { completed: false, task: reset('N', Number(seen.path.split(':')[1])) } },
    );
    const { readings } = await adapter.readTasks(['N:1', 'N:2'], row, call);
    expect([...readings.values()]).toMatchObject([{ status: 'found' }, { status: 'found' }]);
  });

  it('knows without the privilege only what holds a job, and calls nothing gone', async () => {
    const forbidden = failure(403, 'security_exception', 'action [cluster:monitor/task/get] is unauthorized for user [man]');
    const { adapter, call } = await setUp((seen) =>
      seen.path.startsWith('/_tasks') ? forbidden : { body: { jobs: [wireJob('a1', { blocked: { reason: 'reset', task_id: 'N:5' } })] } },
    );
    const { readings, missing } = await adapter.readTasks(['N:5', 'N:6'], row, call);
    expect(readings.get('N:5')).toMatchObject({ status: 'found', value: { state: 'RUNNING', jobNativeId: 'a1' } });
    expect(readings.get('N:6')).toMatchObject({ status: 'undetermined', cause: { code: 'FORBIDDEN', facts: { missing: ['monitor'] } } });
    expect(missing.map(({ part }) => part)).toEqual(['TASKS']);
  });

  it('hands on what the vendor sent when raw is wanted', async () => {
    const body = { completed: true, task, response: { acknowledged: true } };
    const { reading } = await read(stored(body), 'N:7', new Set(['Task.raw']));
    expect(reading?.status === 'found' && reading.value.raw).toEqual(body);
  });

  it.each([
    'indices:data/write/reindex',
    'indices:data/write/delete/byquery',
    'cluster:admin/xpack/ml/job/close[n]',
    'xpack/ml/job[c]',
    'cluster:admin/tasks/cancel',
  ])('knows nothing of %s, which is no work on a job, whether it runs or has ended', async (action) => {
    const foreign = { ...task, action };
    const running = await read(stored({ completed: false, task: foreign }), 'N:7', new Set(['Task.raw']));
    const ended = await read(stored({ completed: true, task: foreign, response: { took: 1 } }), 'N:7', new Set(['Task.raw']));
    expect([running.reading, ended.reading]).toEqual([{ status: 'gone' }, { status: 'gone' }]);
  });

  it('keeps its kinds within those the module declares', async () => {
    const { reading } = await read(stored({ completed: false, task: { ...task, parent_task_id: 'cluster:25' } }));
    expect(reading).toMatchObject({ value: { kind: 'RESET', parentId: null } });
    expect(Object.keys(elasticsearchMl.taskKinds)).toEqual(['OPEN', 'CLOSE', 'RESET', 'DELETE', 'REVERT']);
  });
});
