import { describe, expect, it } from 'vitest';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { errorOf } from '../support/connect.js';
import { recorded } from '../support/recordings.js';
import { byRequest, failure, setUp } from './support.js';

const jobs = '/_ml/anomaly_detectors';

describe('sending verbs', () => {
  it.each([
    [
      { action: 'OPEN_JOB', jobId: 'a1', timeoutMs: 1500 },
      `POST ${jobs}/a1/_open?timeout=1500ms`,
      { opened: true, node: '' },
      { done: true },
    ],
    [{ action: 'OPEN_JOB', jobId: 'a1' }, `POST ${jobs}/a1/_open`, { opened: true, node: 'N' }, { done: true }],
    [{ action: 'CLOSE_JOB', jobId: 'a1' }, `POST ${jobs}/a1/_close`, { closed: true }, { done: true }],
    [
      { action: 'CLOSE_JOB', jobId: 'a1', force: true, timeoutMs: 20_000 },
      `POST ${jobs}/a1/_close?force=true&timeout=20000ms`,
      { closed: true },
      { done: true },
    ],
    [
      { action: 'RESET_JOB', jobId: 'a1' },
      `POST ${jobs}/a1/_reset?wait_for_completion=false`,
      { task: 'N:39' },
      { done: false, taskId: 'N:39' },
    ],
    [
      { action: 'RESET_JOB', jobId: 'a1', deleteUserAnnotations: true },
      `POST ${jobs}/a1/_reset?wait_for_completion=false&delete_user_annotations=true`,
      { task: 'N:39' },
      { done: false, taskId: 'N:39' },
    ],
    [{ action: 'RESET_JOB', jobId: 'a1' }, `POST ${jobs}/a1/_reset?wait_for_completion=false`, { acknowledged: true }, { done: true }],
    [
      { action: 'DELETE_JOB', jobId: 'a1' },
      `DELETE ${jobs}/a1?wait_for_completion=false`,
      { task: 'N:40' },
      { done: false, taskId: 'N:40' },
    ],
    [
      { action: 'DELETE_JOB', jobId: 'a1', force: true },
      `DELETE ${jobs}/a1?wait_for_completion=false&force=true`,
      { task: 'N:40' },
      { done: false, taskId: 'N:40' },
    ],
    [
      { action: 'REVERT_JOB', jobId: 'a1', snapshotId: '1541587919' },
      `POST ${jobs}/a1/model_snapshots/1541587919/_revert`,
      { model: {} },
      { done: true },
    ],
    [
      { action: 'REVERT_JOB', jobId: 'a1', snapshotId: 'empty', deleteInterveningResults: true },
      `POST ${jobs}/a1/model_snapshots/empty/_revert?delete_intervening_results=true`,
      { model: {} },
      { done: true },
    ],
    [
      { action: 'START_DATAFEED', jobId: 'a1', datafeedId: 'df-a1' },
      'POST /_ml/datafeeds/df-a1/_start',
      { started: true, node: 'N' },
      { done: true },
    ],
    [
      { action: 'START_DATAFEED', jobId: 'a1', datafeedId: 'df-a1', start: 0, end: 1_700_000_000_000, timeoutMs: 5000 },
      'POST /_ml/datafeeds/df-a1/_start?start=0&end=1700000000000&timeout=5000ms',
      { started: true, node: '' },
      { done: true },
    ],
    [{ action: 'STOP_DATAFEED', jobId: 'a1', datafeedId: 'df-a1' }, 'POST /_ml/datafeeds/df-a1/_stop', { stopped: true }, { done: true }],
    [
      { action: 'STOP_DATAFEED', jobId: 'a1', datafeedId: 'df-a1', force: true, timeoutMs: 5000 },
      'POST /_ml/datafeeds/df-a1/_stop?force=true&timeout=5000ms',
      { stopped: true },
      { done: true },
    ],
    [{ action: 'CANCEL_TASK', taskId: 'N:39' }, 'POST /_tasks/N:39/_cancel', { nodes: { N: { tasks: {} } } }, { done: true }],
  ] as const)('%o is sent once as %s, without a body', async (verb, request, body, answer) => {
    const { server, adapter, call } = await setUp(() => ({ body }));
    expect(await adapter.run(verb, call)).toEqual(answer);
    expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([request]);
    expect(server.seen[0]?.body).toBe('');
  });

  it.each(['_all', '*', 'a*', 'a1,a2', '', '../a1'])('never sends a verb for %s, which would name many jobs or none', async (jobId) => {
    const { server, adapter, call } = await setUp(() => ({ body: { closed: true } }));
    expect((await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId }, call))).code).toBe('NOT_FOUND');
    for (const taskId of [jobId, `../${jobId}:1`, '\ud800:1'])
      expect((await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId }, call))).code).toBe('NOT_FOUND');
    for (const action of ['START_DATAFEED', 'STOP_DATAFEED'] as const)
      expect((await errorOf(adapter.run({ action, jobId: 'a1', datafeedId: jobId }, call))).code).toBe('NOT_FOUND');
    const snapshotId = jobId;
    expect((await errorOf(adapter.run({ action: 'REVERT_JOB', jobId: 'ok', snapshotId }, call))).code).toBe('NOT_FOUND');
    expect(server.requests()).toEqual([]);
  });

  it('calls a route this version lacks unsupported, and names what there is', async () => {
    const { status, response } = recorded('elasticsearch-ml/7.9.0/03-open-close', `POST ${jobs}/a1/_reset?wait_for_completion=false`);
    const { adapter, call } = await setUp(() => ({ status, body: response }), { version: '7.14.0' });
    const error = await errorOf(adapter.run({ action: 'RESET_JOB', jobId: 'a1' }, call));
    expect(error.code).toBe('UNSUPPORTED');
    expect(error.facts).toMatchObject({ action: 'RESET_JOB', supported: elasticsearchMl.capabilitiesOf('7.9.0') });
  });

  it('never sends a write twice by itself', async () => {
    const { server, adapter, call } = await setUp(() => failure(503, 'master_not_discovered_exception', ''));
    await errorOf(adapter.run({ action: 'RESET_JOB', jobId: 'a1' }, call));
    expect(server.requests()).toHaveLength(1);
  });
});

