import { createHash, createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { isVigilError } from '../../../src/errors.js';
import { killJob, listJobs, openJob, startJob } from '../../../src/vendors/symetryml/client.js';
import { errorOf } from '../support/connect.js';
import { type Answer, call, connectEndpoint, envelope, type Got, rigged, secretText } from './rig.js';

const start = {
  method: 'POST',
  path: '/projects/iris/build',
  route: 'POST build',
  query: { modelid: 'm', algo: 'lda' },
  text: '{"a":"ü"}',
} as const;
const tooOld = 'Please update your server time, it is likely out of sync with UTC';

/** The rules once more, from what came over the wire. */
const expectedSignature = ({ method, target, headers, body }: Got): string => {
  const [path, query] = target.split('?');
  const md5 = body === '' ? '' : createHash('md5').update(body, 'utf8').digest('base64');
  const lines = [method, md5, secretText, headers['sym-date'], 'c1', ...(body === '' ? [] : [body]), path, ...(query ? [query] : []), ''];
  return createHmac('sha256', Buffer.from(secretText, 'base64')).update(lines.join('\n')).digest('base64');
};

describe('a request', () => {
  it('is signed over what is on the wire, with every method and as a stream', async () => {
    const { endpoint, got } = await rigged(({ method }) =>
      method === 'POST' ? envelope(202, 'Job Created', {}, { 'sym-job-id': '4' }) : envelope(200, 'OK'),
    );
    await listJobs(endpoint, call());
    await startJob(endpoint, start, call());
    await killJob(endpoint, '4', call());
    const answer = await openJob(endpoint, '4', 1_000, call());
    if (answer.kind === 'finished') answer.stream.cancel();
    expect(got.map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /symetry/rest/c1/jobs',
      'POST /symetry/rest/c1/projects/iris/build?modelid=m&algo=lda',
      'DELETE /symetry/rest/c1/jobs/4',
      'GET /symetry/rest/c1/jobs/4',
    ]);
    expect(got.map(({ headers }) => headers.authorization)).toEqual(got.map(expectedSignature));
    expect(got[1]?.headers).toMatchObject({
      'customer-id': 'c1',
      'sym-version': '6.3',
      'sym-client': 'vigil',
      'content-type': 'application/json',
    });
    expect(got.map(({ headers }) => headers['content-md5'] !== undefined)).toEqual([false, true, false, false]);
  });

  it('says version and client as configured', async () => {
    const { endpoint, got } = await rigged(() => envelope(200, 'OK'), { symVersion: '5.2', symClient: 'ops' });
    await listJobs(endpoint, call());
    expect(got[0]?.headers).toMatchObject({ 'sym-version': '5.2', 'sym-client': 'ops' });
  });
});

describe('a clock that is off', () => {
  const serverTime = 'Thu, 31 Jul 2014 08:01:07 GMT';
  const strict = ({ headers }: Got): Answer =>
    String(headers['sym-date']).startsWith('2014-07-31 08:0')
      ? envelope(202, 'Job Created', {}, { 'sym-job-id': '4', date: serverTime })
      : envelope(400, tooOld, {}, { date: serverTime });

  it('is corrected by the answer that says so, once for all requests to come, writes included', async () => {
    const { endpoint, got } = await rigged(strict);
    expect(await startJob(endpoint, start, call())).toBe('4');
    expect(await startJob(endpoint, start, call())).toBe('4');
    expect(got).toHaveLength(3);
  });

  it('is corrected for a stream as well', async () => {
    const { endpoint, got } = await rigged(strict);
    expect(await openJob(endpoint, '4', 1_000, call())).toMatchObject({ kind: 'unfinished' });
    expect(got).toHaveLength(2);
  });

  it.each([tooOld, 'Invalid Request Date', 'Request time is after current time by more than 1 min'])(
    'is an error when the server still says so: %s',
    async (text) => {
      const { endpoint, got } = await rigged(() => envelope(400, text));
      for (const ask of [() => startJob(endpoint, start, call()), () => openJob(endpoint, '4', 1_000, call())]) {
        expect(await errorOf(ask())).toMatchObject({
          code: 'FORBIDDEN',
          message: "SymetryML does not accept the gateway's requests: its clock and the gateway's are too far apart.",
          facts: { httpStatus: 400, vendorMessage: text },
        });
      }
      expect(got).toHaveLength(4);
    },
  );

  it('is not guessed at: other refusals are not asked again', async () => {
    const { endpoint, got } = await rigged(() => envelope(401, 'Invalid Signature'));
    await errorOf(startJob(endpoint, start, call()));
    expect(got).toHaveLength(1);
  });
});

