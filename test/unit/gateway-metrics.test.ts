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

describe('the metrics of results that are handed over once', () => {
  it('tell by backend how many there are of each kind, how large they are, what is read, what waits, and what was lost', async () => {
    const metrics = createGatewayMetrics();
    const tally = { states: { NONE: 1, AVAILABLE: 2, UNCLAIMED: 3, LOST: 4, EXPIRED: 5 }, bytes: 1_000, underWay: 1, waiting: 7 };
    metrics.watch({
      backends: () => [],
      watches: () => 0,
      leads: () => true,
      store: () => ({ durable: true, message: null }),
      results: () => new Map([['sym', tally]]),
    });
    expect(await linesOf(metrics, 'vigil_results{')).toEqual(
      Object.entries(tally.states).map(([state, count]) => `vigil_results{backend="sym",state="${state}"} ${count}`),
    );
    expect(await linesOf(metrics, 'vigil_result_bytes')).toEqual(['vigil_result_bytes{backend="sym"} 1000']);
    expect(await linesOf(metrics, 'vigil_result_reads')).toEqual(['vigil_result_reads{backend="sym"} 1']);
    expect(await linesOf(metrics, 'vigil_results_waiting')).toEqual(['vigil_results_waiting{backend="sym"} 7']);
    expect(await linesOf(metrics, 'vigil_results_lost_total')).toEqual([]);
    metrics.resultLost('sym', 'broken');
    metrics.resultLost('sym', 'broken');
    expect(await linesOf(metrics, 'vigil_results_lost_total')).toEqual(['vigil_results_lost_total{backend="sym",reason="broken"} 2']);
  });
});

describe('the gauge of the last answer', () => {
  it('tells when each backend answered last, in unix seconds, and nothing of one that never has', async () => {
    const metrics = createGatewayMetrics();
    const last: { at: number | null } = { at: null };
    const backends = [backendOf('one', () => ({ lastAnswerAt: 1_700_000_000_500 })), backendOf('two', () => ({ lastAnswerAt: last.at }))];
    metrics.watch({
      backends: () => backends,
      watches: () => 0,
      leads: () => true,
      store: () => ({ durable: false, message: null }),
      results: () => new Map(),
    });
    const name = 'vigil_backend_last_answer_timestamp_seconds';
    expect(await linesOf(metrics, name)).toEqual([`${name}{backend="one"} 1700000000.5`]);
    last.at = 1_700_000_001_000;
    expect(await linesOf(metrics, name)).toEqual([`${name}{backend="one"} 1700000000.5`, `${name}{backend="two"} 1700000001`]);
  });

  it('say which backends this instance asks for all, and how often it began to', async () => {
    const metrics = createGatewayMetrics();
    const leads = new Set(['one']);
    metrics.watch({
      backends: () => [backendOf('one', () => ({})), backendOf('two', () => ({}))],
      watches: () => 0,
      leads: (key) => leads.has(key),
      store: () => ({ durable: true, message: null }),
      results: () => new Map(),
    });
    expect(await linesOf(metrics, 'vigil_leads')).toEqual(['vigil_leads{backend="one"} 1', 'vigil_leads{backend="two"} 0']);
    metrics.tookOver('two');
    leads.add('two');
    leads.delete('one');
    expect(await linesOf(metrics, 'vigil_leads')).toEqual(['vigil_leads{backend="one"} 0', 'vigil_leads{backend="two"} 1']);
    expect(await linesOf(metrics, 'vigil_takeovers_total')).toEqual(['vigil_takeovers_total{backend="two"} 1']);
  });
});
