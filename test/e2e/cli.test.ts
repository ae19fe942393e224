import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Child, endOf, spawnVigil } from '../unit/cli/child.js';

let folder: string;
const running: Child[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vigil-cli-'));
});
afterEach(async () => {
  for (const child of running.splice(0).reverse()) {
    child.process.kill('SIGTERM');
    await child.exitCode;
  }
  await rm(folder, { recursive: true, force: true });
});

const keep = (child: Child): Child => {
  running.push(child);
  return child;
};

const run = (argv: readonly string[], env?: Readonly<Record<string, string>>) =>
  endOf(spawnVigil(argv, { cwd: folder, ...(env ? { env } : {}) }));

/** The URL a starting process names. */
const urlIn = async (capture: Child['stdout']): Promise<string> => {
  await capture.until(/http:\/\/127\.0\.0\.1:\d+\S*\s/);
  return /http:\/\/127\.0\.0\.1:\d+\S*/.exec(capture.text())?.[0] ?? '';
};

const startSimulator = async (vendor = 'elasticsearch-ml'): Promise<string> =>
  urlIn(keep(spawnVigil(['simulate', vendor, '--port', '0', '--speed', '5'], { cwd: folder })).stdout);

const writeConfig = async (
  backends: readonly Record<string, unknown>[],
  store: Record<string, unknown> = { kind: 'memory' },
): Promise<string> => {
  const file = join(folder, 'vigil.yaml');
  await writeFile(file, JSON.stringify({ server: { port: 0 }, store, logLevel: 'silent', backends }, null, 2));
  return file;
};

const startGateway = async (
  simulator: string,
  backend: Record<string, unknown> = { id: 'es-prod', vendor: 'elasticsearch-ml' },
  store?: Record<string, unknown>,
): Promise<{ readonly url: string; readonly child: Child }> => {
  const file = await writeConfig([{ ...backend, url: simulator, poll: { fastMs: 50 } }], store);
  const child = keep(spawnVigil(['serve', '--config', file], { cwd: folder }));
  return { url: await urlIn(child.stderr), child };
};

interface ListedJob {
  readonly id: string;
  readonly nativeId: string;
  readonly state: string;
  readonly resultState: string;
  readonly datafeed: { readonly state: string } | null;
  readonly allowedActions: readonly string[];
}

const jobsOf = async (url: string): Promise<readonly ListedJob[]> => {
  const { code, out } = await run(['jobs', '--json', '--url', url]);
  expect(code).toBe(0);
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ListedJob);
};

/** What OpenSearch Security says to whom lacks a privilege. */
const denied = (privilege: string) => ({
  type: 'security_exception',
  reason: `no permissions for [cluster:admin/opendistro/ad/${privilege}] and User [name=looker, backend_roles=[], requestedTenant=null]`,
});