describe('a refusal', () => {
  it.each<[number, string, string, string]>([
    [400, 'Md5 do not match', 'FORBIDDEN', 'another body'],
    [401, 'Invalid User', 'FORBIDDEN', 'customer id'],
    [401, 'Invalid Signature', 'FORBIDDEN', 'secret key'],
    [400, 'Authentication header is null', 'FORBIDDEN', 'no signature'],
    [400, 'Authentication header not present', 'FORBIDDEN', 'no signature'],
    [400, 'sym-date header is null', 'FORBIDDEN', 'no date'],
    [400, 'SymetryML-date is not present', 'FORBIDDEN', 'no date'],
    [400, 'Invalid Date Format', 'FORBIDDEN', 'cannot read the date'],
    [500, 'Job execution was refused by server.', 'REFUSED', 'refused to start'],
    [500, 'Optimize Job execution was refused by server.', 'REFUSED', 'refused to start'],
    [400, 'Cannot Find SYMETRYML id[r2] for Customer id [c1]', 'NOT_FOUND', 'no such project'],
    [400, ' + Cannot Find SYMETRYML id[r2] for Customer id [c1]', 'NOT_FOUND', 'no such project'],
    [400, 'targets are missing', 'INVALID_INPUT', 'does not accept'],
    [404, 'nothing here', 'NOT_FOUND', 'no such thing'],
    [409, 'Task exists', 'CONFLICT', 'Something else'],
    [500, 'NullPointerException', 'BACKEND_UNAVAILABLE', 'failed while'],
    [503, 'webapp not available', 'BACKEND_UNAVAILABLE', 'not available'],
  ])('%i %j is %s', async (status, text, code, message) => {
    const { endpoint, got } = await rigged(() => envelope(status, text));
    const error = await errorOf(startJob(endpoint, start, call()));
    expect(error).toMatchObject({ code, facts: { backend: 'sym', vendor: 'SYMETRYML', httpStatus: status } });
    expect(error.message).toContain(message);
    expect(error.facts.vendorMessage).toBe(text.replace(/^[ +]+/, ''));
    expect(error.facts.outcomeUnknown ?? false).toBe(code === 'BACKEND_UNAVAILABLE');
    expect(got).toHaveLength(1);
  });

  it('is told by its status where statusCode is a number, or another', async () => {
    const { endpoint } = await rigged((_, count) => ({
      status: 400,
      body: { [count === 1 ? 'statusCode' : 'statusCode ']: 200, statusString: 'No such job', values: {} },
    }));
    expect(await errorOf(killJob(endpoint, '4', call()))).toMatchObject({ code: 'NOT_FOUND' });
    expect(await errorOf(killJob(endpoint, '4', call()))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is cleaned of traces, addresses and paths before it is shown', async () => {
    const text = 'Bad body http://10.0.0.7:8080/symetry/rest/c1/x at org.json.Parser.read(Parser.java:1)\n\tat java.lang.Thread';
    const { endpoint } = await rigged(() => envelope(400, text));
    expect((await errorOf(startJob(endpoint, start, call()))).facts.vendorMessage).toBe('Bad body');
  });

  it.each([
    'Cannot find data source 8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11 of project IrisLongProjectName',
    'The attribute sepal_length_of_the_second_measurement_2 is unknown',
  ])('is shown with the names it is about: %s', async (text) => {
    const { endpoint } = await rigged(() => envelope(400, text));
    expect((await errorOf(startJob(endpoint, start, call()))).facts.vendorMessage).toBe(text);
  });

  it.each([
    [400, '<html>Bad Gateway</html>', 'text/html'],
    [502, '<html>Bad Gateway</html>', 'text/html'],
    [200, '{"took":1}', 'application/json'],
    [202, '[]', 'application/json'],
    [302, '', 'text/html'],
  ])('that is none of SymetryML is not taken for one: %i %s', async (status, body, type) => {
    const { endpoint } = await rigged(() => ({ status, body, headers: { 'content-type': type } }));
    for (const ask of [() => startJob(endpoint, start, call()), () => listJobs(endpoint, call())])
      expect((await errorOf(ask())).code).toBe('BACKEND_UNAVAILABLE');
  });
});

describe('what is secret', () => {
  const quote = ({ method, target, headers, body }: Got, key: string): string =>
    [method, headers['content-md5'] ?? '', key, headers['sym-date'], 'c1', body, target, headers.authorization].join('\\n');
  const ways: Readonly<Record<string, (got: Got) => Answer>> = {
    // REST API security, 6.3: with SECRETKEY in the key's place.
    'the documented refusal': (got) => envelope(401, 'Invalid Signature', { stringToSign: quote(got, 'SECRETKEY') }),
    'one that quotes the key too': (got) => envelope(401, 'Invalid Signature', { stringToSign: quote(got, secretText) }),
    'one that quotes it as its text': (got) => envelope(401, `Invalid Signature ${quote(got, secretText)}`),
    'one that quotes nothing else': (got) => envelope(401, quote(got, secretText)),
    'a 400 that quotes it': (got) => envelope(400, `Bad: ${quote(got, secretText)}`),
    'one that spells it for URLs': (got) =>
      envelope(409, `Conflict ${encodeURIComponent(String(got.headers.authorization))} ${encodeURIComponent(secretText)}`),
    'one that spells it with other letters': (got) =>
      envelope(400, `Bad: ${String(got.headers.authorization).replaceAll('+', '-').replaceAll('/', '_')} in x`),
    'a failure that quotes it': (got) => envelope(500, `Failed: ${quote(got, secretText)}`, { stringToSign: quote(got, secretText) }),
    'broken JSON': (got) => ({ status: 401, body: `{"stringToSign":"${quote(got, secretText)}` }),
    'broken JSON with success': (got) => ({ status: 200, body: `{"x":"${got.headers.authorization} ${secretText}` }),
    'a page': (got) => ({ status: 502, body: `<pre>${got.headers.authorization} ${secretText}`, headers: { 'content-type': 'text/html' } }),
  };

  it.each(Object.keys(ways))('is in no error, cause or note of a failing call: %s', async (way) => {
    const { endpoint, seen, got } = await rigged((request) => ways[way]?.(request) ?? envelope(200, ''));
    const asks = [
      () => listJobs(endpoint, call()),
      () => startJob(endpoint, start, call()),
      () => killJob(endpoint, '4', call()),
      () => openJob(endpoint, '4', 1_000, call()),
    ];
    const outcomes: unknown[] = [];
    for (const ask of asks) outcomes.push(await ask().catch((error: unknown) => error));
    const chain = outcomes.flatMap((each) => (isVigilError(each) ? [each, each.cause, each.facts, each.stack] : [each]));
    // A finished job's stream is no failure; its bytes are the caller's.
    const all = inspect([chain, seen], { depth: 12, showHidden: true, maxStringLength: null });
    for (const { headers } of got) {
      const signature = String(headers.authorization).replace(/=+$/, '');
      const spellings = [signature, encodeURIComponent(signature), signature.replaceAll('+', '-').replaceAll('/', '_')];
      for (const spelling of spellings) expect(all).not.toContain(spelling);
      expect(all).not.toContain(String(headers['sym-date']));
    }
    for (const spelling of [secretText.replace(/=+$/, ''), encodeURIComponent(secretText)]) expect(all).not.toContain(spelling);
    expect(all).not.toMatch(/stringToSign|SECRETKEY|GET\\+n|POST\\+n|DELETE\\+n/);
  });

  it('shows in nothing that is made of an account', async () => {
    const { endpoint } = connectEndpoint(new URL('http://127.0.0.1:1'));
    expect(inspect(endpoint, { depth: 12, showHidden: true })).not.toContain(secretText);
  });
});
