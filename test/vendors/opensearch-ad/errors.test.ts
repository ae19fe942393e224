import { describe, expect, it } from 'vitest';
import type { VigilError } from '../../../src/errors.js';
import { opensearchAd, searchGuardAd } from '../../../src/vendors/opensearch-ad/index.js';
import { errorOf } from '../support/connect.js';
import type { Answer } from '../support/stand-in.js';
import { answered, failure, setUp } from './rig.js';

const range = { start: 1_795_057_200_000, end: 1_795_316_400_000 };

/** What a start, the simplest of all requests, is told by an answer. */
const told = async (answer: Answer, module = opensearchAd): Promise<VigilError> => {
  const { adapter, call } = await setUp(() => answer, { module });
  return errorOf(adapter.run({ action: 'OPEN_JOB', jobId: 'some-detector' }, call()));
};

const because = (status: number, reason: string, type = 'status_exception'): Answer => failure(status, type, reason);

describe('a refusal of a real server', () => {
  it.each([
    ['2.11.0/20-real-time', 'start twice', { code: 'WRONG_STATE', already: true, httpStatus: 200 }],
    ['2.19.4/20-real-time', 'start twice', { code: 'WRONG_STATE', already: true, httpStatus: 200 }],
    ['2.11.0/20-real-time', 'stop twice', { code: 'WRONG_STATE', already: true, httpStatus: 200 }],
    ['3.4.0/20-real-time', 'stop twice', { code: 'WRONG_STATE', already: true, httpStatus: 200 }],
    ['2.11.0/01-create-validate-preview', 'stop never started', { code: 'WRONG_STATE', already: true }],
    ['2.11.0/10-historical-single-finished', 'start twice', { code: 'WRONG_STATE', already: undefined }],
    ['2.19.4/10-historical-single-finished', 'start twice', { code: 'WRONG_STATE', already: undefined }],
    ['2.19.4/01-create-validate-preview', 'stop historical never started', { code: 'WRONG_STATE', already: true }],
    ['2.19.4/10-historical-single-finished', 'stop historical when finished', { code: 'WRONG_STATE', already: true }],
    ['2.11.0/01-create-validate-preview', 'unknown id _start', { code: 'NOT_FOUND' }],
    ['2.19.4/01-create-validate-preview', 'unknown id _start', { code: 'NOT_FOUND' }],
    ['2.19.4/00-virgin-cluster', 'start unknown', { code: 'NOT_FOUND' }],
    ['2.11.0/00-virgin-cluster', 'profile unknown', { code: 'NOT_FOUND', httpStatus: 500 }],
    ['2.11.0/01-create-validate-preview', 'unknown id profile', { code: 'NOT_FOUND', httpStatus: 400 }],
    ['2.19.4/21-real-time-more', 'HC entity profile, unknown entity', { code: 'NOT_FOUND' }],
    ['2.11.0/01-create-validate-preview', 'start, no features', { code: 'REFUSED', retryable: false }],
    ['2.19.4/01-create-validate-preview', 'start, features disabled', { code: 'REFUSED', retryable: false }],
    ['2.19.4/01-create-validate-preview', 'start {}', { code: 'INVALID_INPUT', path: ['input', 'dateRange'] }],
    ['2.19.4/01-create-validate-preview', 'start half range', { code: 'INVALID_INPUT', path: ['input', 'dateRange'] }],
    ['2.19.4/01-create-validate-preview', 'start reversed', { code: 'INVALID_INPUT', path: ['input', 'dateRange'] }],
    ['2.19.4/01-create-validate-preview', 'start text times', { code: 'INVALID_INPUT', path: ['input', 'dateRange'] }],
    ['2.19.4/17-historical-limits', 'start second, no slot left', { code: 'REFUSED', retryable: true, retryAfterMs: expect.any(Number) }],
    ['2.11.0/10-historical-single-finished', 'delete while running', { code: 'WRONG_STATE', httpStatus: 500 }],
    ['2.19.4/10-historical-single-finished', 'delete while running', { code: 'WRONG_STATE' }],
    ['2.11.0/20-real-time', 'delete while running', { code: 'WRONG_STATE' }],
    ['2.19.4/20-real-time', 'delete while running', { code: 'WRONG_STATE' }],
    ['2.19.4/01-create-validate-preview', 'create duplicate name', { code: 'CONFLICT', retryable: false }],
    ['2.19.4/18-crash-and-restart', 'after the crash (0)', { code: 'BACKEND_UNAVAILABLE', retryable: true }],
    ['2.11.0/31-miscellany', 'disabled', { code: 'REFUSED', httpStatus: 500, retryable: false }],
    ['2.19.4/31-miscellany', 'disabled', { code: 'REFUSED', httpStatus: 500, retryable: false }],
    ['2.19.4/40-no-plugin', 'no plugin', { code: 'BACKEND_UNAVAILABLE', httpStatus: 400, retryable: false }],
    ['2.19.4/00-virgin-cluster', 'unknown stat', { code: 'INTERNAL' }],
    ['2.19.4/00-virgin-cluster', 'unknown parameter', { code: 'INTERNAL' }],
    ['2.19.4/31-miscellany', 'search, bad query', { code: 'INVALID_INPUT' }],
  ])('in %s, "%s", has a type', async (file, label, { code, retryable, ...facts }: Record<string, unknown>) => {
    const error = await told(answered(file, label));
    expect(error.code).toBe(code);
    const shown: Readonly<Record<string, unknown>> = { ...error.facts };
    for (const [name, value] of Object.entries(facts)) expect(shown[name]).toEqual(value);
    if (retryable !== undefined) expect(error.retryable).toBe(retryable);
    expect(error.facts).toMatchObject({ backend: 'es-prod', vendor: 'OPENSEARCH_AD' });
    expect(error.facts.outcomeUnknown).toBeUndefined();
    expect(error.message).not.toMatch(/\n|\.java|_plugins|exception/i);
  });

  it.each(['2.11.0/17-historical-limits', '2.19.4/17-historical-limits'])(
    'of two starts at the same instant in %s is about no privilege, although it is a 403',
    async (file) => {
      const error = await told(answered(file, 'three starts at once, round 0', 403));
      expect(error).toMatchObject({ code: 'REFUSED', retryable: true, facts: { httpStatus: 403, retryAfterMs: expect.any(Number) } });
      expect(error.facts.vendorMessage).toBe('Too many historical analysis requests in short time. Please retry later.');
    },
  );

  it('shows no Java trace, also when one was asked for', async () => {
    const error = await told(answered('2.19.4/31-miscellany', 'error_trace'));
    expect(error).toMatchObject({ code: 'NOT_FOUND', facts: { vendorMessage: "Can't find config with id: no-such-id" } });
    const traced = await told(because(500, 'java.lang.IllegalStateException: broken\n\tat org.opensearch.ad.X.run(X.java:12)'));
    expect(traced.facts.vendorMessage).toBe('java.lang.IllegalStateException: broken');
  });
});

