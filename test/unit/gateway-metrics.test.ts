import { describe, expect, it } from 'vitest';
import type { Backend, BackendHealth } from '../../src/domain/index.js';
import { createGatewayMetrics } from '../../src/gateway-metrics.js';
import { createBackend } from '../../src/progress/index.js';
import { createScriptedVendor, scriptedConnection } from '../support/scripted-vendor.js';

/** A backend that has learnt nothing yet, with the health the test gives it. */
const backendOf = (key: string, health: () => Partial<BackendHealth>): Backend => {
  const made = createBackend({ connection: scriptedConnection(key), module: createScriptedVendor(key).module, changed: () => undefined });
  return { ...made, health: () => ({ ...made.health(), ...health() }) };
};

const linesOf = async (metrics: ReturnType<typeof createGatewayMetrics>, name: string): Promise<readonly string[]> =>
  (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));

describe('the gauge of the last answer', () => {
  it('tells when each backend answered last, in unix seconds, and nothing of one that never has', async () => {
    const metrics = createGatewayMetrics();
    const last: { at: number | null } = { at: null };
    const backends = [backendOf('one', () => ({ lastAnswerAt: 1_700_000_000_500 })), backendOf('two', () => ({ lastAnswerAt: last.at }))];
    metrics.watch({ backends: () => backends, watches: () => 0, store: () => ({ durable: false, message: null }) });
    const name = 'vigil_backend_last_answer_timestamp_seconds';
    expect(await linesOf(metrics, name)).toEqual([`${name}{backend="one"} 1700000000.5`]);
    last.at = 1_700_000_001_000;
    expect(await linesOf(metrics, name)).toEqual([`${name}{backend="one"} 1700000000.5`, `${name}{backend="two"} 1700000001`]);
  });
});
