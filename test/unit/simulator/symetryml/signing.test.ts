import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import {
  c1,
  plain,
  type RawRequest,
  type Server,
  type Signer,
  sampleKey,
  send,
  sign,
  startServer,
  startWithIris,
  symDate,
} from './server.js';

interface Recorded {
  readonly client: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const file = new URL('../../../recordings/symetryml/vendor-client-requests.json', import.meta.url);
const recorded: readonly Recorded[] = JSON.parse(await readFile(file, 'utf8')).requests;

const rawOf = ({ method, target, headers, body }: Recorded): RawRequest => ({ method, target, headers: Object.fromEntries(headers), body });

async function startUndated(options = {}): Promise<Server> {
  const server = await startServer(options);
  await server.control('PUT', '/settings', { dateWindow: false });
  return server;
}

/** Each position once, with another byte there. */
const changes = (text: string, alphabet: readonly [string, string] = ['x', 'y']): readonly string[] =>
  [...text].map((was, at) => text.slice(0, at) + (was === alphabet[0] ? alphabet[1] : alphabet[0]) + text.slice(at + 1));

const nameOf = (request: RawRequest, wanted: string) =>
  Object.keys(request.headers).find((name) => name.toLowerCase() === wanted) ?? wanted;

describe('requests of the vendor clients, byte for byte', () => {
  it('are ten', () => expect(recorded).toHaveLength(10));

  it.each(recorded.map((one) => [one.client, one.method, one.target, one] as const))(
    '%s: %s %s is accepted',
    async (_client, _method, target, one) => {
      const server = await startUndated();
      const project = /\/projects\/([^/]+)(\/|$)/.exec(target)?.[1];
      await server.control('PUT', `/projects/c1/${project ?? 'p1'}`, { models: ['model2', 'm2'] });
      const answer = await send(server.simulator, rawOf(one));
      expect([200, 202, 400]).toContain(answer.status);
      if (answer.status === 400) expect(answer.body).toEqual(plain('BAD_REQUEST', 'No such job'));
    },
  );

  it('are too old or too new while the window is there', async () => {
    const server = await startServer();
    for (const one of recorded) {
      const answer = await send(server.simulator, rawOf(one));
      expect(answer.body).toEqual(plain('BAD_REQUEST', 'Please update your server time, it is likely out of sync with UTC'));
    }
  });

  it('are refused with a byte changed anywhere in path or query', async () => {
    const server = await startUndated();
    for (const request of recorded.map(rawOf)) {
      for (const target of changes(request.target).slice('/symetry/rest/'.length)) {
        expect((await send(server.simulator, { ...request, target })).status).toBe(401);
      }
      for (const target of changes(request.target).slice(1, '/symetry/rest/'.length)) {
        expect((await send(server.simulator, { ...request, target })).status).toBe(404);
      }
    }
  });

  it('are refused with a byte changed anywhere in the date', async () => {
    const server = await startUndated();
    for (const request of recorded.map(rawOf)) {
      const name = nameOf(request, 'sym-date');
      for (const date of changes(request.headers[name] ?? '', ['1', '2'])) {
        expect([400, 401]).toContain((await send(server.simulator, { ...request, headers: { ...request.headers, [name]: date } })).status);
      }
    }
  });

  it('are refused with a byte changed anywhere in the body, its digest recomputed or not', async () => {
    const server = await startUndated();
    for (const request of recorded.filter(({ body }) => body !== '').map(rawOf)) {
      for (const body of changes(String(request.body))) {
        const answer = await send(server.simulator, { ...request, body });
        if (request.headers['content-md5'] === undefined) expect(answer.body?.statusString).toBe('Invalid Signature');
        else expect(answer.body).toEqual(plain('BAD_REQUEST', 'Md5 do not match'));
        const headers = { ...request.headers, 'content-md5': createHash('md5').update(body).digest('base64') };
        expect((await send(server.simulator, { ...request, headers, body })).status).toBe(401);
      }
    }
  });
});

describe('signatures computed by the rules of the documents', () => {
  const date = '2014-07-31 08:01:07;1245';
  const body = '{"targets":["12"],"inputAttributes":["0","1","2","3"],"extraParameters":{}}';
  it.each([
    ['GET', '/symetry/rest/c1/jobs/4', '', 'SQDzTmZAO8FZf9csmWK88HnAFMw0Tvc9KW5sSwMXaIw='],
    ['GET', '/symetry/rest/c1/jobs', '', 'OxYVGNl0u7k1rGrkZxnMQSR8+Vc+HdHlX74Kltv4UVE='],
    ['DELETE', '/symetry/rest/c1/jobs/4', '', 'oC9YBJydz3AkdXwc7nkjjwssuMWleNm3IpK2DzFHzVo='],
    ['POST', '/symetry/rest/c1/projects/iris/build?algo=lda&modelid=lda1', body, 'b/kqHBaIwP6j9MVHcLmDX/MR6K5uMH/zPeFlSX2y2dw='],
  ])('%s %s', async (method, target, text, authorization) => {
    const server = await startUndated();
    const answer = await send(server.simulator, { method, target, headers: { authorization, 'sym-date': date }, body: text });
    expect(answer.status).not.toBe(401);
    expect(sign(c1, { method, target, date, body: text })).toBe(authorization);
  });
});

describe('a request that is not trusted', () => {
  const target = '/symetry/rest/c1/jobs';
  const good = (date = symDate()) => ({ authorization: sign(c1, { method: 'GET', target, date, body: '' }), 'sym-date': date });
  const get = (server: Server, headers: Readonly<Record<string, string>>) => send(server.simulator, { method: 'GET', target, headers });

  it.each([
    [
      '6.3',
      'Authentication header is null',
      'sym-date header is null',
      'Please update your server time, it is likely out of sync with UTC',
    ],
    ['5.2', 'Authentication header not present', 'SymetryML-date is not present', 'Invalid Request Date'],
  ])('is told why, in the words of %s', async (version, noAuthorization, noDate, tooOld) => {
    const server = await startServer({ version });
    const { authorization } = good();
    expect((await get(server, { 'sym-date': symDate() })).body).toEqual(plain('BAD_REQUEST', noAuthorization));
    expect((await get(server, { authorization })).body).toEqual(plain('BAD_REQUEST', noDate));
    expect((await get(server, good(symDate(-301_000)))).body).toEqual(plain('BAD_REQUEST', tooOld));
    const tooNew = version === '5.2' ? 'Request time is after current time by more than 1 min' : tooOld;
    expect((await get(server, good(symDate(90_000)))).body).toEqual(plain('BAD_REQUEST', tooNew));
    expect((await get(server, good(symDate(-280_000)))).status).toBe(200);
    expect((await get(server, good(symDate(50_000)))).status).toBe(200);
  });

  it.each(['2014-02-31 08:01:07;1', '2014-07-31T08:01:07Z', '2014-07-31 08:01:07', '2014-07-31 08:01:07;', 'now'])(
    'has no date in "%s"',
    async (date) => {
      const server = await startServer();
      expect((await get(server, good(date))).body).toEqual(plain('BAD_REQUEST', 'Invalid Date Format'));
    },
  );

  it('is echoed with the key left out, newlines spelt out', async () => {
    const server = await startServer();
    const date = symDate();
    const headers = { authorization: 'bm9wZQ==', 'sym-date': date };
    const answer = await send(server.simulator, {
      method: 'POST',
      target: '/symetry/rest/c1/projects/p1/learn?async=true',
      headers,
      body: '{"data":[]}',
    });
    expect(answer.status).toBe(401);
    const md5 = createHash('md5').update('{"data":[]}').digest('base64');
    const stringToSign = ['POST', md5, 'SECRETKEY', date, 'c1', '{"data":[]}', '/symetry/rest/c1/projects/p1/learn', 'async=true', ''].join(
      '\\n',
    );
    expect(answer.body).toEqual({ statusCode: 'UNAUTHORIZED', statusString: 'Invalid Signature', values: { stringToSign } });
    expect(answer.text).not.toContain(sampleKey);
  });

  it('is nobody known', async () => {
    const server = await startServer();
    const answer = await server.ask('GET', '/jobs', { as: { ...c1, customer: 'c9' } });
    expect([answer.status, answer.body]).toEqual([401, plain('UNAUTHORIZED', 'Invalid User')]);
  });

  it('is checked in another order where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { authOrder: ['user', 'date', 'authorization', 'md5', 'signature'] });
    expect((await send(server.simulator, { method: 'GET', target: '/symetry/rest/c9/jobs', headers: {} })).status).toBe(401);
  });

  it('lacks a header the server asks for', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { requireCustomerId: true, requireVersion: true, requireMd5: true });
    expect((await get(server, good())).body?.statusString).toBe('Customer-ID header is null');
    expect((await get(server, { ...good(), 'customer-id': 'c1' })).body?.statusString).toBe('sym-version header is null');
    const named = { 'customer-id': 'c1', 'sym-version': '6.3' };
    expect((await get(server, { ...good(), ...named })).status).toBe(200);
    expect((await server.ask('POST', '/projects/p1/learn', { headers: named, body: {} })).body?.statusString).toBe('Md5 do not match');
  });

  it('was sent before, where replays are refused', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { replays: 'refused' });
    const headers = good();
    expect((await get(server, headers)).status).toBe(200);
    expect((await get(server, headers)).body?.statusString).toBe('Invalid Signature');
  });
});