describe('the command line against a real gateway', () => {
  it('closes a job with its datafeed, resets it, opens it and deletes it, each followed to its end', { timeout: 60_000 }, async () => {
    const { url } = await startGateway(await startSimulator());
    const job = (await jobsOf(url)).find(({ state, datafeed }) => state === 'OPENED' && datafeed?.state === 'STARTED');
    const id = job?.id ?? '';
    expect(id).toMatch(/^job:es-prod:/);
    for (const [verb, state] of [
      ['close', 'CLOSED'],
      ['reset', 'CLOSED'],
      ['open', 'OPENED'],
    ] as const) {
      const { code, out, err } = await run(['job', verb, id, '--url', url]);
      expect({ code, err }).toEqual({ code: 0, err: '' });
      expect(out).toMatch(new RegExp(`^${verb} es-prod/.*SUCCEEDED`, 'm'));
      expect((await jobsOf(url)).find((each) => each.id === id)?.state).toBe(state);
    }
    expect((await run(['job', 'delete', id, '--force', '--url', url])).code).toBe(0);
    expect((await jobsOf(url)).map((each) => each.id)).not.toContain(id);
  });

  it('says why a verb is refused, and what is allowed instead', async () => {
    const { url } = await startGateway(await startSimulator());
    const opened = (await jobsOf(url)).find(({ state }) => state === 'OPENED');
    const refused = await run(['job', 'reset', opened?.id ?? '', '--url', url]);
    expect(refused.code).toBe(1);
    expect(refused.err).toMatch(/^vigil: WRONG_STATE: .*\nThe job is OPENED; allowed now: CLOSE_JOB, DELETE_JOB/);
    expect((await run(['job', 'close', 'es-prod:no-such-job', '--url', url])).err).toMatch(/^vigil: NOT_FOUND: /);
    expect((await run(['jobs', '--state', 'SLEEPING', '--url', url])).code).toBe(2);
  });

  it('a watch sees what another command begins, and how it ends', async () => {
    const { url } = await startGateway(await startSimulator());
    const watch = keep(spawnVigil(['watch', '--json', '--url', url], { cwd: folder }));
    await watch.stdout.until(/"event":"synced"/);
    const opened = (await jobsOf(url)).find(({ state, allowedActions }) => state === 'OPENED' && allowedActions.includes('CLOSE_JOB'));
    expect((await run(['job', 'close', opened?.id ?? '', '--url', url])).code).toBe(0);
    await watch.stdout.until(/"event":"left".*"SUCCEEDED"/);
    watch.process.kill('SIGINT');
    expect(await watch.exitCode).toBe(0);
  });

  it('analyses the past with a detector, followed to its end, and starts and stops it', async () => {
    const { url } = await startGateway(await startSimulator('opensearch-ad'), { id: 'os-prod', vendor: 'opensearch-ad' });
    const { code: listed, out: list } = await run(['detectors', '--json', '--url', url]);
    expect(listed).toBe(0);
    const detectors = list
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly id: string; readonly name: string; readonly realtimeActions: readonly string[] });
    const { id = '', name } = detectors.find(({ realtimeActions }) => realtimeActions.includes('START_DETECTOR')) ?? {};
    const past = ['--historical', '--from', new Date(Date.now() - 6 * 3_600_000).toISOString(), '--to', new Date().toISOString()];
    const analysed = await run(['detector', 'start', id, ...past, '--wait', '--url', url]);
    expect(analysed).toMatchObject({ code: 0, err: '' });
    expect(analysed.out).toMatch(new RegExp(`^historical os-prod/${name} {2}SUCCEEDED`, 'm'));

    expect((await run(['detector', 'start', id, '--url', url])).code).toBe(0);
    const again = await run(['detector', 'start', id, '--url', url]);
    expect(again.code).toBe(1);
    expect(again.err).toMatch(/^vigil: WRONG_STATE: .*\nThe real-time run is \w+; allowed now: STOP_DETECTOR/);
    expect((await run(['detector', 'start', id, '--idempotent', '--url', url])).code).toBe(0);
    const stopped = await run(['detector', 'stop', id, '--wait', '--url', url]);
    expect(stopped).toMatchObject({ code: 0, err: '' });
    expect(stopped.out).toMatch(new RegExp(`^realtime os-prod/${name} {2}CANCELLED`, 'm'));
    expect((await run(['detector', 'stop', id, '--url', url])).code).toBe(1);
  });

  it('kills a job that runs once, takes the result of one that somebody else began, and shows it', async () => {
    const backend = { id: 'sym', vendor: 'symetryml', auth: { kind: 'hmac', customerId: 'c1', secretKey: 'VLmAm+WkpnA5zp2wXiSYkw==' } };
    const { url } = await startGateway(await startSimulator('symetryml'), backend, { kind: 'embedded', path: join(folder, 'store') });
    const jobs = await jobsOf(url);
    const foreign = jobs.find(({ resultState }) => resultState === 'UNCLAIMED')?.id ?? '';
    const running = jobs.find(({ state, allowedActions }) => state === 'RUNNING' && allowedActions.includes('KILL_JOB'))?.id ?? '';

    const killed = await run(['job', 'kill', running, '--url', url]);
    expect(killed).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/^run sym\/\d+ {2}CANCELLED/m) });
    const again = await run(['job', 'kill', running, '--url', url]);
    expect(again).toMatchObject({ code: 1, err: expect.stringMatching(/^vigil: WRONG_STATE: .* was killed/) });
    expect((await run(['job', 'result', running, '--url', url])).err).toMatch(/The job is KILLED: it has no result\./);

    expect((await run(['job', 'result', foreign, '--url', url])).err).toMatch(/still on its server/);
    const collected = await run(['job', 'collect', foreign, '--url', url]);
    expect(collected).toMatchObject({ code: 0, err: '', out: expect.stringMatching(/SUCCEEDED/) });
    expect((await jobsOf(url)).find(({ id }) => id === foreign)?.resultState).toBe('AVAILABLE');

    const { code, out } = await run(['job', 'result', foreign, '--rows', '2', '--url', url]);
    expect(code).toBe(0);
    expect(out).toMatch(/^pcaVectors: 15 rows of 15 columns\n {2}PC1 +PC2 .*\n {2}0\.258199 .*\n.*\n {2}… 13 more/m);
    expect(out).toMatch(/^pcaSumValues: 7\.29247$/m);
  });

  it('serve ends with 0 on SIGTERM, views and all', async () => {
    const { url, child } = await startGateway(await startSimulator());
    const watch = keep(spawnVigil(['watch', '--url', url], { cwd: folder }));
    await watch.stdout.until(/Ctrl-C/);
    child.process.kill('SIGTERM');
    expect(await child.exitCode).toBe(0);
    await watch.stderr.until(/connection to the gateway is lost/);
  });

  it('serve says when its port is in use', async () => {
    const { url } = await startGateway(await startSimulator());
    const file = await writeConfig([{ id: 'es-prod', vendor: 'elasticsearch-ml', url: 'http://127.0.0.1:9' }]);
    const { code, err } = await run(['serve', '--config', file], { VIGIL_SERVER_PORT: new URL(url).port });
    expect(code).toBe(2);
    expect(err).toMatch(/in use/);
    expect(err).not.toMatch(/^\s+at /m);
  });
});