describe('a refusal only the sources tell of', () => {
  it.each([
    [because(400, 'Anomaly detector job not exist: x'), { code: 'WRONG_STATE', already: true }],
    [because(500, 'No eligible node to run detector'), { code: 'REFUSED', retryable: true }],
    [
      because(400, "All nodes' executing batch tasks exceeds limitation No eligible node to run detector x"),
      { code: 'REFUSED', retryable: true },
    ],
    [because(500, 'Fail to start detector'), { code: 'REFUSED', retryable: true }],
    [because(500, 'Failed to delete model'), { code: 'REFUSED', retryable: true }],
    [because(500, 'Fail to get stats'), { code: 'BACKEND_UNAVAILABLE', retryable: true }],
    [because(429, 'rejected execution', 'rejected_execution_exception'), { code: 'BACKEND_UNAVAILABLE', retryable: true }],
    [because(429, '[parent] Data too large', 'circuit_breaking_exception'), { code: 'BACKEND_UNAVAILABLE', retryable: true }],
    [because(429, 'slow down'), { code: 'REFUSED', retryable: true }],
    [because(409, '[x]: version conflict', 'version_conflict_engine_exception'), { code: 'CONFLICT', retryable: true }],
    [because(403, 'index [.opendistro-anomaly-detectors] blocked', 'cluster_block_exception'), { code: 'REFUSED', retryable: false }],
    [because(503, 'blocked by: [SERVICE_UNAVAILABLE/1/state not recovered]', 'cluster_block_exception'), { code: 'BACKEND_UNAVAILABLE' }],
    [because(503, 'no cluster manager', 'cluster_manager_not_discovered_exception'), { code: 'BACKEND_UNAVAILABLE' }],
    [because(404, 'no such index [.searchguard-ad-anomaly-detectors]', 'index_not_found_exception'), { code: 'NOT_FOUND' }],
    [because(400, 'request [POST /x] does not support having a body', 'illegal_argument_exception'), { code: 'UNSUPPORTED' }],
    [{ status: 408, body: { took: 1, timed_out: true, hits: { hits: [] } } }, { code: 'TIMEOUT' }],
    [because(418, 'I am a teapot'), { code: 'REFUSED' }],
  ])('has a type: %j', async (answer, { code, retryable, already }: Record<string, unknown>) => {
    const error = await told(answer);
    expect(error.code).toBe(code);
    expect(error.facts.already).toBe(already);
    if (retryable !== undefined) expect(error.retryable).toBe(retryable);
  });

  it('hands on how long the server asks to be left alone', async () => {
    const error = await told({ ...because(429, 'slow down'), headers: { 'retry-after': '3' } });
    expect(error.facts.retryAfterMs).toBe(3_000);
  });
});

