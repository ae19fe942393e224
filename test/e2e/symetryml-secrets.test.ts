import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type EchoingFront, startEchoingFront } from '../support/echoing-front.js';
import { eventually } from '../support/gateway-rig.js';
import { spoken } from '../support/spoken.js';
import { type SymetrySimulator, startSymetry } from '../support/symetry-simulator.js';
import { type Child, spawnVigil } from '../unit/cli/child.js';

const secretKey = 'q3/9kPzU+wb0dXl1Zk7eRw==';

let folder: string;
let simulator: SymetrySimulator;
let front: EchoingFront;
let child: Child | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-serve-secrets-'));
  simulator = await startSymetry({ users: [{ name: 'c1', password: secretKey, privileges: [] }] });
  await simulator.project('irisTest', { models: ['testLDA'] });
  front = await startEchoingFront(simulator.url);
});
afterEach(async () => {
  child?.process.kill('SIGKILL');
  await child?.exitCode;
  await front.dispose();
  await simulator.dispose();
  await rm(folder, { recursive: true, force: true });
});

describe('vigil serve', () => {
  it('at its most talkative runs a job, meets a server that quotes requests, and tells no secret on stdout, on stderr or to its store', async () => {
    await writeFile(
      join(folder, 'vigil.yaml'),
      JSON.stringify({
        server: { port: 0 },
        logLevel: 'trace',
        store: { kind: 'embedded', path: './store' },
        backends: [
          {
            id: 'sym',
            vendor: 'symetryml',
            url: front.url,
            auth: { kind: 'hmac', customerId: 'c1', secretKey: `\${SYM_KEY}` },
            poll: { fastMs: 100, slowMs: 500 },
          },
        ],
      }),
    );
    const serving = spawnVigil(['serve', '--config', 'vigil.yaml'], { cwd: folder, env: { SYM_KEY: secretKey } });
    child = serving;
    await Promise.race([serving.stderr.until(/answers at http:\S+/), serving.exitCode]);
    const url = /answers at (http:\S+)/.exec(serving.stderr.text())?.[1];
    const ask = async (query: string): Promise<string> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      const text = await response.text();
      spoken.hear('an answer of vigil serve', text);
      return text;
    };
    const jobs = '{ jobs { nodes { id state resultState currentTask { id } } } }';
    await ask(`mutation { startSymetryJob(input: {
      backendId: "backend:sym", exploreVif: { project: "irisTest", context: { inputs: [0, 1] } }
    }) { job { id } errors { message } } }`);
    await eventually(
      () => ask(jobs),
      (answer) => answer.includes('"AVAILABLE"'),
    );
    front.echo(({ headers }) => ({
      status: 401,
      body: JSON.stringify({
        statusCode: 'UNAUTHORIZED',
        statusString: `Invalid Signature ${headers.authorization} ${secretKey}`,
        values: {},
      }),
    }));
    // Its loop may rest by now: who asks for jobs meets the refusal.
    await eventually(
      async () => `${await ask(jobs)}${await ask('{ backends { health { code } } }')}`,
      (answer) => answer.includes('"health":{"code":"FORBIDDEN"'),
    );
    serving.process.kill('SIGTERM');
    expect(await serving.exitCode).toBe(0);
    expect(serving.stdout.text()).toContain('a backend has changed');
    // Nobody could have told what nobody was told, nor found it where nobody looked.
    expect(spoken.known().signatures).toBeGreaterThan(3);
    expect(spoken.known().files).toBeGreaterThan(0);
    expect(spoken.findings()).toEqual([]);
  });
});
