import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { ask, cleanUp, connect, failureOf, json, serve, serveRaw, until } from './support.js';

afterEach(cleanUp);

describe('what counts as an answer', () => {
  it.each([
    'application/json',
    'application/json; charset=UTF-8',
    'application/vnd.elasticsearch+json;compatible-with=8',
    'Application/Problem+JSON',
  ])('reads %s', async (type) => {
    const server = await serve((_, response) => json(response, 200, { größe: [1, null] }, { 'content-type': type }));
    const { client, seen } = connect(server.url);
    const answer = await client.request(ask());
    expect(answer).toMatchObject({ status: 200, json: { größe: [1, null] } });
    expect(answer.headers['content-type']).toBe(type);
    expect(seen.answers).toMatchObject([{ status: 200, route: 'GET /thing' }]);
    expect(seen.answers[0]?.durationMs).toBeGreaterThan(0);
  });

  it.each([200, 400, 401, 403, 404, 409, 500, 503])(
    'hands over a complete JSON answer with status %i without judging it',
    async (status) => {
      const server = await serve((_, response) => json(response, status, { status }));
      const { client, seen } = connect(server.url, { http: { maxRetries: 0 } });
      await expect(client.request(ask())).resolves.toMatchObject({ status, json: { status } });
      expect(seen.answers.map((each) => each.status)).toEqual([status]);
      expect(seen.failures).toEqual([]);
    },
  );

  it('gives undefined for an empty body, whatever its type', async () => {
    const server = await serve((_, response) => {
      response.writeHead(204).end();
    });
    const { client } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 204, json: undefined });
  });

  it('hands over the words of a refusal in plain text, as AD previews and security plugins answer', async () => {
    // Recorded from OpenSearch 2.19.4, POST .../_preview with a reversed range.
    const words = 'Period start date should be before end date';
    const server = await serve((_, response) => {
      response.writeHead(400, { 'content-type': 'text/plain; charset=UTF-8' }).end(words);
    });
    const { client } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 400, json: undefined, text: words });
  });

  it.each([401, 403])('hands over a %i in any form, so that bad credentials are not taken for an outage', async (status) => {
    const server = await serve((_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<h1>no</h1>');
    });
    const { client, seen } = connect(server.url);
    const answer = await client.request(ask());
    expect(answer).toMatchObject({ status, json: undefined });
    expect(answer.text).toBeUndefined();
    expect(seen.failures).toEqual([]);
  });

  it.each<[string, number, Record<string, string>, string, RegExp]>([
    [
      'HTML',
      200,
      { 'content-type': 'text/html' },
      '<html>secret page</html>',
      /answered text\/html, not JSON: is the URL that of the backend\?/,
    ],
    ['HTML with a 404', 404, { 'content-type': 'text/html' }, '<html>secret page</html>', /answered 404 with text\/html, not JSON/],
    ['plain text with success', 200, { 'content-type': 'text/plain' }, 'secret page', /answered text\/plain, not JSON/],
    ['YAML', 200, { 'content-type': 'application/yaml' }, 'secret: page', /answered application\/yaml, not JSON/],
    ['no content type', 200, {}, '{"secret":"page"}', /answered no content type, not JSON/],
    [
      'a type made to break out of a message',
      200,
      { 'content-type': '<script>' },
      'secret page',
      /answered an unknown content type, not JSON/,
    ],
    ['a redirect', 302, { location: 'https://login.example/secret' }, '', /answered 302, a redirect/],
    ['broken JSON', 200, { 'content-type': 'application/json' }, '{"secret":', /JSON that cannot be read/],
  ])('refuses %s in words without URL or body, which go to the log', async (_, status, headers, body, message) => {
    const server = await serve((_request, response) => {
      response.writeHead(status, headers).end(body);
    });
    const { client, seen } = connect(server.url);
    const error = await failureOf(client.request(ask()));
    expect(error).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      facts: { backend: 'es-test', vendor: 'ELASTICSEARCH_ML', httpStatus: status },
    });
    expect(error.message).toMatch(message);
    expect(error.message).not.toMatch(/secret|127\.0\.0\.1|thing|http:/);
    expect(seen.failures).toEqual([error]);
    expect(seen.answers).toEqual([]);
    expect(seen.notes).toMatchObject([
      { level: 'warn', message: 'unusable answer', facts: { excerpt: body, route: 'GET /thing', requestId: 'req-1' } },
    ]);
  });

  it.each<[string, string, string]>([
    ['plain text, as OpenSearch while its security starts', 'text/plain', 'OpenSearch Security not initialized.'],
    ['a page', 'text/html', '<html></html>'],
    ['JSON that is cut', 'application/json', '{"error":'],
  ])('calls a 503 of %s not ready, and does not doubt the URL', async (_, type, body) => {
    const server = await serve((_request, response) => {
      response.writeHead(503, { 'content-type': type }).end(body);
    });
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    expect(await failureOf(client.request(ask()))).toMatchObject({
      code: 'BACKEND_UNAVAILABLE',
      message: 'The backend es-test answered 503: it is not ready to answer.',
      facts: { httpStatus: 503 },
    });
  });

  it('asks for answers as they are and refuses one that is compressed all the same', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync('{}'));
    });
    const { client } = connect(server.url);
    expect((await failureOf(client.request(ask()))).message).toMatch(/in a compressed form that was not asked for/);
    expect(server.received[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('reads an HTTP/1.0 answer that ends with its connection, as Elasticsearch gives to an over-long request line', async () => {
    const server = await serveRaw((socket) => {
      socket.end('HTTP/1.0 400 Bad Request\r\ncontent-type: application/json\r\n\r\n{"error":"too long"}');
    });
    const { client } = connect(server.url);
    await expect(client.request(ask())).resolves.toMatchObject({ status: 400, json: { error: 'too long' } });
  });

  it('joins repeated headers', async () => {
    const server = await serve((_, response) => json(response, 200, {}, { 'X-Many': ['a', 'b'] }));
    const { client } = connect(server.url);
    expect((await client.request(ask())).headers['x-many']).toBe('a, b');
  });
});

