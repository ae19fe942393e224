import { describe, expect, it } from 'vitest';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { errorOf } from '../support/connect.js';
import type { Answer } from '../support/stand-in.js';
import { byRequest, failure, setUp, wireJob } from './support.js';

const jobs = '/_ml/anomaly_detectors';
const version = '8.11.0-serverless';
/** Words of Elasticsearch's ServerlessApiProtections. */
const leftOut = (path: string, method = 'GET'): Answer =>
  failure(
    410,
    'api_not_available_exception',
    `Request for uri [${path}] with method [${method}] exists but is not available when running in serverless mode`,
  );
const rootBody = { name: 'serverless', cluster_name: 'p', version: { number: '8.11.0', build_flavor: 'serverless' } };

const learn = async (answers: Readonly<Record<string, Answer | unknown>>) => {
  const { adapter, call } = await setUp(byRequest(answers));
  return adapter.learnProfile(call);
};

describe('a serverless project', () => {
  it.each([
    ['by its root', { 'GET /_ml/info': { body: { native_code: {} } }, 'GET /': rootBody }, version],
    ['by what it leaves out', { 'GET /_ml/info': leftOut('/_ml/info'), 'GET /': rootBody }, version],
    [
      'by an error that is text',
      {
        'GET /_ml/info': {
          status: 404,
          body: { error: 'Request for uri [/_ml/info] with method [GET] exists but is not available when running in serverless mode' },
        },
        'GET /': rootBody,
      },
      version,
    ],
    [
      'without the privilege to read its root',
      {
        'GET /_ml/info': leftOut('/_ml/info'),
        'GET /': failure(403, 'security_exception', 'action [cluster:monitor/main] is unauthorized for user [u]'),
      },
      'serverless',
    ],
  ])('is recognised %s', async (_how, answers, learnt) => {
    const profile = await learn(answers);
    expect(profile.version).toBe(learnt);
    expect(profile.capabilities).toEqual(['OPEN_JOB', 'CLOSE_JOB', 'RESET_JOB', 'DELETE_JOB', 'START_DATAFEED', 'STOP_DATAFEED']);
    expect(profile.capabilities).toEqual(elasticsearchMl.capabilitiesOf(learnt));
  });

  it('is not seen in a server that merely says so little', async () => {
    const flavoured = { version: { number: '8.17.0', build_flavor: 'default' } };
    expect((await learn({ 'GET /_ml/info': { body: {} }, 'GET /': flavoured })).version).toBe('8.17.0');
  });

  it('finds tasks by what holds the jobs, without asking for a list there is not', async () => {
    const { server, adapter, call } = await setUp(
      byRequest({ [`GET ${jobs}`]: { jobs: [wireJob('a1', { blocked: { reason: 'reset', task_id: 'N:5' } }), wireJob('b1')] } }),
      { version },
    );
    const { items, missing } = await adapter.discoverTasks(new Set(['Task.counts']), call);
    expect(items).toMatchObject([{ nativeId: 'N:5', kind: 'RESET', state: 'RUNNING', jobNativeId: 'a1' }]);
    expect(missing.map(({ part, error }) => [part, error.code])).toEqual([['TASKS', 'UNSUPPORTED']]);
    expect(server.requests()).toEqual([`GET ${jobs}`]);
  });

  it('does so also where it was not recognised', async () => {
    const { server, adapter, call } = await setUp(({ path }) => (path === '/_tasks' ? leftOut('/_tasks') : { body: { jobs: [] } }), {
      version: null,
    });
    expect((await adapter.discoverTasks(new Set(), call)).missing).toMatchObject([{ part: 'TASKS', error: { code: 'UNSUPPORTED' } }]);
    expect(server.requests()).toEqual(['GET /_tasks', `GET ${jobs}`]);
  });

  it('reads each task by its id', async () => {
    const task = (id: number) => ({
      completed: false,
      task: { node: 'N', id, action: 'cluster:admin/xpack/ml/job/reset', description: `job-a${id}`, start_time_in_millis: 1 },
    });
    const { server, adapter, call } = await setUp(byRequest({ 'GET /_tasks/N:1': task(1), 'GET /_tasks/N:2': task(2) }), { version });
    const { readings } = await adapter.readTasks(['N:1', 'N:2'], new Set(['Task.counts']), call);
    expect([...readings.values()].map(({ status }) => status)).toEqual(['found', 'found']);
    expect(server.requests().toSorted()).toEqual(['GET /_tasks/N:1', 'GET /_tasks/N:2']);
  });

  it('has the parameters of the newest version', async () => {
    const { adapter, call } = await setUp(() => ({ body: { task: 'N:1' } }), { version: 'serverless' });
    const job = { id: 'job:es-prod:a1', backendKey: 'es-prod', nativeId: 'a1', state: 'CLOSED' } as const;
    expect(adapter.refusalOf({ action: 'RESET_JOB', jobId: 'a1', deleteUserAnnotations: true }, job, call.profile)).toBeNull();
    expect(adapter.refusalOf({ action: 'REVERT_JOB', jobId: 'a1', snapshotId: 's' }, job, call.profile)?.code).toBe('UNSUPPORTED');
  });

  it('says which reads it does not offer', async () => {
    const { adapter, call } = await setUp(({ path, method }) => leftOut(path, method), { version });
    for (const read of [
      adapter.readAnomalies('a1', { skip: 0, first: 1 }, new Set(), call),
      adapter.readModelSnapshots('a1', { skip: 0, first: 1 }, call),
      adapter.readClusterStats(new Set(), call),
      adapter.listNodes(new Set(), call),
    ]) {
      const error = await errorOf(read);
      expect([error.code, error.facts.httpStatus, error.facts.action]).toEqual(['UNSUPPORTED', 410, undefined]);
    }
    const refused = await errorOf(adapter.run({ action: 'CANCEL_TASK', taskId: 'N:1' }, call));
    expect(refused).toMatchObject({ code: 'UNSUPPORTED', facts: { action: 'CANCEL_TASK', supported: call.profile.capabilities } });
    expect((await errorOf(adapter.listJobs(new Set(), call))).code).toBe('UNSUPPORTED');
  });
});
