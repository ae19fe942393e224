import { describe, expect, it } from 'vitest';
import { errorOf } from '../support/connect.js';
import type { Answer } from '../support/stand-in.js';
import { byRequest, failure, setUp, wireJob, wireStats } from './support.js';

/* What a cluster says and what it names, when it means no good. */

const jobs = '/_ml/anomaly_detectors';
const almostMegabyte = 900_000;

const told = async (answer: Answer) => {
  const { adapter, call } = await setUp(() => answer);
  return errorOf(adapter.run({ action: 'OPEN_JOB', jobId: 'a1' }, call));
};

describe('the words of a refusal', () => {
  it.each([
    ['blanks', 'x'.concat(' '.repeat(almostMegabyte), 'y')],
    ['routes that never end', 'uri ['.repeat(almostMegabyte / 5)],
    ['actions that never end', 'action ['.repeat(almostMegabyte / 8)],
    ['datafeeds that never end', 'because datafeed ['.repeat(almostMegabyte / 18)],
    ['an action without end', `action [${'x'.repeat(almostMegabyte)}] is unauthorized for user [u]`],
    ['frames of a trace', ' at org.x'.repeat(almostMegabyte / 9)],
  ])('made of %s are cut before they are read', async (_, reason) => {
    for (const status of [400, 403, 409, 500]) {
      // Said once: what is larger than a megabyte is not even looked at.
      const { message, facts } = await told({ status, body: { error: { type: 'security_exception', reason } } });
      expect(message.length).toBeLessThan(1_000);
      expect((facts.vendorMessage ?? '').length).toBeLessThan(600);
      expect((facts.missing ?? []).join().length).toBeLessThan(300);
    }
  });

  it('are a line without places, URLs and traces', async () => {
    const reason =
      '[node-1][10.0.0.7:9300] of {node-2}{x}{10.0.0.8}{10.0.0.8:9300} failed, see https://admin:hunter2@inside.example/x\n\tat org.elasticsearch.X.y(X.java:1)';
    const { facts } = await told(failure(409, 'status_exception', reason));
    expect(facts.vendorMessage).toBe('[node-1] of {node-2}{x} failed, see …');
  });
});

describe("a line of the cluster's log", () => {
  it('holds no place of a node', async () => {
    // Recorded from 7.9.0.
    const message =
      'Opening job on node [{node-1}{zOqwH0IWTaqJtNExIEZRLA}{qm5EjmJOQC2x93k_wEEW_w}{127.0.0.1}{127.0.0.1:9890}{dilmr}{xpack.installed=true}]';
    const { adapter, call } = await setUp(() => ({
      body: { _shards: { total: 1, failed: 0 }, hits: { hits: [{ _source: { timestamp: 1, message } }] } },
    }));
    const lines = await adapter.readJobMessages(['a1'], 1, call);
    expect(lines.get('a1')?.[0]?.message).toBe(
      'Opening job on node [{node-1}{zOqwH0IWTaqJtNExIEZRLA}{qm5EjmJOQC2x93k_wEEW_w}{dilmr}{xpack.installed=true}]',
    );
  });

  it('is no megabyte, as no explanation of an assignment is', async () => {
    const long = 'x'.repeat(almostMegabyte);
    const { adapter, call } = await setUp(
      byRequest({
        [`GET ${jobs}`]: { jobs: [wireJob('a1')] },
        [`GET ${jobs}/_stats`]: { jobs: [wireStats('a1', 'opened', { assignment_explanation: long })] },
      }),
    );
    const { items } = await adapter.listJobs(new Set(['Job.stateReason']), call);
    expect(items[0]?.stateReason?.length).toBeLessThan(2_100);
  });
});

describe('a version', () => {
  it.each(['8.17.0 at http://admin:x@inside', '8.17.\n4', `8.17.${'4'.repeat(1_000)}`, 'http://admin:x@inside-serverless'])(
    'that is none (%j) is not repeated',
    async (number) => {
      const { adapter, call } = await setUp(
        byRequest({ 'GET /_ml/info': { native_code: { version: number } }, 'GET /': { version: { number } } }),
      );
      expect((await adapter.learnProfile(call)).version).toBeNull();
    },
  );
});

