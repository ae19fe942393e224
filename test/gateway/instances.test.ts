import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { createGateway, type Gateway, vendorModules } from '../../src/gateway.js';
import { eventually } from '../support/progress-rig.js';
import { persistent, redisIsMissing, startRealRedis, withoutRedis } from '../support/real-redis.js';
import { sampleAuth, startSymetry } from '../support/symetry-simulator.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Instance {
  readonly gateway: Gateway;
  readonly lines: Readonly<Record<string, unknown>>[];
  readonly ready: () => Promise<unknown>;
  readonly metric: (name: string) => Promise<string | undefined>;
}

const start = async (redisUrl: string, simulatorUrl: string): Promise<Instance> => {
  const lines: Readonly<Record<string, unknown>>[] = [];
  const log = new Writable({
    write: (chunk, _encoding, done) => {
      lines.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const text = JSON.stringify({
    server: { port: 0 },
    store: { kind: 'redis', url: redisUrl },
    backends: [{ id: 'one', vendor: 'symetryml', url: simulatorUrl, auth: sampleAuth }],
  });
  const gateway = await createGateway(loadConfig({ text, env: {}, baseDir: '/', vendors: vendorModules }), { logger: pino({}, log) });
  undo.push(gateway.stop);
  return {
    gateway,
    lines,
    ready: async () => (await fetch(`${gateway.url}/health/ready`)).json(),
    metric: async (name) =>
      (await (await fetch(`${gateway.url}/metrics`)).text()).split('\n').find((line) => line.startsWith(`${name}{backend="one"}`)),
  };
};
const lost = 'this instance does not ask the backend for all instances any more';
const taken = 'this instance asks the backend for all instances from now on';
const saidOf = ({ lines }: Instance) => lines.flatMap(({ msg, backend }) => (/^this instance /.test(String(msg)) ? [[backend, msg]] : []));

describe.skipIf(withoutRedis())(`two gateways on one Redis (${redisIsMissing})`, () => {
  it('say which of them asks a backend, and when another one takes over', async () => {
    const [redis, simulator] = await Promise.all([startRealRedis(persistent), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose);
    const first = await start(redis.url, simulator.url);
    const second = await start(redis.url, simulator.url);
    expect(await first.ready()).toMatchObject({ store: 'durable', leads: ['one'], instance: expect.any(String) });
    expect(await second.ready()).toMatchObject({ store: 'durable', leads: [] });
    expect([await first.metric('vigil_leads'), await second.metric('vigil_leads')]).toEqual([
      'vigil_leads{backend="one"} 1',
      'vigil_leads{backend="one"} 0',
    ]);
    await first.gateway.stop();
    await eventually(second.ready, (report) => JSON.stringify(report).includes('"leads":["one"]'));
    expect(await second.metric('vigil_takeovers_total')).toBe('vigil_takeovers_total{backend="one"} 1');
    expect(saidOf(first)).toEqual([
      ['one', taken],
      ['one', lost],
    ]);
    expect(saidOf(second)).toEqual([['one', taken]]);
  });

  it('say that they ask for their own clients only while Redis is away, and count no takeover then', async () => {
    const [redis, simulator] = await Promise.all([startRealRedis(persistent), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose);
    const instance = await start(redis.url, simulator.url);
    await redis.kill();
    const alone = 'this instance asks the backend for its own clients, as long as the store cannot be reached';
    await eventually(
      async () => saidOf(instance).map(([, said]) => said),
      (said) => said.includes(alone),
    );
    expect(saidOf(instance).map(([, said]) => said)).toEqual([taken, lost, alone]);
    expect(await instance.metric('vigil_takeovers_total')).toBe('vigil_takeovers_total{backend="one"} 1');
  });

  it('are told at once when they ask different servers under the same key', async () => {
    const [redis, simulator, another] = await Promise.all([startRealRedis(persistent), startSymetry(), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose, another.dispose);
    const [first, second] = [await start(redis.url, simulator.url), await start(redis.url, another.url)];
    for (const { lines } of [first, second])
      await eventually(
        async () => lines.filter(({ level }) => level === 50).map(({ msg }) => String(msg)),
        (said) => said.some((msg) => /something else by the same keys of backends \(one\)/.test(msg)),
      );
  });
});
