import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { forbidConfig, storeFolder } from '../../support/spoken/config-secrets.js';
import { listenToServers } from '../../support/spoken/listen.js';
import { createSpokenRecord, type SpokenRecord } from '../../support/spoken/record.js';
import { spoken, wordsOf } from '../../support/spoken.js';

// Not a key of the samples: all that is planted here is planted in records of our own.
const key = 'q3/9kPzU+wb0dXl1Zk7eRw==';
const bytes = Buffer.from(key, 'base64');
const signature = 'op/4IM8dc5DwpUYBhywVl0V5ddlEMjFRq6qfKOj2+io=';
const lines = ['DELETE', '', key, '2013-05-22 18:13:38', 'c1', '/symetry/rest/c1/jobs/4', ''];

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const each of undo.splice(0).reverse()) await each();
});

const alerted = (): SpokenRecord => {
  const record = createSpokenRecord();
  record.forbidSecret('the key', key);
  record.forbidSignature(signature);
  return record;
};

/** What is found in one text. */
const whatIn = (text: string): readonly string[] => {
  const record = alerted();
  record.hear('here', text);
  return record.findings().map((each) => each.replace(/ in here, after .*$/s, ''));
};

const json = JSON.stringify;

describe('the search for secrets', () => {
  const asKey: Readonly<Record<string, string>> = {
    'in a line': `sent with ${key} and more`,
    'in another case': key.toUpperCase(),
    'without its padding': `key=${key.slice(0, 22)}&x=1`,
    'for URLs': bytes.toString('base64url'),
    'as the escapes of Gson': key.replaceAll('=', '\\u003d').replaceAll('/', '\\/'),
    'as escapes within escapes': json(json({ key: key.replaceAll('=', '\\u003d').replaceAll('/', '\\/') })),
    'percent-encoded': `/x?key=${encodeURIComponent(key)}`,
    'percent-encoded within JSON': json({ uri: `"/x?key=${encodeURIComponent(key)}"` }),
    'in HTML': key.replaceAll('=', '&#61;').replaceAll('+', '&#x2B;'),
    'in Base64': Buffer.from(key).toString('base64'),
    'in Base64 of something longer': Buffer.from(`c1:${key}:`).toString('base64'),
    'in Base64 of something one longer': Buffer.from(`c${key}`).toString('base64url'),
    'in hex': bytes.toString('hex').toUpperCase(),
    'its text in hex': `x${Buffer.from(key).toString('hex')}`,
    'its bytes as JSON': json({ key: bytes }),
    'its bytes inspected': inspect({ key: bytes }),
    'its bytes as they are': `{${bytes.toString('latin1')}}`,
    'split over two lines by inspect': inspect({ sent: `a first line\n${key}\nand a third one that is longer` }, { breakLength: 20 }),
  };
  it.each(Object.keys(asKey))('finds a key %s', (way) => {
    expect(whatIn(asKey[way] ?? '')).toContain('the key');
  });

  const asSignature: Readonly<Record<string, string>> = {
    'in an answer': json({ errors: [{ message: `Invalid Signature ${signature}` }] }),
    'as a header': json({ headers: { authorization: signature } }),
    'cut short': `signature ${signature.slice(0, 30)}…`,
    'behind a path': `/a/path/${signature}`,
    'for URLs': Buffer.from(signature, 'base64').toString('base64url'),
    'in hex': Buffer.from(signature, 'base64').toString('hex'),
    'in Base64 of a header': Buffer.from(`Authorization: ${signature}`).toString('base64'),
    'as the escapes of Gson': signature.replaceAll('=', '\\u003d').replaceAll('/', '\\/'),
    'percent-encoded': encodeURIComponent(signature),
  };
  it.each(Object.keys(asSignature))('finds a signature %s', (way) => {
    expect(whatIn(asSignature[way] ?? '')).toContain('a signature');
  });

  const masked = lines.map((line) => (line === key ? 'SECRETKEY' : line));
  const asStringToSign: Readonly<Record<string, string>> = {
    'with its newlines': `refused: ${masked.join('\n')}`,
    'with newlines of another system': masked.join('\r\n'),
    'in JSON': json({ detail: masked.join('\n') }),
    'as the vendor shows it': json({ values: { stringToSign: masked.join('\\n') } }),
    'as the vendor shows it, quoted once more': json(json({ values: { stringToSign: masked.join('\\n') } })),
    'percent-encoded': encodeURIComponent(masked.join('\n')),
    'inspected over several lines': inspect({ text: masked.join('\n') }, { breakLength: 20 }),
    'of another key and with a digest': [
      'POST',
      '4X9CgBqOcvXkRJ0a2NYnHw==',
      'admin',
      '2014-07-31 08:01:07;1245',
      'c1',
      '{}',
      '/x',
      '',
    ].join('\n'),
    'of which only the key is left': 'x\\nSECRETKEY\\ny',
  };
  it.each(Object.keys(asStringToSign))('finds a string to sign %s', (way) => {
    expect(whatIn(asStringToSign[way] ?? '')).toEqual(['a string to sign']);
  });

  it('finds a string to sign in the cause of the cause of an error', () => {
    const record = alerted();
    const cause = new TypeError('refused', { cause: { evidence: masked.join('\n') } });
    record.hear('an error', wordsOf(new VigilError('FORBIDDEN', 'No.', { cause })));
    expect(record.findings()).toEqual([expect.stringMatching(/^a string to sign in an error/)]);
  });

  it('finds a key in the log line of an error that has it in a fact of its cause', () => {
    const record = alerted();
    const log = pino({ level: 'trace' }, { write: (line: string) => record.hear('a log', line) });
    log.trace({ err: Object.assign(new TypeError('x'), { sent: { headers: [key] } }) }, 'sending');
    expect(record.findings()).toEqual([expect.stringMatching(/^the key in a log/)]);
  });

  it('tells where and after which words, but not the secret', () => {
    const record = alerted();
    record.hear('the first place', `customer c1 has ${key}${key}`);
    record.hear('the second place', ['nothing', `sent ${signature} as ${key}`]);
    const findings = record.findings();
    expect(findings).toEqual([
      expect.stringMatching(/^the key in the second place/),
      expect.stringMatching(/^a signature in the second place, after “nothing\nsent ”$/),
      expect.stringMatching(/^the key in the first place, after “… c1 has ”$/),
    ]);
    expect(findings.join()).not.toContain(key);
    expect(findings.join()).not.toContain(signature.slice(0, 8));
  });

  it('hears a list and a capture to their ends, and knows what was forbidden only after it was said', () => {
    const record = createSpokenRecord();
    const answers: string[] = [];
    let written = '';
    record.hear('answers', answers);
    record.hear('output', () => written);
    answers.push(signature);
    written = `${key.slice(0, 9)}`;
    written += key.slice(9);
    expect(record.findings()).toEqual([]);
    record.forbidSecret('the key', key);
    record.forbidSignature(signature);
    expect(record.findings()).toEqual([expect.stringMatching(/^a signature in answers/), expect.stringMatching(/^the key in output/)]);
  });

  it('keeps still about all that only looks like it', () => {
    const innocent = [
      'GET /symetry/rest/{cid}/jobs 2013-05-22 18:13:38',
      json({ secretKey: '***', requestId: '5cbf0cf4-7d8b-4c35-8a2c-6f1c4bb0a2d1', digest: '4X9CgBqOcvXkRJ0a2NYnHw==' }),
      'DELETE\n\nthe table\nfrom the database\n',
      inspect(new Secret(key)),
      json({ key: new Secret(key) }),
      'opaque cursor: eyJrIjoiam9iOmVzOm9uZSIsInYiOjE3MDAwMDAwMDAwMDB9',
    ];
    expect(whatIn(innocent.join('\n'))).toEqual([]);
  });

  it('finds a secret in a file of a store, across the pieces it is read in', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-spoken-'));
    undo.push(() => rm(folder, { recursive: true }));
    // In the middle of the first 4 MiB, and over their end.
    const large = Buffer.alloc(5 * 1024 * 1024, 'x');
    large.write(signature, 1024 * 1024);
    large.write(key, 4 * 1024 * 1024 - 10);
    await writeFile(join(folder, 'large.db'), large);
    const record = alerted();
    record.hearFiles('a store', folder);
    record.hearFiles('no store', join(folder, 'none'));
    expect(record.known().files).toBe(1);
    expect(record.findings()).toEqual([
      expect.stringMatching(/^a signature in a store \(large\.db\)/),
      expect.stringMatching(/^the key in a store \(large\.db\)/),
    ]);
  });

  it('takes secrets from a configuration and its environment', () => {
    const record = createSpokenRecord();
    const config = json({
      store: { kind: 'embedded', path: './here' },
      backends: [
        { id: 'a', url: 'http://user:in-the-url@host', auth: { kind: 'hmac', customerId: 'customer-one', secretKey: key } },
        { id: 'b', auth: { kind: 'basic', username: 'somebody', password: `\${VIGIL_TEST_PASSWORD}-end` } },
      ],
    });
    forbidConfig(record, config, { VIGIL_TEST_PASSWORD: 'from-the-environment', PATH: '/usr/bin:/usr/local/bin' });
    expect(record.known().secrets).toBe(4);
    record.hear('innocent', 'customer-one somebody /usr/bin:/usr/local/bin');
    expect(record.findings()).toEqual([]);
    for (const secret of [key, 'from-the-environment-end', 'in-the-url']) record.hear(secret.slice(0, 3), secret);
    expect(new Set(record.findings().map((each) => / in (.{3}),/.exec(each)?.[1]))).toEqual(new Set(['q3/', 'fro', 'in-']));
    expect(storeFolder(config, '/etc/vigil.yaml')).toBe('/etc/here');
    expect(storeFolder('{"store":{"kind":"memory"}}', '/etc/vigil.yaml')).toBeUndefined();
  });
});

