import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer, startWithJobs } from './server.js';

/** Sends bytes as they are and hands back all that comes until the server closes. */
const raw = (server: Server, text: string) =>
  new Promise<string>((resolve, reject) => {
    let received = '';
    const socket = connect(server.simulator.port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      received += chunk.toString();
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });

describe('routes (recorded: 7.9.0/01-root-and-misc, 02, 11, 12; core/8.17.0)', () => {
  it.each([
    ['DELETE', '/_ml/info', 'GET'],
    ['PUT', '/_ml/anomaly_detectors/_all/_close', 'POST'],
    ['GET', '/_ml/anomaly_detectors/x/_close?force=true', 'POST'],
    ['PUT', '/_tasks', 'GET'],
    ['POST', '/_tasks/foo:1', 'GET'],
    ['GET', '/_tasks/_cancel', 'POST'],
    ['GET', '/_ml/set_upgrade_mode', 'POST'],
  ])('refuses %s %s and names what is allowed', async (method, path, allowed) => {
    const server = await startServer();
    const answer = await server.ask(method, path);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, allowed]);
    expect(answer.body).toEqual({
      error: `Incorrect HTTP method for uri [${path}] and method [${method}], allowed: [${allowed}]`,
      status: 405,
    });
  });

  it.each([
    ['POST', '/_ml/anomaly_detectors/x/_nope?a=1'],
    ['GET', '/_nope/a/b/c/d'],
  ])('has no handler for %s %s, and says so without status', async (method, path) => {
    const server = await startServer();
    const { status, body } = await server.ask(method, path);
    expect(status).toBe(400);
    expect(body).toEqual({ error: `no handler found for uri [${path}] and method [${method}]` });
  });

  it('refuses HEAD of what is not the root, without body', async () => {
    const server = await startServer();
    for (const path of ['/_ml/anomaly_detectors/a1', '/_tasks/foo:1']) {
      expect(await server.ask('HEAD', path)).toMatchObject({ status: 405, text: '' });
    }
    expect(await server.ask('HEAD', '/')).toMatchObject({ status: 200, text: '' });
  });

  it('answers OPTIONS with what is allowed', async () => {
    const server = await startServer();
    const { status, headers, text } = await server.ask('OPTIONS', '/_ml/anomaly_detectors/x/_close');
    expect([status, headers.get('allow'), text]).toEqual([200, 'POST', '']);
  });

  it('takes a broken escape for a wrong method (7.9)', async () => {
    const server = await startServer({ version: '7.9' });
    const { status, body } = await server.ask('GET', '/_ml/anomaly_detectors/a%zz');
    expect(status).toBe(405);
    expect(body.error).toMatch("invalid escape sequence `%zz' at index 1 of: a%zz, allowed: [");
  });
});

describe('parameters', () => {
  it.each([
    ['/_ml/info?foo=1', 'request [/_ml/info] contains unrecognized parameter: [foo]'],
    ['/_ml/anomaly_detectors?foo=bar&baz=1', 'request [/_ml/anomaly_detectors] contains unrecognized parameters: [baz], [foo]'],
    [
      '/_ml/anomaly_detectors/a1?alow_no_match=true',
      'request [/_ml/anomaly_detectors/a1] contains unrecognized parameter: [alow_no_match] -> did you mean any of [allow_no_match, allow_no_jobs]?',
    ],
    ['/_ml/anomaly_detectors/a1?pretty=maybe', 'Failed to parse value [maybe] as only [true] or [false] are allowed.'],
    ['/_ml/anomaly_detectors/a1?size=5', 'request [/_ml/anomaly_detectors/a1] contains unrecognized parameter: [size]'],
  ])('refuses %s (recorded: 7.9.0/01, 02, 12; 7.10.0/24)', async (path, reason) => {
    const server = await startWithJobs({ version: '7.10' });
    expect((await server.ask('GET', path)).body).toEqual(failure(400, 'illegal_argument_exception', reason));
  });

  it.each([
    ['7.10', 200],
    ['7.17', 400],
    ['8.17', 400],
    ['9.1', 400],
  ])('a body where none is read: %s answers %i (recorded: 7.10.0/24, core/*)', async (version, status) => {
    const server = await startServer({ version });
    const text = await raw(
      server,
      'GET /_tasks?actions=nope HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 7\r\nconnection: close\r\n\r\n{"x":1}',
    );
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(text.includes('request [GET /_tasks] does not support having a body')).toBe(status === 400);
  });

  it('writes prettily when asked to', async () => {
    const server = await startServer();
    expect((await server.ask('GET', '/_ml/anomaly_detectors?pretty')).text).toBe('{\n  "count": 0,\n  "jobs": []\n}\n');
  });
});

