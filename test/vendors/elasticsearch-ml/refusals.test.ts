import { describe, expect, it } from 'vitest';
import type { Verb } from '../../../src/domain/index.js';
import { errorOf } from '../support/connect.js';
import { type Exchange, recorded, recording } from '../support/recordings.js';
import { failure, setUp } from './support.js';

const jobs = '/_ml/anomaly_detectors';
const feeds = '/_ml/datafeeds';
const close: Verb = { action: 'CLOSE_JOB', jobId: 'a1' };
const open: Verb = { action: 'OPEN_JOB', jobId: 'a1' };
const revert: Verb = { action: 'REVERT_JOB', jobId: 'a1', snapshotId: 'x' };
const start: Verb = { action: 'START_DATAFEED', jobId: 'a1', datafeedId: 'df-a1' };
const stop: Verb = { action: 'STOP_DATAFEED', jobId: 'a1', datafeedId: 'df-a1' };
const remove: Verb = { action: 'DELETE_JOB', jobId: 'a1' };

const refused = async (verb: Verb, exchange: Pick<Exchange, 'status' | 'response'>, version: string | null = '8.17.0') => {
  const { adapter, call } = await setUp(() => ({ status: exchange.status, body: exchange.response }), { version });
  return errorOf(adapter.run(verb, call));
};

