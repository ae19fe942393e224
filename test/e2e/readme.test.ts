import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { watch } from '../support/gateway-rig.js';
import { type Capture, createCapture } from '../unit/cli/run-vigil.js';

const readme = readFileSync(resolve('README.md'), 'utf8');

interface Block {
  readonly language: string;
  readonly text: string;
}
const blocks: readonly Block[] = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}));

/** The one block of a language that holds a text. */
const block = (language: string, text: string): string => {
  const found = blocks.filter((each) => each.language === language && each.text.includes(text));
  if (found.length !== 1) throw new TypeError(`README has ${found.length} blocks of ${language} with "${text}"`);
  return found[0]?.text ?? '';
};
const line = (text: string, beginning: string): string => {
  const found = text.split('\n').find((each) => each.startsWith(beginning));
  if (found === undefined) throw new TypeError(`README has no line that begins with "${beginning}"`);
  return found;
};

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

interface Running {
  readonly stdout: Capture;
  readonly stderr: Capture;
  readonly exitCode: Promise<number | null>;
  kill(): void;
}

describe('README', () => {
  let folder: string;
  let ports: { readonly simulator: number; readonly gateway: number };
  const running: Running[] = [];

  /** What README says, on this run's ports. */
  const onOurPorts = (text: string): string => text.replaceAll('9200', String(ports.simulator)).replaceAll('4000', String(ports.gateway));

  /** Runs a command line as somebody would who pastes it, in a folder that looks like the clone. */
  const paste = (command: string): Running => {
    const child = spawn('sh', ['-c', `exec ${onOurPorts(command)}`], {
      cwd: folder,
      env: { PATH: process.env.PATH ?? '', HOME: folder, VIGIL_URL: `http://127.0.0.1:${ports.gateway}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const stdout = createCapture();
    const stderr = createCapture();
    child.stdout.pipe(stdout.output);
    child.stderr.pipe(stderr.output);
    const process_: Running = {
      stdout,
      stderr,
      exitCode: once(child, 'close').then(([code]) => code as number | null),
      kill: () => child.kill('SIGTERM'),
    };
    running.push(process_);
    return process_;
  };
  const endOf = async (process_: Running): Promise<{ readonly code: number | null; readonly out: string; readonly err: string }> => ({
    code: await process_.exitCode,
    out: process_.stdout.text(),
    err: process_.stderr.text(),
  });
  const post = async (query: string): Promise<unknown> => {
    const response = await fetch(`http://127.0.0.1:${ports.gateway}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    return response.json();
  };

  beforeAll(async () => {
    if (!existsSync(resolve('dist/main.js'))) throw new TypeError('dist/main.js is missing: run "npm run build" first ("npm test" does).');
    ports = { simulator: await freePort(), gateway: await freePort() };
    folder = await mkdtemp(join(tmpdir(), 'vigil-readme-'));
    for (const name of ['dist', 'node_modules', 'package.json']) await symlink(resolve(name), join(folder, name));
    await writeFile(join(folder, 'vigil.yaml'), onOurPorts(block('yaml', '# vigil.yaml')));
    const simulator = paste(line(block('sh', 'dist/main.js simulate'), 'node dist/main.js simulate'));
    await simulator.stdout.until(/is simulated at http:\/\/127\.0\.0\.1:\d+/);
    const gateway = paste(line(block('sh', 'dist/main.js serve'), 'node dist/main.js serve'));
    await gateway.stderr.until(/answers at http:\/\/127\.0\.0\.1:\d+/);
  });
  afterAll(async () => {
    for (const each of running.reverse()) {
      each.kill();
      await each.exitCode;
    }
    if (folder) await rm(folder, { recursive: true, force: true });
  });

  it('is short, and has the two commands where a newcomer looks', () => {
    const lines = readme.split('\n');
    expect(lines.length - 1).toBeLessThanOrEqual(180);
    const top = lines.slice(0, 25).join('\n');
    expect(top).toContain('npm ci && npm run demo');
    expect(top).toContain('npm ci && npm test');
  });

  it('has links that lead somewhere', () => {
    const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)/g)].map(([, target = '']) => target);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((target) => !existsSync(resolve(target)))).toEqual([]);
  });

  it('has a query for curl', async () => {
    const { code, out } = await endOf(paste(block('sh', 'curl -s')));
    expect(code).toBe(0);
    const { data, errors } = JSON.parse(out) as {
      readonly data: { readonly jobs: { readonly totalCount: number; readonly unavailable: unknown; readonly nodes: readonly unknown[] } };
      readonly errors?: unknown;
    };
    expect(errors).toBeUndefined();
    expect(data.jobs).toMatchObject({ totalCount: 12, unavailable: [] });
    expect(data.jobs.nodes).toHaveLength(5);
  });

  it('has a query in GraphQL', async () => {
    expect(await post(block('graphql', 'query Jobs'))).toMatchObject({
      data: {
        backends: [{ id: 'backend:es-prod', version: '8.17.0', health: { status: 'UP' } }],
        jobs: {
          unavailable: [],
          nodes: expect.arrayContaining([expect.objectContaining({ nativeId: 'nginx-request-rate', state: 'OPENED' })]),
        },
      },
    });
  });

  it('has a mutation whose task its subscription and its client snippet see end', async () => {
    await writeFile(join(folder, 'snippet.mjs'), onOurPorts(block('js', 'createClient')));
    const snippet = paste('node snippet.mjs');
    await snippet.stdout.until(/"synced":true/);
    const client = createClient({ url: `ws://127.0.0.1:${ports.gateway}/graphql`, webSocketImpl: WebSocket, retryAttempts: 0 });
    try {
      const tasks = watch<{ readonly tasksProgress: { readonly changed: readonly { readonly id: string; readonly state: string }[] } }>(
        client,
        block('graphql', 'subscription Tasks'),
      );
      expect(await tasks.next()).toMatchObject({ tasksProgress: { reset: true, synced: true, added: [] } });
      const answer = (await post(block('graphql', 'mutation Close'))) as {
        readonly data: { readonly closeJob: { readonly task: { readonly id: string }; readonly errors: readonly unknown[] } };
      };
      expect(answer.data.closeJob.errors).toEqual([]);
      const { id } = answer.data.closeJob.task;
      await tasks.until(({ tasksProgress }) => tasksProgress.changed.some((task) => task.id === id && task.state === 'SUCCEEDED'));
      await snippet.stdout.until(new RegExp(`"id":"${id}"[^}]*"state":"SUCCEEDED"`));
      tasks.stop();
    } finally {
      await client.dispose();
      snippet.kill();
    }
    expect(snippet.stderr.text()).toBe('');
  });

  it('has command lines', async () => {
    const commands = block('sh', 'dist/main.js jobs');
    const watching = paste(line(commands, 'node dist/main.js watch'));
    await watching.stdout.until(/Nothing is under way/);
    const jobs = await endOf(paste(line(commands, 'node dist/main.js jobs')));
    expect(jobs).toMatchObject({ code: 0, err: '' });
    expect(jobs.out).toMatch(/^es-prod\s+nginx-request-rate\s+CLOSED/m);
    const reset = await endOf(paste(line(commands, 'node dist/main.js job reset')));
    expect(reset).toMatchObject({ code: 0, err: '' });
    expect(reset.out).toMatch(/^reset es-prod\/nginx-request-rate.*SUCCEEDED/m);
    await watching.stdout.until(/reset es-prod\/nginx-request-rate.*SUCCEEDED/);
    watching.kill();
    expect(await watching.exitCode).toBe(0);
  });

  it('has an example configuration that is without fault', async () => {
    const text = block('yaml', 'ES_API_KEY');
    await writeFile(join(folder, 'example.yaml'), text);
    const check = paste('node dist/main.js config check --config example.yaml');
    const { code, err } = await endOf(check);
    // The variables and the certificate are whoever copies it brings along; nothing else may be missing.
    const faults = err.split('\n').filter((each) => /example\.yaml:\d/.test(each));
    expect(code).toBe(2);
    expect(faults.filter((each) => !/VIGIL_TOKEN|ES_API_KEY|OS_PASSWORD|SYM_SECRET|ca\.pem/.test(each))).toEqual([]);
  });
});