describe('limits (recorded: 7.9.0/12-protocol, core/*)', () => {
  const line = (length: number) => {
    const frame = 'GET  HTTP/1.1'.length;
    const path = '/_ml/anomaly_detectors/';
    return path + 'x'.repeat(length - frame - path.length);
  };
  it.each([
    ['7.9', 'too_long_frame_exception'],
    ['7.17', 'too_long_http_line_exception'],
    ['8.17', 'too_long_http_line_exception'],
  ])('refuses a request line of 4096 bytes over HTTP/1.0 and closes: %s', async (version, type) => {
    const server = await startServer({ version });
    const text = await raw(server, `GET ${line(4096)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    expect(text).toMatch(/^HTTP\/1\.0 400 Bad Request\r\n/);
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(failure(400, type, 'An HTTP line is larger than 4096 bytes.'));
    expect((await server.ask('GET', line(4095))).status).toBe(404);
  });

  it('does not count what a proxy takes off the path', async () => {
    const server = await startServer({ basePath: '/es' });
    expect((await server.ask('GET', line(4095))).status).toBe(404);
  });

  it.each([
    ['7.9', 8192, 'too_long_frame_exception'],
    ['7.17', 8192, 'too_long_http_header_exception'],
    ['8.17', 16_384, 'too_long_http_header_exception'],
  ])('refuses headers longer than those of %s may be', async (version, bytes, type) => {
    const server = await startServer({ version });
    const reason = `HTTP header is larger than ${bytes} bytes.`;
    const text = await raw(server, `GET / HTTP/1.1\r\nhost: x\r\nx-big: ${'y'.repeat(bytes)}\r\n\r\n`);
    expect(JSON.parse(text.slice(text.indexOf('{')))).toEqual(failure(400, type, reason));
  });
});

describe('headers and media types (recorded: core/*, 7.9.0/12-protocol)', () => {
  it.each([
    ['7.9', null],
    ['7.10', null],
    ['7.17', 'Elasticsearch'],
    ['8.17', 'Elasticsearch'],
    ['9.1', 'Elasticsearch'],
  ])('names the product in %s: %s, on refusals as well', async (version, product) => {
    const server = await startServer({ version });
    const answers = [
      await server.ask('GET', '/'),
      await server.ask('GET', '/_ml/anomaly_detectors/nope'),
      await server.ask('PUT', '/_tasks'),
    ];
    expect(answers.map(({ headers }) => headers.get('x-elastic-product'))).toEqual([product, product, product]);
  });

  it('echoes the opaque id, on refusals as well', async () => {
    const server = await startServer();
    for (const path of ['/', '/_nope/a/b/c/d']) {
      expect((await server.ask('GET', path, { headers: { 'x-opaque-id': 'gw/1' } })).headers.get('x-opaque-id')).toBe('gw/1');
    }
  });

  const vendor = (version: number) => `application/vnd.elasticsearch+json; compatible-with=${version}`;
  it.each([
    ['7.17', vendor(9), 'application/json; charset=UTF-8'],
    ['8.17', vendor(7), 'application/vnd.elasticsearch+json;compatible-with=7'],
    ['8.17', vendor(8), 'application/vnd.elasticsearch+json;compatible-with=8'],
    ['9.1', vendor(9), 'application/vnd.elasticsearch+json;compatible-with=9'],
    ['8.17', 'application/json;charset=utf-8', 'application/json;charset=utf-8'],
    ['8.17', 'text/html', 'application/json'],
    ['7.9', 'text/html', 'application/json; charset=UTF-8'],
  ])('%s answers Accept %s with %s', async (version, accept, type) => {
    const server = await startServer({ version });
    const { status, headers } = await server.ask('GET', '/_cluster/health', { headers: { accept } });
    expect([status, headers.get('content-type')]).toEqual([200, type]);
  });

  const both = 'A compatible version is required on both Content-Type and Accept headers if either one has requested a compatible version';
  it.each([
    [
      '8.17',
      vendor(9),
      undefined,
      'Content-Type, Accept',
      `Accept version must be either version 8 or 7, but found 9. Accept=${vendor(9)}`,
    ],
    ['9.1', vendor(7), undefined, 'Accept, Content-Type', `Accept version must be either version 9 or 8, but found 7. Accept=${vendor(7)}`],
    ['8.17', vendor(8), 'application/json', 'Content-Type, Accept', `${both}. Accept=${vendor(8)}, Content-Type=application/json`],
    [
      '8.17',
      vendor(8),
      vendor(7),
      'Content-Type, Accept',
      `${both} and the compatible versions must match. Accept=${vendor(8)}, Content-Type=${vendor(7)}`,
    ],
    [
      '9.1',
      vendor(9),
      'application/json',
      'Accept, Content-Type',
      `${both} and the compatible versions must match. Accept=${vendor(9)}, Content-Type=application/json`,
    ],
  ])('%s refuses Accept %s with Content-Type %s', async (version, accept, content, named, reason) => {
    const server = await startServer({ version });
    const extra = {
      headers: { accept, ...(content !== undefined && { 'content-type': content }) },
      ...(content !== undefined && { body: {} }),
    };
    const { status, body } = await server.ask('POST', '/_ml/anomaly_detectors/_all/_close', extra);
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      type: 'media_type_header_exception',
      reason: `Invalid media-type value on headers [${named}]`,
      caused_by: { type: 'status_exception', reason },
    });
  });

  it('does not take other types, and vendor types not in 7.9', async () => {
    const server = await startServer({ version: '7.9' });
    for (const type of ['text/plain', vendor(7)]) {
      const { body } = await server.ask('POST', '/_ml/anomaly_detectors/_all/_close', { body: {}, headers: { 'content-type': type } });
      expect(body).toEqual({ error: `Content-Type header [${type}] is not supported`, status: 406 });
    }
  });
});

describe('the cluster', () => {
  it.each([
    ['7.9', '7.9.0', '8.6.0'],
    ['7.10', '7.10.0', '8.7.0'],
    ['7.17', '7.17.24', '8.11.3'],
    ['8.17', '8.17.0', '9.12.0'],
    ['9.1', '9.1.0', '10.2.2'],
  ])('%s tells its version at the root and in _ml/info', async (version, number, lucene) => {
    const server = await startServer({ version });
    expect((await server.ask('GET', '/')).body).toMatchObject({
      version: { number, lucene_version: lucene },
      tagline: 'You Know, for Search',
    });
    expect((await server.ask('GET', '/_ml/info')).body).toMatchObject({ upgrade_mode: false, native_code: { version: number } });
  });

  it('describes nodes, all or by name', async () => {
    const server = await startServer();
    const all = await server.ask('GET', '/_nodes');
    expect(all.body).toMatchObject({ _nodes: { total: 3, successful: 3, failed: 0 } });
    const one = await server.ask('GET', '/_nodes/node-1?filter_path=nodes.*.name,nodes.*.ip,nodes.*.version');
    expect(Object.values(one.body.nodes ?? {})).toEqual([{ name: 'node-1', ip: '127.0.0.1', version: '8.17.0' }]);
  });

  it('tells the memory of ML nodes since 8.2', async () => {
    const server = await startServer();
    await server.job('a1', { state: 'opened' });
    const { body } = await server.ask('GET', '/_ml/memory/_stats?filter_path=nodes.*.mem.ml.anomaly_detectors_in_bytes');
    expect(JSON.stringify(body)).toContain('10485760');
    const older = await startServer({ version: '7.17' });
    expect((await older.ask('GET', '/_ml/memory/_stats')).status).toBe(404);
  });
});