describe('refusals that were recorded', () => {
  const cases: readonly (readonly [string, string, Verb, string, number?])[] = [
    ['7.9.0/03-open-close', `POST ${jobs}/a1/_open`, open, 'WRONG_STATE', 409],
    ['7.9.0/03-open-close', `POST ${jobs}/nope/_open`, open, 'NOT_FOUND'],
    ['7.9.0/03-open-close', `POST ${jobs}/ga/_open`, open, 'NOT_FOUND'],
    ['7.9.0/03-open-close', `POST ${jobs}/c1/_open?timeout=1ms`, open, 'TIMEOUT'],
    ['7.9.0/03-open-close', `POST ${jobs}/c1/_open?timeout=abc`, open, 'INVALID_INPUT'],
    ['7.9.0/03-open-close', `POST ${jobs}/nope/_close`, close, 'NOT_FOUND'],
    ['7.9.0/03-open-close', `POST ${jobs}/a1/_close?timeout=1ms`, close, 'TIMEOUT'],
    ['7.9.0/03-open-close', `POST ${jobs}/a2/_close?timeout=-1`, close, 'TIMEOUT'],
    ['7.9.0/05-failed-jobs', `POST ${jobs}/a1/_close`, close, 'WRONG_STATE'],
    ['7.9.0/05-failed-jobs', `DELETE ${jobs}/a1`, remove, 'WRONG_STATE'],
    ['7.9.0/10-delete', `DELETE ${jobs}/d2`, remove, 'WRONG_STATE'],
    ['7.9.0/10-delete', `DELETE ${jobs}/d4`, remove, 'WRONG_STATE'],
    ['7.9.0/10-delete', `DELETE ${jobs}/nope`, remove, 'NOT_FOUND'],
    ['7.9.0/08-upgrade-mode', `POST ${jobs}/a1/_close`, close, 'REFUSED'],
    ['7.9.0/08-upgrade-mode', `POST ${jobs}/b1/_open`, open, 'REFUSED'],
    ['7.9.0/04-states', `POST ${jobs}/hard1/_open`, open, 'REFUSED'],
    ['7.9.0/21-license-basic', `POST ${jobs}/l1/_open`, open, 'REFUSED'],
    ['7.9.0/22-ml-disabled', `POST ${jobs}/l1/_close`, close, 'UNSUPPORTED'],
    ['7.9.0/13-security', `POST ${jobs}/s1/_open`, open, 'FORBIDDEN', 403],
    ['7.10.0/24-allow_no_match', `POST ${jobs}/a1/_open?timeout=1ms`, open, 'TIMEOUT'],
    ['7.9.0/05-failed-jobs', `POST ${jobs}/a1/model_snapshots/x/_revert`, revert, 'WRONG_STATE'],
    ['7.9.0/08-upgrade-mode', `POST ${jobs}/b1/model_snapshots/x/_revert`, revert, 'REFUSED'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/df-a1/_start`, start, 'WRONG_STATE'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/df-a1/_start?start=1794366979422&end=1795313779422`, start, 'WRONG_STATE'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/nope/_start`, start, 'NOT_FOUND'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/df-a1/_start?start=2020-01-02T00:00:00Z&end=2020-01-02T00:00:00Z`, start, 'INVALID_INPUT'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/df-a1/_start?start=garbage`, start, 'INVALID_INPUT'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/df-b1/_start`, start, 'REFUSED', 404],
    ['7.9.0/13-security', `POST ${feeds}/df-s2/_start`, start, 'REFUSED', 400],
    ['7.9.0/07-datafeed-run', `POST ${feeds}/df-a2/_start?timeout=1ms`, start, 'TIMEOUT'],
    ['7.9.0/08-upgrade-mode', `POST ${feeds}/df-a1/_start`, start, 'REFUSED'],
    ['7.9.0/08-upgrade-mode', `POST ${feeds}/df-a2/_stop`, stop, 'REFUSED'],
    ['7.9.0/06-datafeeds', `POST ${feeds}/nope/_stop`, stop, 'NOT_FOUND'],
    ['7.9.0/21-license-basic', `POST ${feeds}/x/_start`, start, 'REFUSED'],
    ['7.9.0/22-ml-disabled', `POST ${feeds}/x/_start`, start, 'UNSUPPORTED'],
  ];

  it.each(cases.map(([file, request, verb, code, status]) => ({ file, request, verb, code, status })))(
    '$file $request is $code',
    async ({ file, request, verb, code, status }) => {
      const exchange = recorded(`elasticsearch-ml/${file}`, request, status);
      const error = await refused(verb, exchange);
      expect(error.code).toBe(code);
      expect(error.facts).toMatchObject({ backend: 'es-prod', vendor: 'ELASTICSEARCH_ML', httpStatus: exchange.status });
    },
  );

  it('are each made into a catalogue error that shows no path', async () => {
    const files = [
      '02-jobs-crud',
      '03-open-close',
      '05-failed-jobs',
      '06-datafeeds',
      '08-upgrade-mode',
      '10-delete',
      '11-tasks',
      '13-security',
    ];
    const refusals = files
      .flatMap((file) => recording(`elasticsearch-ml/7.9.0/${file}`))
      .filter(({ status, response }) => status >= 400 && typeof response === 'object');
    expect(refusals.length).toBeGreaterThan(150);
    for (const exchange of refusals) {
      const error = await refused(close, exchange);
      expect(error.code, `${exchange.path}: ${JSON.stringify(exchange.response)}`).not.toBe('INTERNAL');
      expect(`${error.message} ${error.facts.vendorMessage ?? ''}`, exchange.path).not.toMatch(/\/_ml|\/_tasks/);
    }
  });

  it('may be tried again when only capacity or upgrade mode stands in the way', async () => {
    const mode = await refused(close, recorded('elasticsearch-ml/7.9.0/08-upgrade-mode', `POST ${jobs}/a1/_close`));
    const capacity = await refused(open, recorded('elasticsearch-ml/7.9.0/04-states', `POST ${jobs}/hard1/_open`));
    const stopping = await refused(stop, recorded('elasticsearch-ml/7.9.0/08-upgrade-mode', `POST ${feeds}/df-a2/_stop`));
    expect([mode.retryable, capacity.retryable, stopping.retryable]).toEqual([true, true, true]);
    expect(stopping.facts.vendorMessage).toBe('Cannot perform cluster:admin/xpack/ml/datafeed/stop action while upgrade mode is enabled');
    expect(mode.facts.vendorMessage).toBe('Cannot perform cluster:admin/xpack/ml/job/close action while upgrade mode is enabled');
  });

  it('name force where only force helps', async () => {
    const error = await refused(close, recorded('elasticsearch-ml/7.9.0/05-failed-jobs', `POST ${jobs}/a1/_close`));
    expect(error.message).toMatch(/use force/);
  });
});

