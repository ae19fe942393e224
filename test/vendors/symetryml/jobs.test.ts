import { describe, expect, it } from 'vitest';
import { acceptedJobId } from '../../../src/vendors/symetryml/accepted.js';
import { isPossibleJobId, type JobAnswer, killJob, listJobs, openJob, startJob } from '../../../src/vendors/symetryml/client.js';
import { parseLenient } from '../../../src/vendors/symetryml/lenient-json.js';
import { errorOf } from '../support/connect.js';
import { type Answer, call, envelope, info, rigged } from './rig.js';

const start = { method: 'POST', path: '/projects/p/vif', route: 'POST vif', text: '{}' } as const;
const answering = (answer: Answer) => rigged(() => answer);

const textOf = async (answer: JobAnswer): Promise<string> => {
  if (answer.kind !== 'finished') return `not finished but ${answer.kind}`;
  const pieces: Uint8Array[] = [];
  for await (const piece of answer.stream.body) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
};

describe('the list of jobs', () => {
  it.each<[string, unknown, readonly string[], readonly string[]]>([
    ['a list under the schema’s key', { jobinfo: [info(4), info('5')] }, ['4', '5'], []],
    ['under another key', { jobInfoList: [info(4)] }, ['4'], []],
    ['in a wrapper', { jobInfoList: { values: [info(4)] } }, ['4'], []],
    ['a single job', { jobinfo: info(4) }, ['4'], []],
    ['ids alone', { stringList: { values: ['4', '5'] } }, [], ['4', '5']],
    ['ids as numbers', { stringList: [4] }, [], ['4']],
    ['ids beside jobs', { jobinfo: [info(4)], stringList: { values: ['4', '5'] } }, ['4'], ['5']],
    ['no jobs', { jobinfo: [] }, [], []],
    ['no entity', {}, [], []],
    ['entities that are none beside the list', { status: 'x', jobinfo: [info(4)] }, ['4'], []],
  ])('is read from %s', async (_, values, jobs, bareIds) => {
    const { endpoint } = await answering(envelope(200, 'Job is finished', values));
    const list = await listJobs(endpoint, call());
    expect([list.jobs.map((each) => each.info.jobId), list.bareIds]).toEqual([jobs, bareIds]);
  });

  it('leaves out jobs of other owners, and keeps those that name none', async () => {
    const jobs = [info(1), info(2, { owner: 'c2' }), info(3, { owner: undefined }), info(4, { owner: null })];
    const { endpoint } = await answering(envelope(200, 'OK', { jobinfo: jobs }));
    const list = await listJobs(endpoint, call());
    expect(list).toMatchObject({ foreign: new Set(['2']), unread: 0 });
    expect(list.jobs.map((each) => each.info.jobId)).toEqual(['1', '3', '4']);
  });

  it('counts entries it cannot read, and takes odd members for not told', async () => {
    const { endpoint } = await answering(
      envelope(200, 'OK', { jobinfo: [info(1, { maximum: 'many', current: '7', isStarted: 'true', details: [] }), { id: 2 }, null] }),
    );
    const list = await listJobs(endpoint, call());
    expect(list.unread).toBe(2);
    expect(list.jobs[0]?.info).toMatchObject({ current: 7, isStarted: true, maximum: undefined, details: undefined });
  });

  it('reads numbers that JSON does not have, under any content type', async () => {
    const { endpoint } = await answering({
      status: 200,
      body: '{"statusCode":"OK","statusString":"","values":{"jobinfo":[{"jobId":1,"current":NaN,"maximum":Infinity}]}}',
      headers: { 'content-type': 'text/plain' },
    });
    expect((await listJobs(endpoint, call())).jobs[0]?.info).toMatchObject({ jobId: '1' });
  });

  it('is not taken for empty when it is something else', async () => {
    const { endpoint } = await answering(envelope(200, 'OK', { smlInfo: { pid: 'p' } }));
    expect(await errorOf(listJobs(endpoint, call()))).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { httpStatus: 200 } });
  });
});

