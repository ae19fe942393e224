import { chmodSync, copyFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { afterEach, describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../../src/store/index.js';
import { cleanUp, collect, embedded, newFolder, pieces, until } from './support.js';

afterEach(cleanUp);

const asideOf = (path: string): string[] =>
  readdirSync(path).filter((name) => /\.(damaged|unknown-version)-/.test(name) && !/-wal$/.test(name));

/** A store with something in it, closed. */
const closedStore = async (count = 200): Promise<{ readonly path: string; readonly file: string }> => {
  const { store, path, file } = embedded();
  await Promise.all(Array.from({ length: count }, (_, n) => store.put(`key/${n}`, `value ${n} `.repeat(200))));
  await store.dispose();
  return { path, file };
};

describe('what the embedded store keeps', () => {
  it('is there after a restart: values, streams with their numbers, large values, leases with their fences', async () => {
    const clock = { at: 1_000 };
    const first = embedded({ now: () => clock.at });
    await first.store.put('a', 'b');
    const sequence = await first.store.append('s', 'one', { keep: 5 });
    await first.store.writeLarge('big', pieces('x'.repeat(600_000)));
    const lease = await first.store.acquireLease('l', 'me', 100);
    await first.store.dispose();

    const { store, faults } = embedded({ path: first.path, now: () => clock.at });
    expect(await store.get('a')).toBe('b');
    expect((await store.read('s', { after: 0, limit: 5 })).entries).toEqual([{ sequence, value: 'one' }]);
    expect(await store.append('s', 'two', { keep: 5 })).toBeGreaterThan(sequence);
    expect(await collect(await store.openLarge('big'))).toBe('x'.repeat(600_000));
    expect(await store.acquireLease('l', 'other', 100)).toBeUndefined();
    clock.at += 100;
    expect((await store.acquireLease('l', 'other', 100))?.fence).toBeGreaterThan(lease?.fence ?? 0);
    expect(faults).toEqual([]);
    expect(store.health()).toEqual({ durable: true, message: null });
  });

  it('lies in one file when it was closed in order', async () => {
    const { path, file } = await closedStore();
    expect(statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0).toBe(0);
    expect(existsSync(join(path, 'vigil.lock'))).toBe(false);
    const alone = newFolder();
    copyFileSync(file, join(alone, 'vigil.db'));
    expect(await embedded({ path: alone }).store.get('key/7')).toMatch(/^value 7 /);
  });

  it('is written with a log and flushed at each commit', async () => {
    const { store, file } = embedded();
    await store.put('a', 'b');
    const db = new Database(file);
    expect(db.prepare('PRAGMA journal_mode').get([])).toMatchObject({ journal_mode: 'wal' });
    db.close();
  });

  it('is in a folder only its user may enter', () => {
    const path = join(newFolder(), 'deep', 'er');
    embedded({ path });
    expect(statSync(path).mode & 0o077).toBe(0);
  });

  it('is in files only its user may read, in whatever folder and whoever made them', async () => {
    const path = newFolder();
    chmodSync(path, 0o755);
    const modes = (): readonly number[] =>
      readdirSync(path)
        .filter((name) => name.startsWith('vigil.db'))
        .map((name) => statSync(join(path, name)).mode & 0o777);
    const first = embedded({ path });
    await first.store.put('a', 'b');
    expect(modes().length).toBeGreaterThan(1);
    expect(modes().every((mode) => mode === 0o600)).toBe(true);
    await first.store.dispose();

    for (const name of readdirSync(path)) chmodSync(join(path, name), 0o644);
    const { store } = embedded({ path });
    await store.put('a', 'c');
    expect(modes().every((mode) => mode === 0o600)).toBe(true);
  });

  it('holds nothing of large values that were never completed, after a restart', async () => {
    const { store, path, file } = embedded();
    const endless = async function* () {
      yield Buffer.alloc(3_000_000);
      await store.dispose();
      yield Buffer.alloc(3_000_000);
    };
    await expect(store.writeLarge('big', endless())).rejects.toMatchObject({ code: 'INTERNAL' });
    const db = new Database(file);
    const rows = () => db.prepare('SELECT count(*) AS count FROM rows').get([]);
    expect(rows()).toMatchObject({ count: 46 });
    const again = embedded({ path });
    expect(await again.store.openLarge('big')).toBeUndefined();
    expect(rows()).toMatchObject({ count: 0 });
    db.close();
  });

  it('passes through memory in pieces, however large a value is', async () => {
    const { store } = embedded();
    const total = 200_000_000;
    const piece = Buffer.alloc(1_000_000, 0x62);
    let most = 0;
    const watch = (): void => {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    };
    const source = async function* () {
      for (let sent = 0; sent < total; sent += piece.length) {
        watch();
        yield piece;
      }
    };
    const before = process.memoryUsage().arrayBuffers;
    expect(await store.writeLarge('big', source())).toBe(true);
    let read = 0;
    for await (const part of (await store.openLarge('big'))?.stream() ?? []) {
      read += part.length;
      watch();
    }
    expect(read).toBe(total);
    expect(most - before).toBeLessThan(total / 2);
  });
});

describe('a file that is no use', () => {
  it.each<[string, (file: string) => void]>([
    ['is no database', (file) => writeFileSync(file, 'this is not a database '.repeat(500))],
    ['has lost its end', (file) => truncateSync(file, Math.floor(statSync(file).size / 2))],
    [
      'has been overwritten in the middle',
      (file) => {
        const bytes = readFileSync(file);
        bytes.fill(0x5a, 8_192, 40_000);
        writeFileSync(file, bytes);
      },
    ],
  ])('because it %s is set aside, reported once, and a fresh one begun', async (_, damage) => {
    const { path, file } = await closedStore();
    damage(file);
    const bytes = readFileSync(file);
    const { store, faults } = embedded({ path, now: () => Date.parse('2026-10-21T07:28:00.123Z') });
    expect(faults).toMatchObject([{ kind: 'damaged' }]);
    expect(asideOf(path)).toEqual(['vigil.db.damaged-2026-10-21T07-28-00-123Z']);
    expect(readFileSync(join(path, 'vigil.db.damaged-2026-10-21T07-28-00-123Z')).equals(bytes)).toBe(true);
    expect(faults[0]?.message).toContain('vigil.db.damaged-2026-10-21T07-28-00-123Z');
    expect(store.health()).toEqual({ durable: true, message: faults[0]?.message });
    expect(await store.get('key/7')).toBeUndefined();
    await store.put('key/7', 'new');
    await store.dispose();
    const again = embedded({ path });
    expect(await again.store.get('key/7')).toBe('new');
    expect(again.faults).toEqual([]);
    expect(again.store.health().message).toBeNull();
  });

  it.each<[string, string]>([
    ['a later version', 'PRAGMA user_version = 999'],
    ['another product', 'PRAGMA user_version = 0; CREATE TABLE theirs (x)'],
  ])('because it is of %s is set aside and left as it is', async (_, change) => {
    const { path, file } = await closedStore();
    const db = new Database(file);
    db.exec(change);
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    const { store, faults } = embedded({ path });
    expect(faults).toMatchObject([{ kind: 'unknown-version' }]);
    expect(store.health().durable).toBe(true);
    const [aside] = asideOf(path);
    const theirs = new Database(join(path, aside ?? ''));
    expect(theirs.prepare('SELECT count(*) AS count FROM rows').get([])).toMatchObject({ count: 200 });
    theirs.close();
  });

  it('is set aside under another name each time', async () => {
    const { path, file } = await closedStore();
    for (let n = 0; n < 3; n += 1) {
      writeFileSync(file, 'nonsense'.repeat(1_000));
      await embedded({ path, now: () => 0 }).store.dispose();
    }
    expect(asideOf(path)).toHaveLength(3);
  });

  /** More than SQLite keeps in its cache of two megabytes. */
  const many = 5_000;
  /** Writes past SQLite, over all pages but the first. */
  const spoil = (file: string): void => {
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, 4_096));
  };

  it('because it is damaged while it is in use is replaced under the feet of its users', async () => {
    const { path, file } = await closedStore(many);
    const { store, faults } = embedded({ path });
    await store.put('first', 'before');
    spoil(file);
    const values = await Promise.all([store.get('key/150'), store.list('key/', { limit: many }), store.append('s', 'x', { keep: 1 })]);
    expect(values).toMatchObject([undefined, [], expect.any(Number)]);
    expect(faults).toMatchObject([{ kind: 'damaged', cause: { code: 'SQLITE_CORRUPT' } }]);
    expect(asideOf(path)).toHaveLength(1);
    await store.put('after', 'kept');
    await store.dispose();
    expect(await embedded({ path }).store.get('after')).toBe('kept');
  });

  it('loses a large value on its way with it, and says so', async () => {
    const { path, file } = await closedStore(many);
    const { store, faults } = embedded({ path });
    const source = async function* () {
      yield Buffer.alloc(600_000);
      spoil(file);
      await store.list('key/', { limit: many });
      yield Buffer.alloc(600_000);
    };
    await expect(store.writeLarge('big', source())).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/lost with the damaged file/),
    });
    expect(faults).toHaveLength(1);
    expect(await store.openLarge('big')).toBeUndefined();
  });
});

