import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { ask, cleanUp, connect, json, serve } from './support.js';

afterEach(cleanUp);

const auth = { kind: 'apiKey', value: new Secret('S3cr3t-value') } as const;
const nested = (depth: number): unknown => (depth === 0 ? 'Bearer abc.def' : { caused_by: nested(depth - 1) });

describe('a refusal that echoes what was sent', () => {
  it.each([400, 403, 404, 409, 429, 500, 503])('comes without credentials in JSON with %i', async (status) => {
    const server = await serve(({ headers }, response) =>
      json(response, status, {
        error: {
          type: 'proxy_exception',
          reason: `no such route for {"authorization":"${headers.authorization}"} via http://user:pw@proxy.example/x, key s3cr3t-VALUE`,
          root_cause: [{ reason: `sent ${headers.authorization}` }],
          authorization: headers.authorization,
        },
        status,
        none: null,
      }),
    );
    const { client } = connect(server.url, { auth, http: { maxRetries: 0 } });
    const { json: body } = await client.request(ask());
    expect(body).toEqual({
      error: {
        type: 'proxy_exception',
        reason: 'no such route for {"authorization":"***"} via http://***@proxy.example/x, key ***',
        root_cause: [{ reason: 'sent ***' }],
        authorization: '***',
      },
      status,
      none: null,
    });
  });

  it('comes without credentials also when it calls itself a success, as a refusal of anomaly detection does', async () => {
    const server = await serve(({ headers }, response) =>
      json(response, 200, { error: { type: 'status_exception', reason: `already running, sent ${headers.authorization}` }, status: 200 }),
    );
    const { client } = connect(server.url, { auth });
    expect((await client.request(ask())).json).toEqual({
      error: { type: 'status_exception', reason: 'already running, sent ***' },
      status: 200,
    });
  });

  it('comes without credentials in plain text', async () => {
    const server = await serve(({ headers }, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(`bad: Basic dTpw and ${headers.authorization}`);
    });
    const { client } = connect(server.url, { auth });
    expect((await client.request(ask())).text).toBe('bad: Basic *** and ***');
  });

  it('is read as deep as products nest causes, and no deeper', async () => {
    const server = await serve(({ url }, response) => json(response, 400, nested(Number(url.slice(1)))));
    const { client } = connect(server.url);
    expect(JSON.stringify((await client.request(ask({ path: '/12' }))).json)).toContain('"Bearer ***"');
    const deep = JSON.stringify((await client.request(ask({ path: '/200' }))).json);
    expect(deep).not.toContain('abc.def');
    expect(deep.length).toBeLessThan(1_000);
  });

  it('and is larger than any product makes it is told by its status alone', async () => {
    const server = await serve(({ headers }, response) => json(response, 400, { pad: 'a.'.repeat(600_000), echo: headers.authorization }));
    const { client } = connect(server.url, { auth, http: { maxResponseBytes: 10_000_000 } });
    await expect(client.request(ask())).resolves.toMatchObject({ status: 400, json: undefined });
  });

  it('does not keep the gateway busy, whatever it is made of', async () => {
    const server = await serve((_, response) => json(response, 400, { error: 'a.'.repeat(400_000) }));
    const { client } = connect(server.url);
    expect((await client.request(ask())).json).toEqual({ error: 'a.'.repeat(400_000) });
  });
});

describe('an answer that is no refusal', () => {
  it('comes as it is', async () => {
    const body = { description: 'talks about Bearer abc', token: 'x', url: 'http://user:pw@host/' };
    const server = await serve((_, response) => json(response, 200, body));
    const { client } = connect(server.url, { auth });
    expect((await client.request(ask())).json).toEqual(body);
  });
});
