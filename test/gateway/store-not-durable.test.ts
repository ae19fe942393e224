import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.js';
import { createGateway, vendorModules } from '../../src/gateway.js';
import { forgetful, redisIsMissing, startRealRedis, withoutRedis } from '../support/real-redis.js';
import { sampleAuth, startSymetry } from '../support/symetry-simulator.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

describe.skipIf(withoutRedis())(`a gateway on a Redis that keeps nothing on its disk (${redisIsMissing})`, () => {
  it('starts, says that it will read no result, and says so to whoever asks how ready it is', async () => {
    const [redis, simulator] = await Promise.all([startRealRedis(forgetful), startSymetry()]);
    undo.push(redis.dispose, simulator.dispose);
    await simulator.plant({ kind: 'pca', state: 'finished' });
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
    const text = JSON.stringify({
      server: { port: 0 },
      store: { kind: 'redis', url: redis.url },
      backends: [{ id: 'sym', vendor: 'symetryml', url: simulator.url, auth: sampleAuth, consume: 'all' }],
    });
    const gateway = await createGateway(loadConfig({ text, env: {}, baseDir: '/', vendors: vendorModules }), { logger });
    undo.push(gateway.stop);
    const said = lines.map((line): Record<string, unknown> => JSON.parse(line)).find(({ msg }) => /are not read/.test(String(msg)));
    expect(said).toMatchObject({ level: 50, backends: ['sym'], store: expect.stringContaining('appendonly yes') });
    expect(await (await fetch(`${gateway.url}/health/ready`)).json()).toMatchObject({ store: 'memory' });
    expect(await (await fetch(`${gateway.url}/metrics`)).text()).toContain('vigil_store_durable 0');
  });
});