describe('a full disk', () => {
  const maxBytes = 200_000;
  const filled = async (retryMs = 5) => {
    const setup = embedded({ maxBytes, retryMs });
    let count = 0;
    while (setup.store.health().durable) {
      await setup.store.put(`fill/${String(count).padStart(5, '0')}`, 'x'.repeat(2_000));
      count += 1;
    }
    return { ...setup, count };
  };

  it('is reported once, and nothing that is asked for fails', async () => {
    const { store, faults, count } = await filled(1_000_000);
    expect(faults).toMatchObject([{ kind: 'unwritable', cause: { code: 'SQLITE_FULL' } }]);
    expect(faults[0]?.message).toMatch(/no room left on the disk/);
    expect(store.health()).toMatchObject({
      durable: false,
      message: expect.stringMatching(/Nothing that is written now survives a restart/),
    });

    const last = `fill/${String(count - 1).padStart(5, '0')}`;
    expect(await store.get(last)).toHaveLength(2_000);
    expect(await store.get('fill/00000')).toHaveLength(2_000);
    expect(await store.putIfAbsent('fill/00000', 'taken')).toBe(false);
    await store.put('fill/00000', 'changed');
    await store.delete('fill/00001');
    expect(await store.get('fill/00000')).toBe('changed');
    expect(await store.get('fill/00001')).toBeUndefined();
    expect((await store.list('fill/', { limit: 3 })).map(({ key }) => key)).toEqual(['fill/00000', 'fill/00002', 'fill/00003']);
    expect(await store.list('fill/', { limit: 10_000 })).toHaveLength(count - 1);
    expect(faults).toHaveLength(1);
  });

  it('is not waited for: when there is room again, what was kept in memory is written, and survives', async () => {
    const { store, path, faults, recoveries, count } = await filled();
    for (let n = 0; n < 20; n += 1) await store.delete(`fill/${String(n).padStart(5, '0')}`);
    const sequence = await store.append('s', 'while full', { keep: 5 });
    await until(() => store.health().durable);
    expect(recoveries()).toBe(1);
    expect(store.health().message).toBeNull();
    await store.put('after', 'room');
    await store.dispose();

    const again = embedded({ path });
    expect(await again.store.list('fill/', { limit: 10_000 })).toHaveLength(count - 20);
    expect(await again.store.get('after')).toBe('room');
    expect((await again.store.read('s', { after: 0, limit: 5 })).entries).toEqual([{ sequence, value: 'while full' }]);
    expect(faults).toHaveLength(1);
  });

  it('is reported anew when it is full again', async () => {
    const { store, faults, recoveries } = await filled();
    await store.delete('fill/00000');
    await store.delete('fill/00001');
    await until(() => store.health().durable);
    for (let n = 0; store.health().durable; n += 1) await store.put(`more/${n}`, 'x'.repeat(2_000));
    expect(faults.map(({ kind }) => kind)).toEqual(['unwritable', 'unwritable']);
    expect(recoveries()).toBe(1);
  });

  it('tries once more when the store is closed', async () => {
    const { store, path, count } = await filled(1_000_000);
    for (let n = 0; n < 5; n += 1) await store.delete(`fill/${String(n).padStart(5, '0')}`);
    await store.dispose();
    expect(await embedded({ path }).store.list('fill/', { limit: 10_000 })).toHaveLength(count - 5);
  });

  it('never gives a number of a stream, or a fence, again that was given while it was full and then lost', async () => {
    const clock = { at: 1_000_000 };
    const first = embedded({ maxBytes, retryMs: 1_000_000, now: () => clock.at });
    for (let n = 0; first.store.health().durable; n += 1) await first.store.put(`fill/${n}`, 'x'.repeat(2_000));
    const sequence = await first.store.append('s', 'lost', { keep: 5 });
    const lease = await first.store.acquireLease('l', 'a', 10);
    await first.store.dispose();
    clock.at += 50;
    const { store } = embedded({ path: first.path, now: () => clock.at });
    expect((await store.read('s', { after: sequence, limit: 5 })).truncated).toBe(true);
    expect(await store.append('s', 'next', { keep: 5 })).toBeGreaterThan(sequence);
    expect((await store.read('s', { after: sequence, limit: 5 })).truncated).toBe(true);
    expect((await store.acquireLease('l', 'b', 10))?.fence).toBeGreaterThan(lease?.fence ?? 0);
  });

  it('does not fill the memory instead: the oldest is let go, and said so', async () => {
    const { store } = embedded({ maxBytes: 1, maxMemoryBytes: 100_000, retryMs: 1_000_000 });
    for (let n = 0; n < 200; n += 1) await store.put(`k/${n}`, 'x'.repeat(1_000));
    expect(await store.get('k/0')).toBeUndefined();
    expect(await store.get('k/199')).toHaveLength(1_000);
    const kept = (await store.list('k/', { limit: 1_000 })).length;
    expect(kept).toBeGreaterThan(50);
    expect(kept).toBeLessThan(100);
    expect(store.health().message).toMatch(/\d+ old entries were let go/);
  });

  it('refuses a large value that memory has no room for, and keeps the small ones', async () => {
    const { store } = embedded({ maxBytes: 1, maxMemoryBytes: 1_000_000, retryMs: 1_000_000 });
    await store.put('small', 'kept');
    await expect(store.writeLarge('big', pieces(Buffer.alloc(700_000)))).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringMatching(/no room for more/),
    });
    expect(await store.get('small')).toBe('kept');
    expect(await store.writeLarge('fits', pieces(Buffer.alloc(400_000)))).toBe(true);
    await store.deleteLarge('fits');
    expect(await store.writeLarge('fits too', pieces(Buffer.alloc(400_000)))).toBe(true);
  });

  it('lets a large value begun on the disk be finished in memory', async () => {
    const { store } = embedded({ maxBytes: 800_000, retryMs: 1_000_000 });
    const body = 'abcdefghij'.repeat(150_000);
    expect(await store.writeLarge('big', pieces(body))).toBe(true);
    expect(store.health().durable).toBe(false);
    expect(await collect(await store.openLarge('big'))).toBe(body);
  });
});

