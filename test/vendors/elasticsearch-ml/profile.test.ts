import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/domain/index.js';
import { elasticsearchMl } from '../../../src/vendors/elasticsearch-ml/index.js';
import { connectTo, errorOf } from '../support/connect.js';
import { recorded } from '../support/recordings.js';
import type { Answer } from '../support/stand-in.js';
import { failure, setUp } from './support.js';

const info = 'GET /_ml/info';
const root = 'GET /';
const unauthorized = (action: string) => failure(403, 'security_exception', `action [${action}] is unauthorized for user [u]`);
const rejected: Answer = { status: 401, body: recorded('elasticsearch-ml/7.9.0/13-security', 'GET /', 401).response };

const learn = async (answers: Readonly<Record<string, Answer>>) => {
  const { server, adapter, call } = await setUp(({ method, path }) => answers[`${method} ${path}`]);
  const outcome = await adapter.learnProfile(call).catch((error: unknown) => error);
  return { outcome, requests: server.requests() };
};

describe('learning the version', () => {
  it('needs one call that whoever reads jobs may make', async () => {
    const { outcome, requests } = await learn({ [info]: { body: { native_code: { version: '8.17.0', build_hash: 'x' } } } });
    expect(outcome).toEqual({
      version: '8.17.0',
      capabilities: ['OPEN_JOB', 'CLOSE_JOB', 'RESET_JOB', 'DELETE_JOB', 'REVERT_JOB', 'START_DATAFEED', 'STOP_DATAFEED', 'CANCEL_TASK'],
      notice: null,
    });
    expect(requests).toEqual([info]);
  });

  it.each([
    ['a real 7.9 without native code', { body: recorded('elasticsearch-ml/7.9.0/01-root-and-misc', 'GET /_ml/info').response }],
    ['native code that is not there', { body: { native_code: { version: 'N/A' } } }],
    ['a missing privilege', unauthorized('cluster:monitor/xpack/ml/info/get')],
    [
      'machine learning that is switched off',
      { status: 405, body: recorded('elasticsearch-ml/7.9.0/22-ml-disabled', 'GET /_ml/info?filter_path=limits,upgrade_mode').response },
    ],
  ])('asks the root after %s', async (_what, answer) => {
    const { outcome, requests } = await learn({
      [info]: answer,
      [root]: { body: recorded('elasticsearch-ml/7.9.0/01-root-and-misc', 'GET /').response },
    });
    expect(outcome).toMatchObject({ version: '7.9.0' });
    expect(requests).toEqual([info, root]);
  });

  it('does without a version that may not be read', async () => {
    const lacking = await learn({
      [info]: unauthorized('cluster:monitor/xpack/ml/info/get'),
      [root]: unauthorized('cluster:monitor/main'),
    });
    expect(lacking.outcome).toEqual({ version: null, capabilities: elasticsearchMl.capabilitiesOf(null), notice: null });
  });

  it('tries refused credentials once, and does not take them for an answer', async () => {
    const { outcome, requests } = await learn({ [info]: rejected, [root]: rejected });
    expect(outcome).toMatchObject({ code: 'FORBIDDEN', facts: { httpStatus: 401 } });
    expect(requests).toEqual([info]);
  });

  it.each([
    ['a cluster that is starting', failure(503, 'cluster_block_exception', 'state not recovered')],
    ['too many requests', failure(429, 'es_rejected_execution_exception', '')],
    ['an HTML page', { body: '<html></html>', headers: { 'content-type': 'text/html' } }],
  ])('throws on %s', async (_what, answer) => {
    const { outcome } = await learn({ [info]: answer, [root]: answer });
    expect(outcome).toMatchObject({ code: 'BACKEND_UNAVAILABLE' });
  });

  it('throws when nobody answers', async () => {
    const { server, adapter, call } = await setUp(() => ({ body: {} }));
    await server.dispose();
    expect((await errorOf(adapter.learnProfile(call))).code).toBe('BACKEND_UNAVAILABLE');
  });

  it('believes the version that is configured, and yet asks whether the backend answers', async () => {
    const { server, call } = await setUp(() => ({ body: { native_code: { version: '9.1.0' } } }));
    const adapter = connectTo(elasticsearchMl, { url: server.url, version: '7.10.2' });
    expect(await adapter.learnProfile(call)).toMatchObject({ version: '7.10.2' });
    expect(server.requests()).toEqual([info]);
    await server.dispose();
    expect((await errorOf(adapter.learnProfile(call))).code).toBe('BACKEND_UNAVAILABLE');
    await adapter.dispose();
    await adapter.dispose();
  });
});

describe('upgrade mode', () => {
  it.each([
    [{ upgrade_mode: true, native_code: { version: '8.17.0' } }, expect.stringMatching(/^Upgrade mode is on/)],
    [{ upgrade_mode: false, native_code: { version: '8.17.0' } }, null],
    [{ native_code: { version: '8.17.0' } }, null],
  ])('is told with the version: %j', async (body, notice) => {
    const { outcome } = await learn({ [info]: { body } });
    expect(outcome).toMatchObject({ version: '8.17.0', notice });
  });

  it('is told where the version comes from elsewhere', async () => {
    const { response } = recorded('elasticsearch-ml/7.9.0/01-root-and-misc', 'GET /');
    const { outcome } = await learn({ [info]: { body: { upgrade_mode: true, native_code: {} } }, [root]: { body: response } });
    expect(outcome).toMatchObject({ version: '7.9.0', notice: expect.stringMatching(/Upgrade mode/) });
    const { server, call } = await setUp(() => ({ body: { upgrade_mode: true, native_code: { version: '9.1.0' } } }));
    const adapter = connectTo(elasticsearchMl, { url: server.url, version: '8.17.0' });
    expect(await adapter.learnProfile(call)).toMatchObject({ version: '8.17.0', notice: expect.stringMatching(/Upgrade mode/) });
    await adapter.dispose();
  });
});

describe('capabilities', () => {
  it.each<[string | null, boolean]>([
    ['7.9.0', false],
    ['7.13.4', false],
    ['7.14.0', true],
    ['8.17.0', true],
    ['8.17.0-SNAPSHOT', true],
    ['10.0.0', true],
    [null, false],
    ['N/A', false],
  ])('of %s include reset: %s', (version, expected) => {
    const capabilities: readonly Action[] = elasticsearchMl.capabilitiesOf(version);
    expect(capabilities.includes('RESET_JOB')).toBe(expected);
    expect(capabilities).toEqual(expect.arrayContaining(['OPEN_JOB', 'CLOSE_JOB', 'DELETE_JOB', 'CANCEL_TASK']));
  });
});
