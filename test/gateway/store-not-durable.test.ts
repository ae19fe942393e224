import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { createGateway, type Gateway, vendorModules } from '../../src/gateway.js';
import { forgetful, freePort, redisIsMissing, startRealRedis, withoutRedis } from '../support/real-redis.js';
import { sampleAuth, startSymetry } from '../support/symetry-simulator.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

interface Started {
  readonly gateway: Gateway;
  readonly lines: readonly string[];
}

const start = async (redisUrl: string, simulatorUrl: string, vendor = 'symetryml'): Promise<Started> => {
  const lines: string[] = [];
  const logger = pino(
    { level: 'info' },
    new Writable({
      write: (chunk, _encoding, done) => {
        lines.push(String(chunk));
        done();
      },
    }),
  );
  const backend = vendor === 'symetryml' ? { auth: sampleAuth, consume: 'all' } : {};
  const text = JSON.stringify({
    server: { port: 0 },
    store: { kind: 'redis', url: redisUrl },
    backends: [{ id: 'one', vendor, url: simulatorUrl, ...backend }],
  });
  const gateway = await createGateway(loadConfig({ text, env: {}, baseDir: '/', vendors: vendorModules }), { logger });
  undo.push(gateway.stop);
  return { gateway, lines };
};

describe.skipIf(withoutRedis())(`a gateway on a Redis that keeps nothing on its disk (${redisIsMissing})`, () => {
  it('does not start for a product that hands results over once, and says what to set', async () => {
    const [redis, simulator] = await Promise.all([startRealRedis(forgetful), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose);
    await expect(start(redis.url, simulator.url)).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringMatching(/one can be read only once.*appendonly yes/),
    });
  });

  it('starts for all others, and says so to whoever asks how ready it is', async () => {
    const [redis, simulator] = await Promise.all([startRealRedis(forgetful), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose);
    const { gateway } = await start(redis.url, simulator.url, 'elasticsearch-ml');
    expect(await (await fetch(`${gateway.url}/health/ready`)).json()).toMatchObject({
      store: 'memory',
      instance: expect.any(String),
      leads: ['one'],
    });
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('vigil_store_durable 0');
  });
});

describe('a gateway whose Redis cannot be reached', () => {
  it('starts, and says that it will read no result that can be read only once', async () => {
    const simulator = await startSymetry();
    undo.push(simulator.dispose);
    const { lines } = await start(`redis://127.0.0.1:${await freePort()}`, simulator.url);
    const said = lines.map((line): Record<string, unknown> => JSON.parse(line)).find(({ msg }) => /are not read/.test(String(msg)));
    expect(said).toMatchObject({ level: 50, backends: ['one'] });
  });
});