describe('refusals of versions that were not recorded', () => {
  it.each([
    [409, 'status_exception', 'Cannot open job [a1] because it is executing [reset]', 'CONFLICT'],
    [409, 'status_exception', 'cannot reset job while it is blocked with [delete]', 'CONFLICT'],
    [409, 'status_exception', 'Can only reset a job when it is closed.', 'WRONG_STATE'],
    [409, 'status_exception', 'Can only revert to a model snapshot when the job is closed.', 'WRONG_STATE'],
    [409, 'status_exception', 'cannot reset job while indices are being upgraded', 'REFUSED'],
    [409, 'status_exception', 'cannot revert job [a1] to snapshot [s] while it is blocked with [reset]', 'CONFLICT'],
    [404, 'resource_not_found_exception', 'No model snapshot with id [s] exists for job [a1]', 'NOT_FOUND'],
    [
      409,
      'status_exception',
      "No node found to start datafeed [d], allocation explanation [cannot start datafeed [d], because the job's [a1] state is [closed] while state [opened] is required]",
      'WRONG_STATE',
    ],
    [409, 'status_exception', 'No node found to start datafeed [d], allocation explanation [too busy]', 'REFUSED'],
    [
      409,
      'status_exception',
      'Cannot stop datafeed [d] because the datafeed does not have an assigned node. Use force stop to stop the datafeed',
      'REFUSED',
    ],
    [409, 'status_exception', 'one or more jobs have state failed, use force close', 'WRONG_STATE'],
    [
      409,
      'status_exception',
      'failed to close jobs as one or more had started datafeeds that could not be stopped: started datafeeds [d], error stopping them [x]',
      'REFUSED',
    ],
    [409, 'status_exception', 'failed to delete job [a1] as its datafeed [d] could not be deleted', 'REFUSED'],
    [409, 'status_exception', 'The job has been closed while waiting to be opened', 'CONFLICT'],
    [409, 'status_exception', 'words nobody has seen', 'WRONG_STATE'],
    [408, 'status_exception', 'Opening job [a1] timed out after [30m]', 'TIMEOUT'],
    [429, 'status_exception', 'Cannot open jobs because persistent task assignment is disabled by the [x] setting', 'REFUSED'],
    [429, 'timeout_exception', 'timed out after [300ms/300ms]', 'TIMEOUT'],
    [429, 'es_rejected_execution_exception', 'rejected execution of coordinating operation', 'BACKEND_UNAVAILABLE'],
    [429, 'circuit_breaking_exception', '[parent] Data too large', 'BACKEND_UNAVAILABLE'],
    [
      400,
      'status_exception',
      '[a1] job model snapshot [s] has min version before [7.0.0], please revert to a newer model snapshot or reset the job',
      'REFUSED',
    ],
    [400, 'too_long_http_line_exception', 'An HTTP line is larger than 4096 bytes.', 'INTERNAL'],
    [403, 'cluster_block_exception', 'index [.ml-config] blocked by: [FORBIDDEN/4/index closed];', 'REFUSED'],
    [403, 'security_exception', 'current license is non-compliant for [ml]', 'REFUSED'],
    [403, 'security_exception', 'words nobody has seen', 'FORBIDDEN'],
    [403, 'access_exception', 'words nobody has seen', 'REFUSED'],
    [500, 'exception', 'reset failed to complete; error [x]', 'REFUSED'],
    [500, 'status_exception', 'Unexpected job state [failed] with reason [x] while waiting for job to be opened', 'REFUSED'],
    [500, 'no_such_element_exception', 'No value present', 'BACKEND_UNAVAILABLE'],
    [503, 'cluster_block_exception', 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered / initialized];', 'BACKEND_UNAVAILABLE'],
    [503, 'master_not_discovered_exception', '', 'BACKEND_UNAVAILABLE'],
  ])('%i %s "%s" is %s', async (status, type, reason, code) => {
    const error = await refused(close, { status, response: failure(status, type, reason).body });
    expect(error.code).toBe(code);
    expect(error.facts.httpStatus).toBe(status);
  });

  it('are understood with an error that is text, and with an empty root_cause', async () => {
    const text = await refused(close, { status: 406, response: { error: 'Content-Type header [x] is not supported', status: 406 } });
    const rootless = await refused(close, {
      status: 503,
      response: { error: { root_cause: [], type: 'search_phase_execution_exception', reason: '' }, status: 503 },
    });
    expect([text.code, rootless.code]).toEqual(['REFUSED', 'BACKEND_UNAVAILABLE']);
  });

  it('carry how long to wait', async () => {
    const { adapter, call } = await setUp(() => ({
      ...failure(429, 'status_exception', 'no ML nodes with sufficient capacity were found'),
      headers: { 'retry-after': '7' },
    }));
    expect((await errorOf(adapter.run(open, call))).facts.retryAfterMs).toBe(7000);
  });
});

