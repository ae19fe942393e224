import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { compileStore } from './compiled.js';
import { cleanUp, embedded, later, newFolder } from './support.js';

const writer = fileURLToPath(new URL('./writer.mjs', import.meta.url));

describe('processes that share a folder', () => {
  const build = mkdtempSync(join(tmpdir(), 'vigil-store-build-'));
  let module: string;
  beforeAll(() => {
    module = compileStore(build);
  });
  afterAll(() => rmSync(build, { recursive: true, force: true }));
  afterEach(cleanUp);

  const start = (
    path: string,
  ): { readonly child: ChildProcess; readonly lines: AsyncIterator<string>; readonly ended: Promise<unknown> } => {
    const child = spawn(process.execPath, [writer, module, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    later(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), ended };
  };
  const next = async (lines: AsyncIterator<string>): Promise<string> => (await lines.next()).value ?? '';

  it('lose nothing that was durable when one is killed in the middle of writing', async () => {
    const path = newFolder();
    for (let round = 1; round <= 3; round += 1) {
      const { child, lines, ended } = start(path);
      expect(await next(lines)).toBe('ready');
      let last = '';
      for (let n = 0; n < 20 * round; n += 1) last = await next(lines);
      child.kill('SIGKILL');
      await ended;

      const [count, sequence] = last.split(' ').map(Number) as [number, number];
      const { store, faults } = embedded({ path });
      expect(faults).toEqual([]);
      expect((await store.list('n/', { limit: 100_000 })).slice(0, count + 1).map(({ value }) => value)).toEqual(
        Array.from({ length: count + 1 }, (_, n) => `value ${n}`),
      );
      expect(await store.openLarge(`large/${count}`)).toBeDefined();
      expect((await store.read('s', { after: 0, limit: 100 })).entries.at(-1)?.sequence).toBeGreaterThanOrEqual(sequence);
      expect(await store.append('s', 'after', { keep: 10 })).toBeGreaterThan(sequence);
      for (const { key } of await store.list('', { limit: 100_000 })) await store.delete(key);
      for (let n = 0; n <= count + 1; n += 1) await store.deleteLarge(`large/${n}`);
      await store.dispose();
    }
  });

  it('are kept apart: the second is told which file and which process, and what to do', async () => {
    const path = newFolder();
    const { child, lines } = start(path);
    await next(lines);
    expect(() => embedded({ path })).toThrow(
      expect.objectContaining({
        code: 'CONFLICT',
        message: `The store is in use by the process ${child.pid}: its lock is ${join(path, 'vigil.lock')}. Stop that process, or give this one a folder of its own in \`store.path\`.`,
      }),
    );
    // The first is none the worse for it.
    expect(await next(lines)).toMatch(/^\d+ \d+$/);
  });

  it('take over from a dead one at once', async () => {
    const path = newFolder();
    const { child, lines, ended } = start(path);
    await next(lines);
    child.kill('SIGKILL');
    await ended;
    expect(existsSync(join(path, 'vigil.lock'))).toBe(true);
    const { store } = embedded({ path });
    expect(JSON.parse(readFileSync(join(path, 'vigil.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    expect(store.health().durable).toBe(true);
  });
});

describe('the lock', () => {
  afterEach(cleanUp);
  const locked = async (change: (holder: Record<string, unknown>) => Record<string, unknown>, silentMs = 0): Promise<string> => {
    const { store, path } = embedded();
    const lock = join(path, 'vigil.lock');
    const holder = JSON.parse(readFileSync(lock, 'utf8'));
    await store.dispose();
    writeFileSync(lock, JSON.stringify(change(holder)));
    const at = (Date.now() - silentMs) / 1_000;
    utimesSync(lock, at, at);
    return path;
  };

  it('keeps two stores of one process apart as well, until the first is disposed of', async () => {
    const { store, path } = embedded();
    expect(() => embedded({ path })).toThrow(expect.objectContaining({ code: 'CONFLICT' }));
    await store.dispose();
    expect(existsSync(join(path, 'vigil.lock'))).toBe(false);
    expect(embedded({ path }).store.health().durable).toBe(true);
  });

  it('is not held by a later process that happens to have the same pid', async () => {
    const path = await locked((holder) => ({ ...holder, started: '1' }));
    expect(embedded({ path }).store.health().durable).toBe(true);
  });

  it('of another machine or container is respected while it shows signs of life', async () => {
    const path = await locked((holder) => ({ ...holder, space: 'elsewhere', host: 'node-7', pid: 999_999_999 }));
    expect(() => embedded({ path })).toThrow(/on the host node-7.*If it is gone already, try again in 20 seconds/);
  });

  it('of another machine or container is taken over once it has been silent', async () => {
    const path = await locked((holder) => ({ ...holder, space: 'elsewhere', host: 'node-7' }), 60_000);
    expect(embedded({ path }).store.health().durable).toBe(true);
    expect(readdirSync(path).filter((name) => name.startsWith('vigil.lock'))).toEqual(['vigil.lock']);
  });

  it.each(['', 'nonsense', '{}', '[]'])('that says %j is respected for a moment only: its writer may be at work', async (text) => {
    const path = await locked((holder) => holder);
    const lock = join(path, 'vigil.lock');
    writeFileSync(lock, text);
    expect(() => embedded({ path })).toThrow(/in use by another process/);
    utimesSync(lock, 1, 1);
    expect(embedded({ path }).store.health().durable).toBe(true);
  });

  it('of somebody else is left alone by a store that lost its own', async () => {
    const { store, path } = embedded();
    writeFileSync(join(path, 'vigil.lock'), '{"theirs":true}');
    await store.dispose();
    expect(readFileSync(join(path, 'vigil.lock'), 'utf8')).toBe('{"theirs":true}');
  });
});
