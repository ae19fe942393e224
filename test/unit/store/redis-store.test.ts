import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { createRedisStore } from '../../../src/store/index.js';
import { forgetful, persistent, type RealRedis, redisIsMissing, startRealRedis, withoutRedis } from '../../support/real-redis.js';
import { cleanUp, collect, inRedis, later, newFolder, newPrefix, pieces, sharedRedis, stopShared, until } from './support.js';

afterEach(cleanUp);
afterAll(stopShared);

const start = async (options?: readonly string[]): Promise<RealRedis> => {
  const redis = await startRealRedis(options);
  later(() => redis.dispose());
  return redis;
};

describe.skipIf(withoutRedis())(`the store in Redis (${redisIsMissing})`, () => {
  describe('what it keeps', () => {
    it('is there after a restart of the gateway: values, streams with their numbers, large values, leases with their fences', async () => {
      const { port } = await sharedRedis();
      const clock = { at: 1_000 };
      const now = () => clock.at;
      const first = await inRedis(port, { now });
      await first.store.put('a', 'b');
      const sequence = await first.store.append('s', 'one', { keep: 5 });
      await first.store.writeLarge('big', pieces('x'.repeat(600_000)));
      const lease = await first.store.acquireLease('l', 'me', 100);
      await first.store.dispose();

      const { store, faults } = await inRedis(port, { now, keyPrefix: first.keyPrefix });
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

    it('is there after kill -9 of Redis, whatever was answered before, and numbers go on', async () => {
      const redis = await start();
      const { store, keyPrefix } = await inRedis(redis.port, { claimMs: 1_000 });
      const written = await Promise.all([
        ...Array.from({ length: 500 }, (_, n) => store.put(`n/${String(n).padStart(3, '0')}`, `value ${n}`)),
        ...Array.from({ length: 50 }, (_, n) => store.append('s', `${n}`, { keep: 20 })),
      ]);
      await store.writeLarge('big', pieces('y'.repeat(700_000)));
      await redis.kill();
      await store.dispose();
      await redis.start();

      const again = await inRedis(redis.port, { keyPrefix, claimMs: 1_000 });
      expect((await again.store.list('n/', { limit: 1_000 })).map(({ value }) => value)).toEqual(
        Array.from({ length: 500 }, (_, n) => `value ${n}`),
      );
      const { entries, truncated } = await again.store.read('s', { after: 0, limit: 100 });
      expect(entries.map(({ value }) => value)).toEqual(Array.from({ length: 20 }, (_, n) => `${n + 30}`));
      expect(truncated).toBe(true);
      expect(await again.store.append('s', 'after', { keep: 20 })).toBeGreaterThan(Math.max(...written.map(Number).filter(Boolean)));
      expect(await collect(await again.store.openLarge('big'))).toBe('y'.repeat(700_000));
    });

    it('keeps the numbers of an emptied stream through a rewrite of the log and a restart, also when the clock went back', async () => {
      const redis = await start();
      let at = 5_000_000;
      const first = await inRedis(redis.port, { now: () => at });
      const last = await first.store.append('s', 'gone', { keep: 0 });
      await first.store.dispose();
      const admin = redis.admin();
      await admin.bgrewriteaof();
      for (let info = ''; !info.includes('aof_rewrite_in_progress:0'); ) info = await admin.info('persistence');
      await redis.stop();
      await redis.start();
      at = 1_000;
      const { store } = await inRedis(redis.port, { keyPrefix: first.keyPrefix, now: () => at });
      expect(await store.read('s', { after: 0, limit: 5 })).toMatchObject({ entries: [], truncated: true });
      expect(await store.append('s', 'next', { keep: 5 })).toBeGreaterThan(last);
    });

    it('is listed in pages, ten thousand keys among as many others, while keys come and go', async () => {
      const { store } = await inRedis((await sharedRedis()).port);
      const names = Array.from({ length: 10_000 }, (_, n) => `tasks/es/${String(n).padStart(5, '0')}`);
      await Promise.all(names.flatMap((name, n) => [store.put(name, `v${n}`), store.put(`other/${n}`, 'x')]));
      const seen: string[] = [];
      for (let after: string | undefined; ; after = seen.at(-1)) {
        const page = await store.list('tasks/es/', { limit: 700, ...(after === undefined ? {} : { after }) });
        if (page.length === 0) break;
        seen.push(...page.map(({ key }) => key));
        await store.delete(seen[0] ?? '');
        if (page.length === 700) await store.put(`tasks/es/${String(seen.length).padStart(5, '0')}-late`, 'y');
      }
      expect(seen.filter((name) => !name.endsWith('-late'))).toEqual(names);
      expect(seen).toEqual([...seen].sort());
      expect((await store.list('tasks/es/', { limit: 1_000_000 })).length).toBe(seen.length - 1);
    });

    it('leaves no name behind when keys are put and deleted at once', async () => {
      const redis = await sharedRedis();
      const { store, keyPrefix } = await inRedis(redis.port);
      await Promise.all(Array.from({ length: 300 }, (_, n) => (n % 3 === 2 ? store.delete('k') : store.put('k', `${n}`))));
      expect(await store.get('k')).toBeUndefined();
      expect(await store.list('', { limit: 10 })).toEqual([]);
      const names = (await redis.admin().keys(`${keyPrefix}*`)).map((name) => name.slice(keyPrefix.length)).sort();
      expect(names).toEqual([expect.stringMatching(/^gateway:/), 'store']);
    });

    it('is never part of a large value: pieces of one that was never completed end by themselves', async () => {
      const redis = await sharedRedis();
      const { store, keyPrefix } = await inRedis(redis.port);
      let lives: readonly number[] = [];
      const stuck = async function* () {
        yield Buffer.alloc(600_000);
        const admin = redis.admin();
        const names = await admin.keys(`${keyPrefix}*pieces*`);
        lives = await Promise.all(names.map((name) => admin.pttl(name)));
        yield Buffer.from('end');
      };
      expect(await store.writeLarge('big', stuck())).toBe(true);
      expect(lives).toEqual([expect.any(Number)]);
      expect(lives[0]).toBeGreaterThan(0);
      const admin = redis.admin();
      const [name = ''] = await admin.keys(`${keyPrefix}*pieces*`);
      expect(await admin.pttl(name)).toBe(-1);
      await store.deleteLarge('big');
      expect(await admin.keys(`${keyPrefix}*pieces*`)).toEqual([]);
    });
  });

  it('ends leases by the clock of the server', async () => {
    const redis = await sharedRedis();
    const { store } = await inRedis(redis.port);
    const serverTime = async (): Promise<number> => {
      const [seconds, micros] = await redis.admin().time();
      return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
    };
    const before = await serverTime();
    const lease = await store.acquireLease('poll', 'a', 300);
    expect(lease?.expiresAt).toBeGreaterThanOrEqual(before + 300);
    expect(lease?.expiresAt).toBeLessThanOrEqual((await serverTime()) + 300);
    let other = await store.acquireLease('poll', 'b', 300);
    expect(other).toBeUndefined();
    while (other === undefined) other = await store.acquireLease('poll', 'b', 300);
    expect(await serverTime()).toBeGreaterThanOrEqual(lease?.expiresAt ?? 0);
    expect(other.fence).toBeGreaterThan(lease?.fence ?? 0);
  });

  describe('several gateways', () => {
    it('begin at once on an empty Redis, and have the same; one that ends takes nothing along', async () => {
      const redis = await sharedRedis();
      const keyPrefix = newPrefix();
      const [first, second, third] = await Promise.all([1, 2, 3].map(() => inRedis(redis.port, { keyPrefix })));
      if (!first || !second || !third) throw new TypeError('there are too few');
      await first.store.put('a', 'b');
      await first.store.writeLarge('big', pieces('x'));
      expect([await second.store.get('a'), await collect(await third.store.openLarge('big'))]).toEqual(['b', 'x']);
      const claims = () => redis.admin().keys(`${keyPrefix}gateway:*`);
      expect(await claims()).toHaveLength(3);
      await first.store.dispose();
      expect(await claims()).toHaveLength(2);
      await second.store.put('a', 'c');
      expect(await third.store.get('a')).toBe('c');
      expect([second, third].map(({ faults, store }) => [faults, store.health()])).toEqual([
        [[], { durable: true, message: null }],
        [[], { durable: true, message: null }],
      ]);
    });

    it('may write as long as they hold their own claim: what was sent under one that is over is not done, and sent anew', async () => {
      const redis = await sharedRedis();
      const { store, keyPrefix, faults } = await inRedis(redis.port, { claimMs: 60_000, patienceMs: 20_000 });
      await store.put('a', 'mine');
      const admin = redis.admin();
      const [claim = ''] = await admin.keys(`${keyPrefix}gateway:*`);
      const token = await admin.get(claim);
      expect(token).toContain(` ${process.pid} `);
      await admin.set(claim, 'of a later session');
      await store.put('a', 'late');
      const [values = ''] = await admin.keys(`${keyPrefix}*:values`);
      expect(await admin.hget(values, 'a')).toBe('late');
      const next = await admin.get(claim);
      expect(next).toContain(` ${process.pid} `);
      expect(next).not.toBe(token);
      await admin.del(claim);
      expect(await store.append('s', 'x', { keep: 5 })).toBeGreaterThan(0);
      expect((await store.read('s', { after: 0, limit: 5 })).entries).toHaveLength(1);
      expect(faults).toEqual([]);
    });
  });

  describe('a stamp that is not known', () => {
    it.each([
      ['7 abcdef', 'unknown-version', 'of an unknown version (it has 7, this product writes 1)'],
      ['nonsense', 'damaged', 'damaged (its stamp cannot be read)'],
    ])('%j is set aside with its data, reported, and a fresh store begun', async (stamp, kind, words) => {
      const redis = await sharedRedis();
      const before = await inRedis(redis.port);
      await before.store.put('a', 'b');
      await before.store.dispose();
      const admin = redis.admin();
      const own = await admin.get(`${before.keyPrefix}store`);
      await admin.set(`${before.keyPrefix}store`, stamp);

      const { store, faults } = await inRedis(redis.port, { keyPrefix: before.keyPrefix });
      expect(faults).toEqual([{ kind, message: expect.stringContaining(words) }]);
      expect(store.health()).toEqual({ durable: true, message: faults[0]?.message });
      expect(await store.get('a')).toBeUndefined();
      await store.put('a', 'fresh');
      const [aside = ''] = await admin.keys(`${before.keyPrefix}store.aside-*`);
      expect(faults[0]?.message).toContain(aside);
      expect(await admin.get(aside)).toBe(stamp);
      expect(await admin.hget(`${before.keyPrefix}${own?.split(' ')[1]}:values`, 'a')).toBe('b');
    });
  });

  describe('a server that does not keep everything', () => {
    it('keeps nothing: the store says so and what to set, once, and notices when it is mended', async () => {
      const redis = await start(forgetful);
      const { store, faults, recoveries } = await inRedis(redis.port, { claimMs: 300 });
      await store.put('a', 'b');
      expect(store.health()).toEqual({
        durable: false,
        forgetful: true,
        message: expect.stringContaining('Set `appendonly yes` and `appendfsync always` at the server.'),
      });
      expect(faults).toEqual([{ kind: 'not-persistent', message: store.health().message }]);
      const admin = redis.admin();
      await admin.config('SET', 'appendfsync', 'always');
      await admin.config('SET', 'appendonly', 'yes');
      await until(() => store.health().durable);
      expect(store.health()).toEqual({ durable: true, message: null });
      expect([faults.length, recoveries()]).toEqual([1, 1]);
      await admin.config('SET', 'appendonly', 'no');
      await until(() => faults.length === 2);
      expect(store.health().durable).toBe(false);
    });

    it.each([
      ['everysec', 'once a second'],
      ['no', 'half a minute'],
    ])('flushes by %s: a weaker promise, and said so', async (flushing, words) => {
      const redis = await start(['--appendonly', 'yes', '--appendfsync', flushing]);
      expect((await inRedis(redis.port)).store.health()).toEqual({ durable: true, message: expect.stringContaining(words) });
    });

    it('does not let itself be asked how it flushes', async () => {
      const redis = await start([...persistent, '--rename-command', 'CONFIG', '']);
      expect((await inRedis(redis.port)).store.health()).toEqual({
        durable: true,
        message: expect.stringContaining('does not say how often'),
      });
    });

    it('throws entries away when it is full', async () => {
      const redis = await start([...persistent, '--maxmemory', '100mb', '--maxmemory-policy', 'allkeys-lru']);
      const { store } = await inRedis(redis.port);
      expect(store.health()).toEqual({ durable: false, forgetful: true, message: expect.stringContaining('noeviction') });
      // Which is not to say that it would forget.
      await redis.stop();
      await store.put('a', 'b');
      await until(() => store.health().message?.includes('cannot be reached') === true);
      expect(store.health()).toEqual({ durable: false, message: expect.any(String) });
    });
  });

  describe('at the door', () => {
    const refusal = async (target: Parameters<typeof createRedisStore>[0]['target']): Promise<string> => {
      const error: unknown = await createRedisStore({ target, keyPrefix: newPrefix(), onFault: () => undefined, startPatienceMs: 0 }).then(
        (store) => store.dispose(),
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'INVALID_INPUT' });
      expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2|opensesame/);
      return error instanceof Error ? error.message : '';
    };

    it('a password is asked for, and never told', async () => {
      const { port } = await start([...persistent, '--requirepass', 'opensesame']);
      const target = { host: '127.0.0.1', port, database: 0 };
      expect(await refusal(target)).toBe(`Redis at 127.0.0.1:${port}, database 0: it wants a password, and \`store.url\` has none.`);
      expect(await refusal({ ...target, password: new Secret('hunter2') })).toContain('it refuses the user and password of `store.url`');
      const { store } = await inRedis(port, { target: { ...target, password: new Secret('opensesame') } });
      expect(store.health()).toEqual({ durable: true, message: null });
    });

    it('a user may be let in who can do just what the documentation says', async () => {
      const prefix = newPrefix();
      const rights = '+@all -@admin -@dangerous +info -@connection +auth +select';
      const acl = ['--user', 'vigil', 'on', '>opensesame', `~${prefix}*`, ...rights.split(' ')];
      const { port } = await start([...persistent, ...acl]);
      const target = { host: '127.0.0.1', port, database: 0, username: 'vigil', password: new Secret('opensesame') };
      const { store, keyPrefix } = await inRedis(port, { target, keyPrefix: prefix });
      await store.put('a', 'b');
      await store.writeLarge('big', pieces('x'));
      await store.acquireLease('l', 'me', 100);
      await store.append('s', 'x', { keep: 1 });
      await store.trim('s', { before: 1 });
      expect(await store.list('', { limit: 1 })).toEqual([{ key: 'a', value: 'b' }]);
      let told = 0;
      store.listen('s', () => {
        told += 1;
      });
      await until(() => told === 1);
      await (await inRedis(port, { target, keyPrefix: prefix })).store.append('s', 'y', { keep: 1 });
      await until(() => told > 1);
      expect(store.health()).toMatchObject({ durable: true, message: expect.stringMatching(/^Redis does not say how often[^.]*\.$/) });
      expect(keyPrefix).toBe(prefix);
      expect(await refusal({ ...target, database: 0, username: 'nobody' })).toContain('refuses the user and password');
      expect(await refusal(target)).toContain('may not do what the store needs');
    });

    it('a password that the server does not have is a fault, and so is a database it does not have', async () => {
      const { port } = await sharedRedis();
      const target = { host: '127.0.0.1', port, database: 0 };
      expect(await refusal({ ...target, password: new Secret('hunter2') })).toContain('perhaps it has none itself');
      expect(await refusal({ ...target, database: 99 })).toContain('it has no database 99');
    });

    it('databases are apart', async () => {
      const { port } = await sharedRedis();
      const first = await inRedis(port);
      const second = await inRedis(port, { keyPrefix: first.keyPrefix, target: { host: '127.0.0.1', port, database: 3 } });
      await first.store.put('a', 'b');
      expect(await second.store.get('a')).toBeUndefined();
    });

    it('TLS is spoken with the authorities given, and nothing is said to a server that cannot prove itself', async () => {
      const folder = newFolder();
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
      execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '2', ...subject], {
        stdio: 'ignore',
      });
      const redis = await startRealRedis([...persistent, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-auth-clients', 'no'], {
        tls: true,
      });
      later(() => redis.dispose());
      const target = { host: 'localhost', port: redis.port, database: 0 };
      const { store } = await inRedis(redis.port, { target: { ...target, tls: { ca: readFileSync(cert, 'utf8') } } });
      await store.put('a', 'b');
      expect(await store.get('a')).toBe('b');
      expect(await refusal({ ...target, tls: {} })).toMatch(/TLS cannot be agreed on with it \(\w*SELF_SIGNED\w*\)/);
      const unchecked = await inRedis(redis.port, { target: { ...target, tls: { rejectUnauthorized: false } } });
      expect(unchecked.store.health().durable).toBe(true);
    });
  });
});