describe('vigil config check', () => {
  it('names every fault with line and column, one to a line', async () => {
    const file = join(folder, 'vigil.yaml');
    await writeFile(file, 'server: { port: 70000 }\nbackends:\n  - { id: ES!, vendor: elasticsearch-mll, url: nowhere }\n');
    const { code, err } = await run(['config', 'check', '--config', 'vigil.yaml']);
    expect(code).toBe(2);
    const faults = err.trim().split('\n').slice(1);
    expect(faults).toHaveLength(4);
    for (const fault of faults) expect(fault).toMatch(/^vigil\.yaml:\d+:\d+ /);
  });

  it('says that a file is not there', async () => {
    const { code, err } = await run(['config', 'check', '--config', 'missing.yaml']);
    expect(code).toBe(2);
    expect(err).toContain('there is no such file');
  });

  it('asks each backend with --probe, and ends with 1 when one does not answer', async () => {
    const simulator = await startSimulator();
    const good = { id: 'es-prod', vendor: 'elasticsearch-ml', url: simulator };
    expect(await run(['config', 'check', '--probe', '--config', await writeConfig([good])])).toMatchObject({
      code: 0,
      out: expect.stringMatching(/is in order: 1 backend\.\nes-prod \(elasticsearch-ml\): \d+\.\d+.*, can .*CLOSE_JOB/),
    });
    const gone = { id: 'es-old', vendor: 'elasticsearch-ml', url: 'http://127.0.0.1:9', http: { maxRetries: 0 } };
    const { code, out } = await run(['config', 'check', '--probe', '--config', await writeConfig([good, gone])]);
    expect(code).toBe(1);
    expect(out).toMatch(/^es-old \(elasticsearch-ml\): BACKEND_UNAVAILABLE: /m);
  });

  it('asks for the jobs as well: who answers that it is there may still refuse everything', async () => {
    const simulator = await startSimulator('opensearch-ad');
    const backend = { id: 'os-prod', vendor: 'opensearch-ad', url: simulator, http: { maxRetries: 0 } };
    const file = await writeConfig([backend]);
    const probed = async () => {
      const { code, out } = await run(['config', 'check', '--probe', '--config', file]);
      return [code, out.split('\n')[1]];
    };
    const put = async (path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      expect((await fetch(`${simulator}${path}`, { method: 'PUT', headers, body: JSON.stringify(body) })).ok).toBe(true);
    };
    expect(await probed()).toEqual([0, expect.stringMatching(/^os-prod \(opensearch-ad\): 2\.19\.4, can .*START_DETECTOR/)]);

    await put('/_simulator/faults', [
      {
        route: 'POST /_plugins/_anomaly_detection/detectors/tasks/_search',
        status: 403,
        body: { error: denied('tasks/search'), status: 403 },
      },
    ]);
    expect(await probed()).toEqual([
      1,
      expect.stringMatching(/2\.19\.4, cannot read .*FORBIDDEN: .*lack a privilege: cluster:admin\/opendistro\/ad\/tasks\/search/),
    ]);

    await put('/_simulator/faults', []);
    await put('/_cluster/settings', { persistent: { 'plugins.anomaly_detection.enabled': false } });
    expect(await probed()).toEqual([
      1,
      'os-prod (opensearch-ad): 2.19.4, takes no verbs: Anomaly Detection is switched off on this cluster.',
    ]);
  });
});

