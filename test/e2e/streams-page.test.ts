import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CuttingProxy, createCuttingProxy } from '../support/cutting-proxy.js';
import { createGatewayRig, eventually, type GatewayRig } from '../support/gateway-rig.js';
import { type Capture, createCapture } from '../unit/cli/run-vigil.js';

const page = readFileSync(resolve('docs/streams.md'), 'utf8');

/** The block that begins with its own name, as somebody would save it. */
const example = (name: string): string => {
  const found = [...page.matchAll(/^```js\n([\s\S]*?)^```$/gm)].flatMap(([, text = '']) => (text.startsWith(`// ${name}\n`) ? [text] : []));
  if (found.length !== 1) throw new TypeError(`the page has ${found.length} examples called ${name}`);
  return found[0] ?? '';
};

describe('docs/streams.md', () => {
  let folder: string;
  let rig: GatewayRig;
  let proxy: CuttingProxy;
  let running: ChildProcess | undefined;
  let err: Capture;

  beforeEach(async () => {
    if (!existsSync(resolve('dist/client/index.js')))
      throw new TypeError('dist/client is missing: run "npm run build" first ("npm test" does).');
    // In a folder that looks like that of an application which has the package.
    folder = await mkdtemp(join(tmpdir(), 'vigil-streams-'));
    for (const name of ['dist', 'node_modules', 'package.json']) await symlink(resolve(name), join(folder, name));
    rig = await createGatewayRig({ backends: [{ id: 'es', empty: true, speed: 1 }] });
    proxy = await createCuttingProxy(rig.url);
  });
  afterEach(async () => {
    running?.kill();
    if (running && running.exitCode === null && running.signalCode === null) await once(running, 'close');
    await proxy.dispose();
    await rig.dispose();
    await rm(folder, { recursive: true, force: true });
    expect(err.text()).toBe('');
  });

  const start = async (name: string, url: string): Promise<Capture> => {
    await writeFile(join(folder, name), example(name));
    const child = spawn(process.execPath, [name, url], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const out = createCapture();
    err = createCapture();
    child.stdout.pipe(out.output);
    child.stderr.pipe(err.output);
    running = child;
    return out;
  };
  const resetByOthers = async (job: string): Promise<void> => {
    const begun = await fetch(`${rig.sim('es').url}/_ml/anomaly_detectors/${job}/_reset?wait_for_completion=false`, { method: 'POST' });
    expect(begun.status).toBe(200);
  };

  it('has a list that tells how tasks end, and goes on where its connection was cut', { timeout: 60_000 }, async () => {
    await rig.sim('es').job('one', { state: 'closed', resetMs: 3_000 });
    const out = await start('watch.js', `${proxy.url.replace('http', 'ws')}/graphql`);
    await out.until(/backend:es is UP\nrunning: nothing\n/);
    await resetByOthers('one');
    await out.until(/running: task:es:\S+\n/);
    proxy.cut();
    await out.until(/task:es:\S+ has left as SUCCEEDED\n(backend:es is UP\n)?running: nothing\n/);
    expect(out.text().match(/has left/g)).toHaveLength(1);
    expect(proxy.cuts()).toBe(1);
  });

  it('has a page of Apollo Client that its stream keeps, also when a gateway that remembers nothing takes over', {
    timeout: 60_000,
  }, async () => {
    await rig.sim('es').job('one', { state: 'closed', recordsPerSecond: 0 });
    const out = await start('page.js', `${proxy.url}/graphql`);
    await out.until(/one CLOSED\n/);
    await rig.sim('es').job('two', { state: 'closed', recordsPerSecond: 0 });
    await out.until(/one CLOSED, two CLOSED\n/);
    proxy.cut();
    await rig.sim('es').job('one', { state: 'opened' });
    await out.until(/one OPENED, two CLOSED\n/);
    // Another gateway, to which all cursors are foreign: the page is asked for again.
    const other = await createGatewayRig({ backends: [{ id: 'es', url: rig.sim('es').url }] });
    try {
      proxy.leadTo(other.url);
      proxy.cut();
      await eventually(
        async () => (await fetch(`${other.url}/metrics`)).text(),
        (metrics) => /vigil_watches(\{[^}]*\})? [1-9]/.test(metrics),
      );
      await rig.sim('es').job('two', { state: 'opened' });
      await out.until(/one OPENED, two OPENED\n/);
    } finally {
      await other.dispose();
    }
  });
});