describe('one job', () => {
  it('that is finished hands over its body unread, byte for byte', async () => {
    const body = '{"statusCode":"OK","statusString":"Job is finished", "values":{"pcaSumValues": NaN}}';
    const { endpoint, got } = await answering({ status: 200, body });
    expect(await textOf(await openJob(endpoint, '4', 1_000, call()))).toBe(body);
    expect(got).toHaveLength(1);
  });

  it.each<[string, unknown, unknown]>([
    ['with its JobInfo', { jobinfo: info(4) }, { jobId: '4', current: 22, details: { pid: 'p1' } }],
    ['with its JobInfo under another key', { jobInfo: info(4) }, { jobId: '4' }],
    ['with no entity, as the sample has it', {}, null],
  ])('that is not: %s', async (_, values, told) => {
    const { endpoint } = await answering(envelope(202, 'Job still running', values));
    const answer = await openJob(endpoint, '4', 1_000, call());
    expect(answer.kind).toBe('unfinished');
    if (answer.kind !== 'unfinished') return;
    if (told === null) expect(answer.info).toBeNull();
    else expect(answer.info).toMatchObject(told as object);
  });

  it('that is not there is absent', async () => {
    const { endpoint } = await answering(envelope(400, 'No such job'));
    expect(await openJob(endpoint, '4', 1_000, call())).toEqual({ kind: 'absent' });
  });

  it('that is answered 500 may have failed, with the evidence for it', async () => {
    const { endpoint, got } = await answering(envelope(500, 'Singular matrix'));
    expect(await openJob(endpoint, '4', 1_000, call())).toMatchObject({
      kind: 'failed',
      evidence: { status: 500, statusCode: 'INTERNAL_SERVER_ERROR', statusString: 'Singular matrix' },
      error: { facts: { vendorMessage: 'Singular matrix', httpStatus: 500 } },
    });
    expect(got).toHaveLength(1);
  });

  it.each<[string, Answer, boolean]>([
    ['a refusal', envelope(401, 'Invalid User'), false],
    ['a proxy that failed', { status: 502, body: 'x', headers: { 'content-type': 'text/html' } }, true],
    ['another status of success', envelope(201, 'Created'), true],
    ['a page that asks for a login', { status: 200, body: '<html></html>', headers: { 'content-type': 'text/html; charset=utf-8' } }, true],
    ['an unreadable answer that is not the result', { status: 202, body: '{' }, false],
  ])('says whether the server may have given it away: %s', async (_, answer, outcomeUnknown) => {
    const { endpoint } = await answering(answer);
    expect((await errorOf(openJob(endpoint, '4', 1_000, call()))).facts).toMatchObject({ outcomeUnknown });
  });

  it.each(['', '..', '4/../5', '4?x=1', 'a b', '4\n'])('with an id that cannot be one is not asked for: %j', async (id) => {
    const { endpoint, got } = await answering(envelope(200, 'OK'));
    expect(isPossibleJobId(id)).toBe(false);
    expect(await errorOf(openJob(endpoint, id, 1_000, call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(killJob(endpoint, id, call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(got).toHaveLength(0);
  });
});

describe('killing a job', () => {
  it.each<[Answer, unknown]>([
    [envelope(200, 'Job was killed.'), undefined],
    [envelope(202, 'Job cannot be killed.'), { code: 'REFUSED', facts: { httpStatus: 202, vendorMessage: 'Job cannot be killed.' } }],
    [envelope(400, 'No such job'), { code: 'NOT_FOUND', facts: { httpStatus: 400 } }],
  ])('answered %j', async (answer, expected) => {
    const { endpoint, got } = await answering(answer);
    const outcome = await killJob(endpoint, '4', call()).catch((error: unknown) => error);
    if (expected === undefined) expect(outcome).toBeUndefined();
    else expect(outcome).toMatchObject(expected as object);
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual(['DELETE /symetry/rest/c1/jobs/4']);
  });
});

describe('an accepted job', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{ 'sym-job-id': '5', location: 'http://charm:8080/symetry/rest/c1/jobs/6' }, '5'],
    [{ location: 'http://charm:8080/symetry/rest/c1/jobs/6' }, '6'],
    [{ location: '/jobs/6/?x=/jobs/7#y' }, '6'],
    [{ 'sym-job-id': '../x', location: 'https://elsewhere.example/jobs/6' }, '6'],
    [{ location: 'http://charm:8080/symetry/rest/c1/projects/6' }, undefined],
    [{ location: 'http://charm:8080/jobs/a%2Fb' }, undefined],
    [{}, undefined],
  ])('has the id in %j', (headers, id) => {
    expect(acceptedJobId(headers)).toBe(id);
  });

  it.each([200, 202])('is one also where it is answered %i, and its location is not followed', async (status) => {
    const { endpoint, got } = await answering(
      envelope(status, 'Job Created', {}, { location: 'http://127.0.0.1:1/symetry/rest/c1/jobs/6' }),
    );
    expect(await startJob(endpoint, start, call())).toBe('6');
    expect(got).toHaveLength(1);
  });

  it.each([
    [202, 'did not say which'],
    [200, 'answered at once'],
  ])('without an id is an error that says that something may have happened: %i', async (status, words) => {
    const { endpoint } = await answering(envelope(status, 'OK'));
    const error = await errorOf(startJob(endpoint, start, call()));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: true, httpStatus: status } });
    expect(error.message).toContain(words);
  });
});

describe('JSON that is not strict', () => {
  it.each([
    ['{"a":Infinity,"b":-Infinity,"c":[NaN, NaN]}', { a: Infinity, b: -Infinity, c: [Number.NaN, Number.NaN] }],
    ['NaN', Number.NaN],
    ['{"a":"NaN, Infinity","b":"\\",NaN,\\"", "c":NaN}', { a: 'NaN, Infinity', b: '",NaN,"', c: Number.NaN }],
    ['{"NaN":1}', { NaN: 1 }],
  ])('%s is read', (text, value) => {
    expect(parseLenient(text)).toEqual(value);
  });

  it.each(['{"a":1Infinity}', '{"a":NaNa}', '{a:NaN}', '{"a":--Infinity}', '{"a":NaN', '"NaN'])('%s is none either', (text) => {
    expect(() => parseLenient(text)).toThrow(SyntaxError);
  });
});