describe('closing a job whose datafeed runs', () => {
  const { status, response } = recorded('elasticsearch-ml/7.10.0/24-allow_no_match', `POST ${jobs}/a1/_close?force=true`, 409);

  it('stops the datafeed with the same force and timeout, and closes again, where the server does not', async () => {
    let stopped = false;
    const { server, adapter, call } = await setUp(
      ({ path }) => {
        if (path.endsWith('/_stop')) stopped = true;
        if (path.endsWith('/_stop')) return { body: { stopped: true } };
        return stopped ? { body: { closed: true } } : { status, body: response };
      },
      { version: '7.10.0' },
    );
    expect(await adapter.run({ action: 'CLOSE_JOB', jobId: 'a1', force: true, timeoutMs: 5000 }, call)).toEqual({ done: true });
    expect(server.seen.map(({ method, target }) => `${method} ${target}`)).toEqual([
      `POST ${jobs}/a1/_close?force=true&timeout=5000ms`,
      'POST /_ml/datafeeds/df-a1/_stop?force=true&timeout=5000ms',
      `POST ${jobs}/a1/_close?force=true&timeout=5000ms`,
    ]);
  });

  it('says why when the datafeed cannot be stopped, and leaves the job open', async () => {
    const { server, adapter, call } = await setUp(({ path }) =>
      path.endsWith('/_stop')
        ? failure(403, 'security_exception', 'action [cluster:admin/xpack/ml/datafeed/stop] is unauthorized for user [u]')
        : { status, body: response },
    );
    const error = await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId: 'a1' }, call));
    expect([error.code, error.facts.missing]).toEqual(['FORBIDDEN', ['manage_ml']]);
    expect(server.requests()).toHaveLength(2);
  });

  it('gives up after one more try', async () => {
    const { server, adapter, call } = await setUp(({ path }) =>
      path.endsWith('/_stop') ? { body: { stopped: true } } : { status, body: response },
    );
    expect((await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId: 'a1' }, call))).code).toBe('WRONG_STATE');
    expect(server.requests()).toHaveLength(3);
  });
});

describe('cancelling a task', () => {
  it.each([
    ['core/8.17.0', 'POST /_tasks/XsU9YIOTTFCl-jmkpuYWLw:999999/_cancel'],
    ['core/8.17.0', 'POST /_tasks/foo:1/_cancel'],
    ['core/7.17.24', 'POST /_tasks/EZDq0jWATlCFzirc8mFgrg:67/_cancel'],
    ['7.9.0/11-tasks', 'POST /_tasks/JNqdOsTlTNOFgFTGJUjxJA:12933/_cancel'],
    ['7.9.0/18-cluster-3-nodes', 'POST /_tasks/WHVS0TMwRxW0vIde-pAXxw:764/_cancel'],
  ])('finds in the 200 of %s %s whether there was anything to cancel', async (file, request) => {
    const { response } = recorded(`elasticsearch-ml/${file}`, request);
    const { adapter, call } = await setUp(() => ({ body: response }));
    const outcome = adapter.run({ action: 'CANCEL_TASK', taskId: 'N:1' }, call);
    if ('node_failures' in (response as object)) await expect(outcome).rejects.toMatchObject({ code: 'NOT_FOUND' });
    else await expect(outcome).resolves.toEqual({ done: true });
  });

  it.each([
    [
      'a task that cannot be cancelled',
      failure(400, 'illegal_argument_exception', "task [N:1] doesn't support cancellation"),
      'WRONG_STATE',
    ],
    [
      'the same as a failure of its node',
      {
        body: {
          nodes: {},
          node_failures: [
            {
              type: 'failed_node_exception',
              reason: 'Failed node [N]',
              caused_by: { type: 'illegal_argument_exception', reason: "task [N:1] doesn't support cancellation" },
            },
          ],
        },
      },
      'WRONG_STATE',
    ],
    ['an answer that names no task', { body: { nodes: {} } }, 'NOT_FOUND'],
    [
      'a missing privilege',
      failure(403, 'security_exception', 'action [cluster:admin/tasks/cancel] is unauthorized for user [u]'),
      'FORBIDDEN',
    ],
  ])('refuses %s', async (_what, answer, code) => {
    const { adapter, call } = await setUp(() => answer);
    expect((await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 'N:1' }, call))).code).toBe(code);
  });
});

describe('what shows as a task', () => {
  it('is what blocks in the gateway, reset and delete at the vendor, and nothing of what ends with its call', async () => {
    const { adapter } = await setUp(byRequest({}));
    expect(elasticsearchMl.capabilitiesOf('8.17.0').map((action) => [adapter.isBlocking(action), adapter.taskKindOf(action)])).toEqual([
      [true, 'OPEN'],
      [true, 'CLOSE'],
      [false, 'RESET'],
      [false, 'DELETE'],
      [true, 'REVERT'],
      [false, 'UNKNOWN'],
      [false, 'UNKNOWN'],
      [false, 'UNKNOWN'],
    ]);
  });
});
