import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Echo, type EchoingFront, type Passing, startEchoingFront } from '../support/echoing-front.js';
import { createGatewayRig, eventually, type GatewayRig, type SeenError, taskFields } from '../support/gateway-rig.js';
import { spoken } from '../support/spoken.js';
import { buildOf, resultFields, stepsOf, symetryJobFields, symetryVerb } from '../support/symetry-documents.js';
import { type SymetrySimulator, startSymetry } from '../support/symetry-simulator.js';
import { vigil } from '../unit/cli/run-vigil.js';

/* Whatever can go wrong with a signed request goes wrong here, in front of servers that tell all they were told. */

const secretKey = 'q3/9kPzU+wb0dXl1Zk7eRw==';
const wrongKey = 'AAh5kPzU+wb0dXl1Zk7eRw==';
for (const key of [secretKey, wrongKey]) spoken.forbidSecret('a key of these tests', key);

let folder: string;
let simulator: SymetrySimulator;
let front: EchoingFront;
const rigs: GatewayRig[] = [];
/** By tests before. */
const told = new Set<string>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-symetry-secrets-'));
  // Jobs run until they are told to end.
  simulator = await startSymetry({ speed: 0.0001, users: [{ name: 'c1', password: secretKey, privileges: [] }] });
  await simulator.project('irisTest', { models: ['testLDA'] });
  front = await startEchoingFront(simulator.url);
});
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
  await front.dispose();
  await simulator.dispose();
  await rm(folder, { recursive: true, force: true });
  const fresh = spoken.findings().filter((each) => !told.has(each));
  for (const each of fresh) told.add(each);
  expect(fresh).toEqual([]);
});

const configOf = (auth: object, more: object = {}) => ({
  store: { kind: 'embedded', path: join(folder, 'store') },
  logLevel: 'trace',
  server: { port: 0 },
  backends: [{ id: 'sym', vendor: 'symetryml', url: front.url, auth, ...more }],
});

const start = async (key = secretKey): Promise<GatewayRig> => {
  const rig = await createGatewayRig({
    backends: [
      {
        id: 'sym',
        vendor: 'symetryml',
        url: front.url,
        config: { auth: { kind: 'hmac', customerId: 'c1', secretKey: key }, http: { maxRetries: 1, breakerThreshold: 1000 } },
      },
    ],
    config: { store: { kind: 'embedded', path: join(folder, 'store') } },
  });
  rigs.push(rig);
  return rig;
};

interface Health {
  readonly status: string;
  readonly code: string | null;
  readonly message: string | null;
}
const healthOf = async (rig: GatewayRig): Promise<Health> =>
  (await rig.ask<{ readonly backend: { readonly health: Health } }>('{ backend(id: "backend:sym") { health { status code message } } }'))
    .backend.health;
const untilHealth = (rig: GatewayRig, isSo: (health: Health) => boolean): Promise<Health> => eventually(() => healthOf(rig), isSo);

/** Everything that tells of a job; what a backend does not tell shows as errors. */
const readAll = async (rig: GatewayRig, id: string | undefined): Promise<void> => {
  const single = `query J($id: ID!) { job(id: $id) { ${symetryJobFields} ${resultFields} tasks { nodes { ${taskFields} } } } }`;
  const answers = [
    await rig.query(`{ jobs { nodes { ${symetryJobFields} ${resultFields} } } tasks { nodes { ${taskFields} } } }`),
    ...(id === undefined ? [] : [await rig.query(single, { id })]),
  ];
  // What was not asked could not be told.
  expect(answers.flatMap(({ errors }) => errors).filter(({ extensions }) => extensions.backend === undefined)).toEqual([]);
};

const startJob = async (rig: GatewayRig, start: object = buildOf()) =>
  symetryVerb(rig, 'startSymetryJob', { backendId: 'backend:sym', ...start });
const codesOf = (errors: readonly SeenError[]): readonly string[] => errors.map(({ code }) => code);

/** What was signed, as the server has it. */
const signedOf = ({ method, target, headers, body }: Passing, key: string): string => {
  const [path = '', query] = target.split('?');
  const all = [method, headers['content-md5'] ?? '', key, headers['sym-date'] ?? '', 'c1', ...(body === '' ? [] : [body]), path];
  return [...all, ...(query === undefined ? [] : [query]), ''].join('\n');
};

