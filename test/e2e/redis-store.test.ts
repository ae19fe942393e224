import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type RigSimulator, startSimulator } from '../support/gateway-rig.js';
import { type RealRedis, redisIsMissing, startRealRedis, withoutRedis } from '../support/real-redis.js';
import { type Child, endOf, spawnVigil } from '../unit/cli/child.js';

interface Task {
  readonly id: string;
  readonly state: string;
}

const password = 'opensesame';
let folder: string;
let simulator: RigSimulator;
let redis: RealRedis;
const children: Child[] = [];

describe.skipIf(withoutRedis())(`a gateway whose store is in Redis (${redisIsMissing})`, () => {
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'vigil-redis-e2e-'));
    [simulator, redis] = await Promise.all([
      startSimulator({ speed: 1 }),
      startRealRedis(['--appendonly', 'yes', '--appendfsync', 'always', '--requirepass', password]),
    ]);
    await writeFile(
      join(folder, 'vigil.yaml'),
      JSON.stringify({
        server: { port: 0 },
        store: { kind: 'redis', url: `redis://:\${PASSWORD}@127.0.0.1:${redis.port}` },
        backends: [{ id: 'es', vendor: 'elasticsearch-ml', url: simulator.url, poll: { fastMs: 100, slowMs: 1_000 } }],
      }),
    );
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.process.kill('SIGKILL');
      await child.exitCode;
    }
    await Promise.all([simulator.dispose(), redis.dispose()]);
    await rm(folder, { recursive: true, force: true });
  });

  const spawn = (secret = password): Child => {
    const child = spawnVigil(['serve', '--config', join(folder, 'vigil.yaml')], { cwd: folder, env: { PASSWORD: secret } });
    children.push(child);
    return child;
  };
  const serve = async () => {
    const child = spawn();
    await Promise.race([child.stderr.until(/answers at http:\S+/), child.exitCode]);
    const url = /answers at (http:\S+)/.exec(child.stderr.text())?.[1];
    if (url === undefined) throw new TypeError(`it did not start: ${child.stderr.text()} ${child.stdout.text()}`);
    const ask = async <T>(query: string): Promise<T> => {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query }),
      });
      return ((await response.json()) as { readonly data: T }).data;
    };
    const ready = async () => (await (await fetch(`${url}/health/ready`)).json()) as { readonly store: string };
    return { child, ask, ready };
  };
  const close = (job: string, waitMs: number): string =>
    `mutation { closeJob(input: { jobId: "job:es:${job}", waitMs: ${waitMs} }) { task { id state } errors { code } } }`;
  type Closed = { readonly closeJob: { readonly task: Task | null } };

  it('finds its tasks again after kill -9', async () => {
    await simulator.job('slow', { state: 'opened', closeMs: 1_500 });
    const before = await serve();
    expect(await before.ready()).toMatchObject({ store: 'durable' });
    const ended = (await before.ask<Closed>(close('nginx-request-rate', 10_000))).closeJob.task;
    const underWay = (await before.ask<Closed>(close('slow', 0))).closeJob.task;
    expect(ended?.state).toBe('SUCCEEDED');
    // What has not been sent yet would not be sent later.
    await eventually(simulator.state, ({ jobs }) => jobs.some(({ id, state }) => id === 'slow' && state === 'closing'));
    before.child.process.kill('SIGKILL');
    await before.child.exitCode;

    const after = await serve();
    const stateOf = async (task: Task | null) =>
      (await after.ask<{ readonly task: Task | null }>(`{ task(id: "${task?.id}") { id state } }`)).task?.state;
    expect(await stateOf(ended)).toBe('SUCCEEDED');
    expect(
      await eventually(
        () => stateOf(underWay),
        (state) => state === 'SUCCEEDED',
      ),
    ).toBe('SUCCEEDED');
    after.child.process.kill('SIGTERM');
    expect(await after.child.exitCode).toBe(0);
  }, 60_000);

  it('works beside a second gateway, and both serve on while Redis is away', async () => {
    const first = await serve();
    const second = await serve();
    for (const { ready } of [first, second]) expect(await ready()).toMatchObject({ store: 'durable' });
    await redis.kill();
    for (const { ready } of [first, second]) await eventually(ready, ({ store }) => store === 'memory');
    const task = (await first.ask<Closed>(close('nginx-request-rate', 10_000))).closeJob.task;
    expect(task?.state).toBe('SUCCEEDED');
    await redis.start();
    for (const { ready } of [first, second]) await eventually(ready, ({ store }) => store === 'durable');
    for (const { child } of [first, second]) {
      child.process.kill('SIGTERM');
      expect(await child.exitCode).toBe(0);
    }

    const next = await serve();
    expect((await next.ask<{ readonly task: Task | null }>(`{ task(id: "${task?.id}") { id state } }`)).task?.state).toBe('SUCCEEDED');
    const log = [...children].map(({ stdout, stderr }) => stdout.text() + stderr.text()).join('');
    expect(log).toContain('the store is durable again');
    expect(log).not.toContain(password);
  }, 60_000);

  it('does not start with a wrong password, and does not tell it', async () => {
    const { code, out, err } = await endOf(spawn('hunter2'));
    expect(code).toBe(2);
    expect(err).toContain(`Redis at 127.0.0.1:${redis.port}, database 0: it refuses the user and password of \`store.url\`.`);
    expect(out + err).not.toContain('hunter2');
  });
});