describe('customers', () => {
  const text: Signer = { customer: 'admin', secret: 'admin', key: Buffer.from('admin') };
  const users = [
    { name: 'admin', password: 'admin', privileges: [] },
    { name: 'c1', password: sampleKey, privileges: [] },
  ];

  it('have keys in Base64 and keys of plain text', async () => {
    const server = await startServer({ users });
    expect((await server.ask('GET', '/jobs', { as: text })).status).toBe(200);
    expect((await server.ask('GET', '/jobs')).status).toBe(200);
    expect((await server.ask('GET', '/jobs', { as: { ...text, customer: 'c1' } })).status).toBe(401);
  });

  it('cannot be without a key', async () => {
    await expect(startServer({ users: [{ name: 'c1', privileges: [] }] })).rejects.toThrow('customer c1 has no password');
  });
});

describe('what is signed', () => {
  const ask = (server: Server, target: string, resource: string, body = '') => {
    const date = symDate();
    const authorization = sign(c1, { method: 'GET', target, date, body, resource });
    return send(server.simulator, { method: 'GET', target, headers: { authorization, 'sym-date': date } });
  };
  const target = '/symetry/rest/c1/projects/a%20b/info';

  it.each([
    ['path', target],
    ['decodedPath', '/symetry/rest/c1/projects/a b/info'],
    ['pathWithoutSlash', target.slice(1)],
  ])('is the resource as %s', async (signedResource, resource) => {
    const server = await startServer();
    await server.control('PUT', '/projects/c1/a%20b', {});
    await server.control('PUT', '/settings', { signedResource });
    expect((await ask(server, target, resource)).status).toBe(200);
    expect((await ask(server, target, 'else')).status).toBe(401);
  });

  it('is the whole URL where that is set', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { signedResource: 'url' });
    expect((await ask(server, '/symetry/rest/c1/jobs', `${server.simulator.url}/symetry/rest/c1/jobs`)).status).toBe(200);
  });

  it('has no base path a proxy took off, unless it is kept', async () => {
    const server = await startServer({ basePath: '/behind' });
    const [inner, outer] = ['/symetry/rest/c1/jobs', '/behind/symetry/rest/c1/jobs'];
    expect((await ask(server, outer, inner)).status).toBe(200);
    await server.control('PUT', '/settings', { signedBase: 'kept' });
    expect((await ask(server, outer, inner)).status).toBe(401);
    expect((await ask(server, outer, outer)).status).toBe(200);
  });

  it('is the body in bytes, text or not', async () => {
    const server = await startWithIris();
    const body = '{"attributeNames":["größe"],"data":[["\u2028"]]}';
    expect((await server.ask('POST', '/projects/irisTest/learn', { body })).status).toBe(200);
    const date = symDate();
    const path = '/symetry/rest/c1/projects/irisTest/learn';
    const headers = { authorization: sign(c1, { method: 'POST', target: path, date, body: '\ufffd' }), 'sym-date': date };
    const broken = Buffer.from([0xff]);
    expect((await send(server.simulator, { method: 'POST', target: path, headers, body: broken })).status).toBe(401);
  });

  it('goes by the clock of the server, which its answers show', async () => {
    const server = await startServer();
    await server.control('PUT', '/settings', { clockOffsetMs: 3_600_000 });
    const answer = await server.ask('GET', '/jobs');
    expect(answer.body?.statusString).toBe('Please update your server time, it is likely out of sync with UTC');
    expect(Date.parse(answer.headers.date ?? '') - Date.now()).toBeGreaterThan(3_500_000);
  });
});