const envelope = (statusString: string, values: object = {}): string => JSON.stringify({ statusCode: 'BAD_REQUEST', statusString, values });

/** Servers that quote a request, each in another way. */
const quotes: Readonly<Record<string, (passing: Passing) => Echo>> = {
  'a 401 with the string to sign, masked': (passing) => ({
    status: 401,
    body: envelope('Invalid Signature', { stringToSign: signedOf(passing, 'SECRETKEY').replaceAll('\n', '\\n') }),
  }),
  'a 401 with the string to sign, not masked': (passing) => ({
    status: 401,
    body: envelope('Invalid Signature', { stringToSign: signedOf(passing, secretKey) }),
  }),
  'a 401 whose words are the string to sign': (passing) => ({ status: 401, body: envelope(signedOf(passing, secretKey)) }),
  'a 401 whose words end with the string to sign, spelt out': (passing) => ({
    status: 401,
    body: envelope(`Invalid Signature ${signedOf(passing, 'SECRETKEY').replaceAll('\n', '\\n')}`),
  }),
  'a 401 whose words hold signature and key': ({ headers }) => ({
    status: 401,
    body: envelope(`Invalid Signature ${headers.authorization}, expected that by ${secretKey}`),
  }),
  'a 401 page with all headers': ({ headers }) => ({
    status: 401,
    headers: { 'content-type': 'text/html', 'www-authenticate': `SYM realm="${headers.authorization}"` },
    body: `<html><pre>${JSON.stringify(headers)}</pre></html>`,
  }),
  'a 400 for its date with the signature': ({ headers }) => ({
    status: 400,
    headers: { date: new Date(0).toUTCString() },
    body: envelope(`Please update your server time ${headers.authorization} ${secretKey}`),
  }),
  'a 400 for its digest with what was digested': (passing) => ({
    status: 400,
    body: envelope(`Md5 do not match: ${signedOf(passing, secretKey)}`),
  }),
  'a 400 for an unknown project with path and signature': ({ target, headers }) => ({
    status: 400,
    body: envelope(`Cannot Find SYMETRYML id[${target} ${headers.authorization} ${secretKey}] for Customer id [c1]`),
  }),
  'a 400 with words nobody knows': (passing) => ({ status: 400, body: envelope(`Bad: ${JSON.stringify(passing)} ${secretKey}`) }),
  'a 409 with the signature for URLs': ({ headers }) => ({
    status: 409,
    body: envelope(`Conflict ${encodeURIComponent(headers.authorization ?? '')} ${encodeURIComponent(secretKey)}`),
  }),
  'a 500 that refuses the job and quotes the request': (passing) => ({
    status: 500,
    body: envelope(`Job execution was refused by server. ${passing.headers.authorization} ${signedOf(passing, secretKey)}`),
  }),
  'a 500 with an exception that quotes the key': ({ headers }) => ({
    status: 500,
    body: envelope(`Generic Exception <${headers.authorization}> <${secretKey}>`),
  }),
  'a 500 with the escapes of Gson': ({ headers }) => ({
    status: 500,
    body: `{"statusCode":"INTERNAL_SERVER_ERROR","statusString":"Failed: ${headers.authorization?.replaceAll('=', '\\u003d')} ${secretKey.replaceAll('=', '\\u003d').replaceAll('/', '\\/')}","values":{}}`,
  }),
  'a 503 page with the request': (passing) => ({
    status: 503,
    headers: { 'content-type': 'text/html', warning: `199 proxy "${passing.headers.authorization} ${secretKey}"` },
    body: `<pre>${JSON.stringify(passing)} ${secretKey}</pre>`,
  }),
  'a 200 that is no JSON but the request': (passing) => ({
    status: 200,
    headers: { 'content-type': `text/${passing.headers.authorization?.replace(/[^A-Za-z0-9]/g, '')}` },
    body: `${signedOf(passing, secretKey)} ${JSON.stringify(passing.headers)}`,
  }),
  'a 200 with other entities than asked for': (passing) => ({
    status: 200,
    body: envelope(signedOf(passing, secretKey), {
      [passing.headers.authorization ?? '']: secretKey,
      stringToSign: signedOf(passing, secretKey),
    }),
  }),
  'a 202 with the request in place of the job': (passing) => ({
    status: 202,
    headers: {
      'sym-job-id': passing.headers.authorization ?? '',
      location: `http://c1:x@host/${secretKey}/${passing.headers.authorization}`,
    },
    body: envelope(`Job cannot be killed: ${passing.headers.authorization} ${secretKey}`),
  }),
  'a redirect to a place with the signature': ({ headers }) => ({
    status: 302,
    headers: {
      location: `http://127.0.0.1:1/?signature=${encodeURIComponent(headers.authorization ?? '')}&key=${encodeURIComponent(secretKey)}`,
    },
    body: '',
  }),
};