describe('answers that do not end well', () => {
  it('stops reading 300 MB as soon as the bound is passed', async () => {
    const total = 300_000_000;
    let written = 0;
    let closed = false;
    const piece = Buffer.alloc(64 * 1024, 0x20);
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.on('close', () => {
        closed = true;
      });
      const more = (): void => {
        while (!closed && written < total) {
          written += piece.length;
          if (!response.write(piece)) return;
        }
        if (!closed) response.end();
      };
      response.on('drain', more);
      more();
    });
    const { client, seen } = connect(server.url, { http: { maxResponseBytes: 1_000_000 } });
    const error = await failureOf(client.request(ask()));
    expect(error.code).toBe('BACKEND_UNAVAILABLE');
    expect(error.message).toMatch(/more than the 1000000 bytes that `http.maxResponseBytes` allows/);
    expect(error.retryable).toBe(false);
    await until(() => closed);
    // What the kernel's buffers took beyond the bound is a few megabytes at the most.
    expect(written).toBeLessThan(30_000_000);
    expect(server.received).toHaveLength(1);
    expect(seen.failures).toEqual([error]);
  });

  it('does not even begin to read what announces itself as too large', async () => {
    let closed = false;
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '300000000' }).flushHeaders();
      response.on('close', () => {
        closed = true;
      });
    });
    const { client } = connect(server.url);
    expect((await failureOf(client.request(ask()))).message).toMatch(/more than the/);
    await until(() => closed);
  });

  it('takes an answer of exactly the bound', async () => {
    const body = JSON.stringify('x'.repeat(998));
    const server = await serve((_, response) => json(response, 200, 'x'.repeat(998)));
    const { client } = connect(server.url, { http: { maxResponseBytes: body.length } });
    await expect(client.request(ask())).resolves.toMatchObject({ json: 'x'.repeat(998) });
    const { client: stricter } = connect(server.url, { http: { maxResponseBytes: body.length - 1 } });
    expect((await failureOf(stricter.request(ask()))).code).toBe('BACKEND_UNAVAILABLE');
  });

  it.each<[string, string]>([
    ['cut before its announced length', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"half":'],
    ['cut between chunks', 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n8\r\n{"half":\r\n'],
  ])('refuses an answer %s', async (_, bytes) => {
    const server = await serveRaw((socket) => socket.end(bytes));
    const { client, seen } = connect(server.url, { http: { maxRetries: 0 } });
    const error = await failureOf(client.request(ask()));
    expect(error).toMatchObject({ code: 'BACKEND_UNAVAILABLE', facts: { httpStatus: 200 } });
    expect(error.message).toMatch(/before its answer was complete|cut its answer short/);
    expect(seen.failures).toEqual([error]);
  });

  it('refuses an answer that is not HTTP', async () => {
    const server = await serveRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    expect((await failureOf(client.request(ask()))).message).toMatch(/not HTTP: is the URL that of the backend/);
  });

  it('reports a connection that is reset', async () => {
    const server = await serveRaw((socket) => socket.resetAndDestroy());
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    const error = await failureOf(client.request(ask()));
    expect(error.message).toBe('The backend es-test closed the connection before its answer was complete.');
    expect(error.retryable).toBe(true);
  });

  it('goes on after each of these: nothing else fails with it', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) response.destroy();
      else json(response, 200, { count });
    });
    const { client } = connect(server.url, { http: { maxRetries: 0 } });
    await failureOf(client.request(ask()));
    await expect(client.request(ask())).resolves.toMatchObject({ json: { count: 2 } });
  });
});