describe('another program that locks the file', () => {
  it('is waited out in memory', async () => {
    const { store, file, faults } = embedded({ retryMs: 5 });
    const other = new Database(file, { timeout: 0 });
    other.exec('BEGIN IMMEDIATE');
    await store.put('a', 'b');
    expect(faults).toMatchObject([{ kind: 'unwritable', message: expect.stringMatching(/another program keeps the file locked/) }]);
    expect(await store.get('a')).toBe('b');
    other.exec('COMMIT');
    await until(() => store.health().durable);
    expect(other.prepare('SELECT count(*) AS count FROM rows').get([])).toMatchObject({ count: 1 });
    other.close();
  });
});

describe('one piece of work that throws', () => {
  it('takes nothing of what ran with it back', async () => {
    const { store } = embedded({ maxBytes: 1, maxMemoryBytes: 10_000, retryMs: 1_000_000 });
    const [put, large, appended] = await Promise.allSettled([
      store.put('a', '1'),
      store.writeLarge('big', pieces(Buffer.alloc(50_000))),
      store.append('s', 'x', { keep: 5 }),
    ]);
    expect([put.status, large.status, appended.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await store.get('a')).toBe('1');
    expect((await store.read('s', { after: 0, limit: 5 })).entries).toHaveLength(1);
  });
});

describe('a folder that cannot be used', () => {
  it('is a fault of the configuration, named with its path', () => {
    const folder = newFolder();
    writeFileSync(join(folder, 'file'), '');
    for (const path of [join(folder, 'file'), join(folder, 'file', 'below')]) {
      expect(() => embedded({ path })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT', facts: { path: ['store', 'path'] } }));
    }
  });
});

describe('a store in memory', () => {
  it('says that it is', async () => {
    const store = createMemoryStore();
    expect(store.health()).toEqual({ durable: false, message: 'The store is in memory: nothing survives a restart.' });
  });

  it('is bounded, and a reader of a stream learns what was let go', async () => {
    const store = createMemoryStore({ maxBytes: 20_000 });
    for (let n = 0; n < 100; n += 1) await store.append('s', 'x'.repeat(500), { keep: 1_000 });
    const { entries, truncated } = await store.read('s', { after: 0, limit: 1_000 });
    expect(entries.length).toBeGreaterThan(10);
    expect(entries.length).toBeLessThan(40);
    expect(truncated).toBe(true);
    expect(store.health().message).toMatch(/let go/);
  });
});