describe('a server that quotes requests', () => {
  it.each(Object.keys(quotes))('is not repeated: %s', async (way) => {
    const rig = await start();
    const { job, errors } = await startJob(rig);
    expect(errors).toEqual([]);
    front.echo(quotes[way]);
    const started = await startJob(rig);
    const killed = await symetryVerb(rig, 'killJob', { jobId: job?.id });
    expect(codesOf([...started.errors, ...killed.errors])).toHaveLength(2);
    // Twice in front, and what the gateway asked for its own sake.
    await eventually(
      () => front.echoed.length,
      (count) => count > 3,
    );
    await readAll(rig, job?.id);
    await healthOf(rig);
    for (const path of ['/metrics', '/health/ready']) expect((await fetch(rig.url + path)).status).toBeLessThan(504);
    // Nobody could have told what nobody was told.
    expect(spoken.known().signatures).toBeGreaterThan(4);
  });

  it('is not repeated at the start of a gateway either, nor by its store', async () => {
    front.echo(quotes['a 401 with the string to sign, not masked']);
    const rig = await start();
    const health = await untilHealth(rig, ({ code }) => code === 'FORBIDDEN');
    expect(health.message).toMatch(/credentials/);
    expect((await startJob(rig)).errors).toHaveLength(1);
    const { files } = spoken.known();
    await rig.dispose();
    expect(spoken.known().files).toBeGreaterThan(files);
  });
});

describe('a request that goes wrong', () => {
  it('by a wrong key tells that the credentials are wrong, and not what they are', async () => {
    const rig = await start(wrongKey);
    expect(await untilHealth(rig, ({ code }) => code === 'FORBIDDEN')).toMatchObject({ message: expect.stringMatching(/credentials/) });
    await readAll(rig, undefined);
  });

  it('by an unknown customer', async () => {
    await rigOf({ kind: 'hmac', customerId: 'c2', secretKey });
  });

  const rigOf = async (auth: object): Promise<void> => {
    const rig = await createGatewayRig({
      backends: [{ id: 'sym', vendor: 'symetryml', url: front.url, config: { auth } }],
      config: { store: { kind: 'embedded', path: join(folder, 'store') } },
    });
    rigs.push(rig);
    await untilHealth(rig, ({ code }) => code === 'FORBIDDEN');
  };

  it('by a clock that is off, once or for good', async () => {
    await simulator.settings({ clockOffsetMs: 3_600_000 });
    const rig = await start();
    expect(await untilHealth(rig, ({ status }) => status === 'UP')).toMatchObject({ code: null });
    front.echo(({ headers }) => ({
      status: 400,
      headers: { date: 'nonsense' },
      body: envelope(`Please update your server time ${headers['sym-date']}`),
    }));
    expect(codesOf((await startJob(rig)).errors)).toEqual(['FORBIDDEN']);
    await readAll(rig, undefined);
  });

  it('by a body that was changed on its way', async () => {
    const rig = await start();
    front.spoil((body) => `${body} `);
    expect(codesOf((await startJob(rig)).errors)).toEqual(['FORBIDDEN']);
  });

  it('by an unknown project, a refused start and a refused kill', async () => {
    const rig = await start();
    const unknown = await startJob(rig, buildOf('lda1', 'no-such-project'));
    expect(codesOf(unknown.errors)).toEqual(['NOT_FOUND']);
    const { job } = await startJob(rig);
    expect(codesOf((await symetryVerb(rig, 'killJob', { jobId: job?.id })).errors)).toEqual(['REFUSED']);
    await simulator.settings({ acceptJobs: false });
    expect(codesOf((await startJob(rig)).errors)).toEqual(['REFUSED']);
  });

  it('by a server that goes away in the middle of a result, and stays away', async () => {
    const rig = await start();
    const { job, task } = await startJob(rig);
    simulator.setFaults([{ route: 'GET /symetry/rest/{cid}/jobs/{id}', count: 1, cutAfterBytes: 40 }]);
    await simulator.adjust(Number(job?.nativeId), { state: 'finished', frame: { rows: 5000, columns: 5 } });
    const last = (await stepsOf(rig, task?.id ?? '')).at(-1);
    expect(last).toMatchObject({ state: 'LOST' });
    await simulator.dispose();
    await front.dispose();
    expect((await startJob(rig)).errors).toHaveLength(1);
    await untilHealth(rig, ({ status }) => status !== 'UP');
    front = await startEchoingFront(simulator.url);
  });
});