describe('privileges', () => {
  it('tells refused credentials from a missing privilege', async () => {
    const rejected = await refused(close, recorded('elasticsearch-ml/7.9.0/13-security', `GET ${jobs}/s1`, 401));
    const lacking = await refused(close, recorded('elasticsearch-ml/7.9.0/13-security', `POST ${jobs}/s1/_open`, 403));
    expect([rejected.code, rejected.facts.httpStatus, rejected.facts.missing]).toEqual(['FORBIDDEN', 401, []]);
    expect([lacking.code, lacking.facts.httpStatus, lacking.facts.missing]).toEqual(['FORBIDDEN', 403, ['manage_ml']]);
    expect(rejected.message).not.toBe(lacking.message);
  });

  it.each([
    ['action [cluster:monitor/xpack/ml/job/get] is unauthorized for user [none]', ['monitor_ml']],
    ['action [cluster:monitor/tasks/lists] is unauthorized for user [man]', ['monitor']],
    ['action [cluster:monitor/main] is unauthorized for API key id [x] of user [admin]', ['monitor']],
    ['action [cluster:admin/tasks/cancel] is unauthorized for API key id [x] of user [admin]', ['cancel_task']],
    [
      'action [cluster:admin/xpack/ml/job/reset] is unauthorized for user [u] with effective roles [r], this action is granted by the cluster privileges [manage_ml,manage,all]',
      ['manage_ml'],
    ],
    [
      'action [indices:data/read/search] is unauthorized for user [u] on indices [m], this action is granted by the index privileges [read,all]',
      ['read'],
    ],
    ['action [cluster:admin/new/thing] is unauthorized for user [u]', ['cluster:admin/new/thing']],
    ['Cannot create datafeed [d] because user man lacks permissions on the indices: {"m":{}}', []],
  ])('%s', async (reason, missing) => {
    const error = await refused(close, { status: 403, response: failure(403, 'security_exception', reason).body });
    expect([error.code, error.facts.missing]).toEqual(['FORBIDDEN', missing]);
  });

  it('shows no credentials', async () => {
    const error = await refused(close, recorded('elasticsearch-ml/7.9.0/13-security', `GET ${jobs}/s1`, 401));
    expect(error.facts.vendorMessage).toBeUndefined();
    expect(JSON.stringify({ ...error.facts, message: error.message })).not.toMatch(/_ml|Basic|realm/);
  });
});

describe('answers that are not Elasticsearch’s', () => {
  it.each([
    [502, true],
    [503, true],
    [200, true],
    [404, undefined],
  ])('leave open what a write behind a %i came to: %s', async (status, unknown) => {
    const error = await refused({ action: 'RESET_JOB', jobId: 'a1' }, { status, response: status === 200 ? ['?'] : { message: 'proxy' } });
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.facts.outcomeUnknown).toBe(unknown);
  });

  it('take a gateway timeout in front of a long close for a timeout with unknown outcome', async () => {
    const error = await refused(close, { status: 504, response: { message: 'upstream timed out' } });
    expect([error.code, error.facts.outcomeUnknown]).toEqual(['TIMEOUT', true]);
  });
});