describe('a datafeed that keeps a job from being closed', () => {
  it.each(['*', '_all', 'a,b', '../x', '\ud800'])('is not stopped when it is called %j', async (id) => {
    const { server, adapter, call } = await setUp(() =>
      failure(409, 'status_exception', `cannot close job datafeed [${id}] hasn't been stopped`),
    );
    expect(await errorOf(adapter.run({ action: 'CLOSE_JOB', jobId: 'a1' }, call))).toMatchObject({ code: 'WRONG_STATE' });
    expect(server.requests()).toEqual([`POST ${jobs}/a1/_close`]);
  });
});

describe('an id that is a route', () => {
  it.each(['_all', '_local', '_master', 'stats', 'hot_threads', 'usage', 'jvm', 'settings'])('%j of a node is sent nowhere', async (id) => {
    const { server, adapter, call } = await setUp(() => ({ body: { nodes: {} } }));
    expect((await adapter.readNodes([id], new Set(), call)).readings.get(id)).toEqual({ status: 'gone' });
    expect(server.seen).toEqual([]);
  });

  it.each(['node', 'x:y', 'node:1~2', '\ud800:1'])('%j of a task is not given out as what a verb began', async (task) => {
    const { adapter, call } = await setUp(() => ({ body: { task } }));
    expect(await adapter.run({ action: 'RESET_JOB', jobId: 'a1' }, call)).toEqual({ done: false, taskId: null });
  });
});

describe('a list in which one element is none', () => {
  const answers = byRequest({
    [`GET ${jobs}`]: { jobs: [wireJob('a1'), wireJob('b~1')] },
    [`GET ${jobs}/a1,b1`]: { jobs: [wireJob('a1'), {}] },
  });

  it('has the others, and says so', async () => {
    const { adapter, call } = await setUp(answers);
    const { items, missing } = await adapter.listJobs(new Set(), call);
    expect(items.map(({ nativeId }) => nativeId)).toEqual(['a1']);
    expect(missing).toMatchObject([{ part: 'STATE', error: { code: 'BACKEND_UNAVAILABLE' } }]);
  });

  it('does not make an object gone that may be that one', async () => {
    const { adapter, call } = await setUp(answers);
    const { readings } = await adapter.readJobs(['a1', 'b1'], new Set(), call);
    expect([readings.get('a1')?.status, readings.get('b1')?.status]).toEqual(['found', 'undetermined']);
  });

  it('names no jobs for a verb', async () => {
    const { adapter, call } = await setUp(byRequest({ [`GET ${jobs}/_all`]: { jobs: [wireJob('a1'), {}] } }));
    expect(await errorOf(adapter.expandJobs({ expression: '_all' }, call))).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });
});

describe('tasks', () => {
  const task = (id: number, parent: number) => ({
    node: 'N',
    id,
    action: 'cluster:admin/xpack/ml/job/reset',
    description: 'job-a1',
    start_time_in_millis: 1,
    parent_task_id: `N:${parent}`,
  });

  it.each([
    ['each other’s parents', [task(1, 2), task(2, 1)]],
    ['a line of thousands', Array.from({ length: 20_000 }, (_, index) => task(index, index + 1))],
  ])('that are %s are a list', async (_, tasks) => {
    const { adapter, call } = await setUp(byRequest({ 'GET /_tasks': { tasks } }));
    expect((await adapter.discoverTasks(new Set(), call)).missing).toEqual([]);
  });

  it('name no more silent nodes than a message can hold', async () => {
    const silent = Array.from({ length: 10_000 }, (_, index) => ({ type: 'x', reason: 'y', node_id: `node-${index}` }));
    const { adapter, call } = await setUp(byRequest({ 'GET /_tasks': { tasks: [], node_failures: [...silent, 7] } }));
    const [missing] = (await adapter.discoverTasks(new Set(), call)).missing;
    expect(missing?.error.message).toMatch(/^The list of tasks is not complete: nodes node-0, .* and 9990 more gave no answer\.$/);
    expect(missing?.error.message.length).toBeLessThan(300);
  });
});