describe('the command line', () => {
  const check = async (config: unknown, ...more: readonly string[]) => {
    const file = join(folder, 'vigil.yaml');
    await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
    return vigil(['config', 'check', '--config', file, ...more], { cwd: folder, env: { SYM_KEY: secretKey } });
  };
  const right = { kind: 'hmac', customerId: 'c1', secretKey: `\${SYM_KEY}` };

  it.each<[string, object]>([
    ['it is where it should not be', { kind: 'hmac', customerId: secretKey, secretKey: 'x' }],
    ['it has another name', { kind: 'hmac', customerId: 'c1', secret: secretKey }],
    ['it is in a list', { kind: 'hmac', customerId: 'c1', secretKey: [secretKey] }],
    ['it is the kind', { kind: secretKey, customerId: 'c1', secretKey }],
    ['it is the way to another vendor', { kind: 'basic', username: 'c1', password: secretKey }],
    ['there is nothing else', { kind: 'hmac', secretKey }],
  ])('names what is wrong with a configuration, not the key in it: %s', async (_, auth) => {
    const { code, err } = await check(configOf(auth));
    expect(code).not.toBe(0);
    expect(err).toContain('backends[0].auth');
  });

  it.each([
    `{ kind: hmac, customerId: c1, secretKey:${secretKey} }`,
    `{ kind: hmac, customerId: c1, "secretKey: ${secretKey}" }`,
    `\n      kind: hmac\n      customerId: c1\n      secretKey:${secretKey}`,
    `\n      kind: hmac\n      customerId: c1\n      secretKey:${secretKey}:\n`,
  ])('names what is wrong with a key that became part of a name, but not the key', async (auth) => {
    const { code } = await check(`backends:\n  - id: sym\n    vendor: symetryml\n    url: ${front.url}\n    auth: ${auth}`);
    expect(code).not.toBe(0);
  });

  it('names what is wrong with a file that is no YAML, and with an id that came from the environment', async () => {
    expect((await check(`backends:\n  - id: sym\n    auth: { secretKey: "${secretKey}\n    x: [`)).code).not.toBe(0);
    expect((await check(configOf({ ...right, customerId: `\${SYM_KEY}` }))).code).not.toBe(0);
    expect((await check(configOf(right, { settings: { symVersion: `\${SYM_KEY}`, pathForm: `\${SYM_KEY}` } }))).code).not.toBe(0);
  });

  it('asks servers that quote requests who they are', async () => {
    const well = await check(configOf(right), '--probe');
    expect(well).toMatchObject({ code: 0, out: expect.stringContaining('sym (symetryml)') });
    const outputs = [];
    for (const [way, quote] of Object.entries(quotes)) {
      front.echo(quote);
      const { code, out } = await check(configOf(right), '--probe');
      outputs.push([way, code !== 0, /sym \(symetryml\): [A-Z_]+: /.test(out)]);
    }
    expect(outputs).toEqual(Object.keys(quotes).map((way) => [way, true, true]));
  });
});