describe('vigil simulate', () => {
  it('names what there is when asked for something else', async () => {
    expect(await run(['simulate', 'elasticsaerch'])).toMatchObject({ code: 2, err: expect.stringContaining('There is: elasticsearch-ml') });
    expect(await run(['simulate', 'elasticsearch-ml', '--version', '1.0'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('versions'),
    });
  });

  it('begins without jobs when asked to, and ends with 0 on SIGTERM', async () => {
    const child = keep(spawnVigil(['simulate', 'elasticsearch-ml', '--empty'], { cwd: folder }));
    const answer = await fetch(`${await urlIn(child.stdout)}/_ml/anomaly_detectors`);
    expect(await answer.json()).toMatchObject({ count: 0 });
    child.process.kill('SIGTERM');
    expect(await child.exitCode).toBe(0);
  });
});

describe('vigil schema', () => {
  it('prints what is committed, and check finds no drift', async () => {
    const { code, out } = await run(['schema', 'print']);
    expect(code).toBe(0);
    expect(out).toBe(await readFile('schema/schema.graphql', 'utf8'));
    expect((await endOf(spawnVigil(['schema', 'check']))).code).toBe(0);
  });

  it('check names the first line that drifted, and a file that is missing', async () => {
    expect((await run(['schema', 'print', '--out', 'copy'])).code).toBe(0);
    const file = join(folder, 'copy', 'schema.graphql');
    await writeFile(file, (await readFile(file, 'utf8')).replace('type Backend ', 'type Backends '));
    await rm(join(folder, 'copy', 'possibleTypes.json'));
    const { code, err } = await run(['schema', 'check', '--dir', 'copy']);
    expect(code).toBe(1);
    expect(err).toMatch(/schema\.graphql: line \d+: committed "type Backends .*the code says "type Backend /);
    expect(err).toContain('possibleTypes.json: it is missing');
  });
});

describe('vigil demo', () => {
  it('plays its scenario, says where to go on, and cleans up', async () => {
    const temporary = join(folder, 'tmp');
    await mkdir(temporary);
    const { code, out, err } = await endOf(
      spawnVigil(['demo', '--once', '--speed', '3', '--port', '4100'], { cwd: folder, env: { TMPDIR: temporary } }),
    );
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^Vigil answers at http:\/\/127\.0\.0\.1:\d+ /);
    for (const key of ['elasticsearch-prod', 'opensearch-prod', 'search-guard-prod', 'symetryml-prod']) {
      expect(out).toMatch(new RegExp(`^  ${key}: .* at http`, 'm'));
      // One list of the jobs of all vendors.
      expect(out).toMatch(new RegExp(`^${key} +\\S+ +(?:OPENED|RUNNING) `, 'm'));
    }
    expect(out).toMatch(/^close elasticsearch-prod\/.*SUCCEEDED/m);
    expect(out).toMatch(/^reset elasticsearch-prod\/.*SUCCEEDED/m);
    // A single stream, and one model for each entity, counted by state while it runs.
    expect(out).toMatch(/^historical opensearch-prod\/[^ ]+ {2}SUCCEEDED[^:]*$/m);
    expect(out).toMatch(/^historical opensearch-prod\/.* RUNNING .*entities: \d/m);
    expect(out).toMatch(/^historical opensearch-prod\/.* SUCCEEDED .*entities: \d+ SUCCEEDED$/m);
    expect(out).toMatch(/found its worst anomaly/);
    // Started here, watched to its end, its result told; that of another is left where it is.
    expect(out).toMatch(/^run symetryml-prod\/\d+ {2}QUEUED$/m);
    expect(out).toMatch(/^run symetryml-prod\/\d+ {2}RUNNING {2}\d+ %/m);
    expect(out).toMatch(/^run symetryml-prod\/\d+ {2}SUCCEEDED/m);
    expect(out).toMatch(/^ {2}CLUSTERS +WSSSE +SILHOUETTE\n {2}2 +40316\.9 +0\.240993$/m);
    expect(out).toMatch(/somebody else began it: it is left on the server, UNCLAIMED/);
    expect(out).toMatch(/curl -s http:\/\/127\.0\.0\.1:\d+\/graphql /);
    expect(await readdir(temporary)).toEqual([]);
  });

  it('stays up until it is stopped, and what it prints to paste works', async () => {
    const child = keep(spawnVigil(['demo', '--speed', '5', '--port', '4150'], { cwd: folder }));
    await child.stdout.until(/until Ctrl-C/);
    const pasted = [...child.stdout.text().matchAll(/curl -s (\S+) -H 'content-type: application\/json' -d '(.*)'/g)];
    expect(pasted).toHaveLength(2);
    for (const [, url = '', body = ''] of pasted) {
      const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      expect(await answer.json()).toEqual({ data: expect.anything() });
    }
    child.process.kill('SIGINT');
    expect(await child.exitCode).toBe(0);
  });

  it('takes the next free port when its own is taken', async () => {
    const first = keep(spawnVigil(['demo', '--speed', '10', '--port', '4170'], { cwd: folder }));
    const url = await urlIn(first.stdout);
    const second = await endOf(spawnVigil(['demo', '--once', '--speed', '10', '--port', new URL(url).port], { cwd: folder }));
    expect(second.code).toBe(0);
    expect(second.out).not.toContain(`${url} `);
  });
});