describe('the ear on servers', () => {
  const serve = async (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    undo.push(async () => {
      server.closeAllConnections();
      server.close();
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const hearing = (): SpokenRecord => {
    const record = createSpokenRecord();
    listenToServers(record);
    return record;
  };
  // Those credentials are no secrets of what is tested here, and their servers tell them on purpose; the record of this file would hear it.
  const fresh = (): string => Buffer.from(Array.from({ length: 32 }, () => Math.floor(Math.random() * 256))).toString('base64');

  it('learns signatures and passwords from requests to any server', async () => {
    const record = hearing();
    const url = await serve((_request, response) => response.end());
    const [signed, password] = [fresh(), `pw-${fresh()}`];
    await fetch(`${url}/symetry/rest/c1/jobs`, { headers: { authorization: signed } });
    await fetch(`${url}/_ml/info`, { headers: { authorization: `Basic ${Buffer.from(`u:${password}`).toString('base64')}` } });
    expect(record.known()).toEqual({ secrets: 2, signatures: 1, files: 0 });
    record.hear('a log', `${signed} ${password}`);
    expect(record.findings()).toHaveLength(2);
  });

  it('hears what is answered where a gateway answers, headers and all, and nothing else', async () => {
    const record = hearing();
    const secret = `told-${fresh()}`;
    record.forbidSecret('the secret', secret);
    const url = await serve((request, response) => {
      response.setHeader('x-told', request.url?.startsWith('/health') === true ? secret : '');
      response.write(secret.slice(0, 9));
      response.end(secret.slice(9));
    });
    for (const path of ['/_ml/info', '/graphql?query=x', '/health/ready', '/']) await (await fetch(url + path)).text();
    await expect.poll(() => record.findings()).toHaveLength(3);
    expect(record.findings().map((each) => /in the answer to (\S+ [^\s,]+)/.exec(each)?.[1])).toEqual([
      'GET /graphql',
      'GET /health/ready',
      'GET /',
    ]);
  });

  it('is on the record that is searched when this file ends', async () => {
    const url = await serve((_request, response) => response.end());
    const before = spoken.known();
    await fetch(url, { headers: { authorization: fresh() } });
    await fetch(url, { headers: { authorization: `Bearer ${fresh()}` } });
    expect(spoken.known()).toEqual({ ...before, secrets: before.secrets + 1, signatures: before.signatures + 1 });
  });
});
