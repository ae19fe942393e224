import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { buildSchema, parse, validate } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { pageOperations, sampleOperations } from '../../../src/server/landing-page-operations.js';
import { post } from './support/http.js';
import { startToyServer, type ToyServer } from './support/toy-server.js';

let toy: ToyServer;
let page: string;
let policy: string;
beforeAll(async () => {
  toy = await startToyServer();
  const response = await fetch(toy.url);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  page = await response.text();
  policy = response.headers.get('content-security-policy') ?? '';
});
afterAll(async () => {
  await toy.server.stop();
});

/** The product's, as committed. */
const schema = buildSchema(readFileSync('schema/schema.graphql', 'utf8'));

const decoded = (text: string): string => text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code)));
const textOf = (id: string): string =>
  decoded(new RegExp(`<pre id="${id}">([\\s\\S]*?)</pre>`).exec(page)?.[1]?.replace(/<[^>]+>/g, '') ?? '');

describe('the page for people', () => {
  it('names no other host: it works offline', () => {
    const urls = [...page.matchAll(/(?:https?|wss?):\/\/[^\s"'<`)]+/g)].map((match) => match[0]);
    expect(new Set(urls)).toEqual(new Set(['http://localhost:4000', 'ws://localhost:4000']));
    expect(page).not.toMatch(/<(?:script|img|iframe|object|embed)[^>]+src=|@import|url\(|<link rel="(?!icon" href="data:)/);
  });

  it('is held by a policy that lets its own script and style run, and nothing else', () => {
    const hash = (tag: string): string => {
      const text = new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`).exec(page)?.[1] ?? '';
      return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
    };
    const { host } = new URL(toy.url);
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash('script')}`,
      `style-src ${hash('style')}`,
      'img-src data:',
      `connect-src 'self' ws://${host} wss://${host}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
    expect(policy).not.toContain('unsafe');
    expect(page).not.toMatch(/ (?:on\w+|style)=/);
  });

  it('has a script that parses', () => {
    const script = /<script>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
    expect(script.length).toBeGreaterThan(1_000);
    expect(() => new Function(script)).not.toThrow();
    expect(script).not.toMatch(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
  });

  it('asks and offers only what the schema has', () => {
    for (const source of [...Object.values(pageOperations), ...Object.values(sampleOperations)]) {
      expect({ source, errors: validate(schema, parse(source)) }).toEqual({ source, errors: [] });
    }
  });

  it('says what this is, and where what is served', () => {
    const text = decoded(page.replace(/<script>[\s\S]*<\/script>/, '').replace(/<[^>]+>/g, ' '));
    for (const words of ['One live GraphQL API', '/graphql', 'graphql-transport-ws', '/health/live', '/health/ready', '/metrics'])
      expect(text).toContain(words);
  });

  it('offers a query, a mutation and a subscription that can be pasted', () => {
    for (const [id, source] of [
      ['sample-query', sampleOperations.query],
      ['sample-mutation', sampleOperations.mutation],
      ['sample-start', sampleOperations.start],
      ['sample-result', sampleOperations.result],
    ] as const) {
      const command = textOf(id);
      expect(command).toMatch(/^curl -s http:\/\/localhost:4000\/graphql -H 'content-type: application\/json'/);
      expect(JSON.parse(/-d '(.*)'$/.exec(command)?.[1] ?? '')).toMatchObject({ query: source });
    }
    const [command, ...messages] = textOf('sample-wscat').split('\n');
    expect(command).toBe('npx wscat -c ws://localhost:4000/graphql -s graphql-transport-ws');
    expect(messages.map((line) => JSON.parse(line))).toEqual([
      { type: 'connection_init' },
      { id: '1', type: 'subscribe', payload: { query: sampleOperations.subscription } },
    ]);
    expect(textOf('sample-client')).toContain(sampleOperations.subscription);
  });

  it('has a button for every sample, and no quote that would end a shell argument', () => {
    const buttons = [...page.matchAll(/data-copy="([^"]+)"/g)].map((match) => match[1]);
    expect(buttons).toEqual(['sample-query', 'sample-mutation', 'sample-start', 'sample-result', 'sample-wscat', 'sample-client']);
    expect(Object.values(sampleOperations).join('')).not.toContain("'");
  });

  it('keeps what is for jobs that run once hidden, until a backend is there that has them', () => {
    const [, shown = '', hidden = ''] = /<h2>To paste<\/h2>([\s\S]*)<div id="run-once" hidden>([\s\S]*?)<\/div>/.exec(page) ?? [];
    expect(hidden.match(/<pre id="[\w-]+">/g)).toEqual(['<pre id="sample-start">', '<pre id="sample-result">']);
    expect(hidden.match(/<span class="run-once-key">my-backend<\/span>/g)).toHaveLength(2);
    expect(shown).not.toMatch(/symetry/i);
  });

  it('asks for a token only where one is needed, and then shows how to send it', async () => {
    expect(page).not.toContain('id="token"');
    await using guarded = await startToyServer({ options: { auth: { kind: 'bearer', tokens: [new Secret('t')] } } });
    const its = decoded(await (await fetch(guarded.url)).text());
    expect(its).toContain('id="token"');
    expect(its).toContain('authorization: Bearer $VIGIL_TOKEN');
    expect(its).toContain('"payload":{"token":"…"}');
  });

  it('does not repeat a Host that is none', async () => {
    const { request } = await import('node:http');
    const received = await new Promise<string>((resolve) => {
      request({ host: '127.0.0.1', port: toy.server.port, path: '/', headers: { host: "localhost'; script-src *" } }, (response) => {
        response.resume();
        resolve(`${response.statusCode} ${response.headers['content-security-policy']}`);
      }).end();
    });
    expect(received).not.toContain('script-src *');
  });

  it('answers HEAD, and the API is not hidden behind it', async () => {
    expect((await fetch(toy.url, { method: 'HEAD' })).status).toBe(200);
    expect((await post(toy.graphql, { query: '{ hello }' }, { accept: '*/*' })).status).toBe(200);
  });
});