describe('credentials that are not accepted', () => {
  it.each<[string, Answer, typeof opensearchAd]>([
    ['an empty body', { status: 401, body: '', headers: { 'www-authenticate': 'Basic realm="OpenSearch Security"' } }, opensearchAd],
    ['a text', { status: 401, body: 'Authentication finally failed', headers: { 'content-type': 'text/plain' } }, opensearchAd],
    ['JSON', { status: 401, body: { status: 401, error: { reason: 'Unauthorized', type: 'authentication_exception' } } }, searchGuardAd],
    ['HTML', { status: 401, body: '<html>', headers: { 'content-type': 'text/html' } }, searchGuardAd],
  ])('are told with %s', async (_what, answer, module) => {
    const error = await told(answer, module);
    expect(error).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: 401, missing: [] } });
    expect(error.message).toMatch(/does not accept the credentials configured for this backend\.$/);
  });
});

describe('a missing privilege', () => {
  const action = 'cluster:admin/opendistro/ad/detector/jobmanagement';

  it('is named as OpenSearch Security names it, without the account', async () => {
    const reason = `no permissions for [${action}] and User [name=gateway, backend_roles=[team-a], requestedTenant=null]`;
    const error = await told(because(403, reason, 'security_exception'));
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      facts: { httpStatus: 403, missing: [action], vendorMessage: `no permissions for [${action}]` },
    });
    expect(error.message).toBe(`The credentials configured for this backend lack a privilege: ${action}.`);
  });

  it('may be several', async () => {
    const error = await told(
      because(403, 'no permissions for [indices:data/read/search, indices:monitor/stats] and User [name=u]', 'security_exception'),
    );
    expect(error.facts.missing).toEqual(['indices:data/read/search', 'indices:monitor/stats']);
  });

  it.each([
    [{}, []],
    [
      { missing_permissions: 'cluster:admin/searchguard/ad/detector/jobmanagement' },
      ['cluster:admin/searchguard/ad/detector/jobmanagement'],
    ],
    [
      { missing_permissions: ['cluster:admin/searchguard/ad/tasks/search'], user: 'gateway' },
      ['cluster:admin/searchguard/ad/tasks/search'],
    ],
    [{ missing_permissions: { 'cluster:monitor/main': 'x' } }, ['cluster:monitor/main']],
    [{ missing_permissions: 7 }, []],
  ])('is named as Search Guard names it, if it does: %j', async (more, missing) => {
    const error = await told(failure(403, 'security_exception', 'Insufficient permissions', more), searchGuardAd);
    expect(error).toMatchObject({
      code: 'FORBIDDEN',
      facts: { missing, vendorMessage: 'Insufficient permissions', vendor: 'SEARCH_GUARD_AD' },
    });
  });

  it('may be another backend role than the detector’s', async () => {
    const error = await told(because(403, 'User does not have permissions to access config: abc'));
    expect(error).toMatchObject({ code: 'FORBIDDEN', facts: { missing: [] } });
    expect(error.message).toMatch(/belongs to other backend roles/);
  });

  it.each([
    ['a text', { status: 403, body: 'Forbidden', headers: { 'content-type': 'text/plain' } }],
    ['HTML', { status: 403, body: '<html>', headers: { 'content-type': 'text/html' } }],
  ])('is told with %s by what stands in front', async (_what, answer) => {
    expect(await told(answer)).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: 403 } });
  });
});

describe('an answer that is none of anomaly detection’s', () => {
  it.each([
    [{ body: { acknowledged: true } }, true],
    [{ status: 500, body: { message: 'Internal Server Error' } }, true],
    [{ status: 404, body: { message: 'no such route' } }, undefined],
    [{ body: [] }, true],
  ])('is told as such, and leaves the outcome of a write open where it may have got through: %j', async (answer, outcomeUnknown) => {
    const error = await told(answer);
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.facts.outcomeUnknown).toBe(outcomeUnknown);
  });

  it('is not taken for a failure because of the text a profile calls its error', async () => {
    const { adapter, call } = await setUp(() => answered('2.19.4/20-real-time', 'profile (empty)'));
    const profile = await adapter.detectors?.readProfile('some-detector', new Set(['DetectorProfile.error']), call());
    expect(profile).toMatchObject({ error: expect.stringMatching(/^No data in current window/) });
  });
});

describe('a verb of an id that cannot be one', () => {
  it.each(['', '../../_cluster/settings', 'a/b', 'a,b', '*', '_search', 'tasks', 'x?historical=true'])('is not sent: %s', async (id) => {
    const { adapter, call, server } = await setUp(() => ({ body: { _id: 'x' } }));
    const start = { action: 'START_DETECTOR', detectorId: id, run: 'HISTORICAL', dateRange: range } as const;
    expect((await errorOf(adapter.run({ action: 'OPEN_JOB', jobId: id }, call()))).code).toBe('NOT_FOUND');
    expect((await errorOf(Promise.resolve().then(() => adapter.detectors?.run(start, call())))).code).toBe('NOT_FOUND');
    expect(server.seen).toEqual([]);
  });
});
