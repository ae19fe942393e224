import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Backend, BackendObserver, HealthStatus } from './domain/index.js';
import { healthStatuses, resultStates } from './domain/index.js';
import type { ArchiveTally } from './progress/index.js';
import type { StoreHealth } from './store/store.js';

/** Metrics of what lies behind the doors: backends, loops, store. The server adds its own to the same registry. */
export interface GatewayMetrics {
  readonly registry: Registry;
  /** Counts every answer and failure of a backend. */
  observe(backendKey: string, noted: BackendObserver['noted']): BackendObserver;
  ticked(backendKey: string, tick: { readonly durationMs: number; readonly failed: boolean }): void;
  /** A result that could be had once is lost. */
  resultLost(backendKey: string, reason: string): void;
  /** This instance, one of several, asks a backend for all of them from now on. */
  tookOver(backendKey: string): void;
  /** Gauges read when they are scraped. */
  watch(sources: MetricSources): void;
}

/** Where gauges are read. */
export interface MetricSources {
  readonly backends: () => readonly Backend[];
  readonly watches: () => number;
  /** Whether this instance asks the backend; always where it shares its store with nobody. */
  readonly leads: (backendKey: string) => boolean;
  readonly store: () => StoreHealth;
  /** By the backends that hand results over once. */
  readonly results: () => ReadonlyMap<string, ArchiveTally>;
}

export const createGatewayMetrics = (): GatewayMetrics => {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const answers = new Histogram({
    name: 'vigil_backend_answer_seconds',
    help: 'Time until a backend had answered one request, by route and status.',
    labelNames: ['backend', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const failures = new Counter({
    name: 'vigil_backend_failures_total',
    help: 'Requests to a backend that got no usable answer, by code of the catalogue.',
    labelNames: ['backend', 'code'],
    registers,
  });
  const ticks = new Histogram({
    name: 'vigil_poll_tick_seconds',
    help: 'Duration of one tick of the loop that asks a backend for everybody who watches.',
    labelNames: ['backend', 'outcome'],
    buckets: [0.01, 0.05, 0.2, 1, 5, 20],
    registers,
  });
  const lostResults = new Counter({
    name: 'vigil_results_lost_total',
    help: 'Results of jobs begun or claimed here that a backend hands over once and that were not received, by reason.',
    labelNames: ['backend', 'reason'],
    registers,
  });
  const takeovers = new Counter({
    name: 'vigil_takeovers_total',
    help: 'How often this instance has begun to ask a backend for all instances that share the store.',
    labelNames: ['backend'],
    registers,
  });

  return {
    registry,
    tookOver: (backend) => takeovers.inc({ backend }),
    resultLost: (backend, reason) => lostResults.inc({ backend, reason }),
    observe: (backend, noted) => ({
      answered: ({ status, durationMs, route }) => answers.observe({ backend, route, status: String(status) }, durationMs / 1000),
      failed: (error) => failures.inc({ backend, code: error.code }),
      noted,
    }),
    ticked: (backend, { durationMs, failed }) => ticks.observe({ backend, outcome: failed ? 'failed' : 'answered' }, durationMs / 1000),
    watch: ({ backends, watches, leads, store, results }) => {
      const leading: Gauge = new Gauge({
        name: 'vigil_leads',
        help: 'One while this instance is the one that asks a backend for all that share the store.',
        labelNames: ['backend'],
        registers,
        collect: (): void => {
          for (const { key } of backends()) leading.set({ backend: key }, leads(key) ? 1 : 0);
        },
      });
      const health: Gauge = new Gauge({
        name: 'vigil_backend_health',
        help: 'One for the status a backend is in, zero for the others.',
        labelNames: ['backend', 'status'],
        registers,
        collect: (): void => {
          for (const backend of backends())
            for (const status of healthStatuses) health.set({ backend: backend.key, status }, isIn(backend, status));
        },
      });
      const answered: Gauge = new Gauge({
        name: 'vigil_backend_last_answer_timestamp_seconds',
        help: 'When a backend last answered anything, in unix time; absent while it never has.',
        labelNames: ['backend'],
        registers,
        collect: (): void => {
          for (const { key, health: healthOf } of backends()) {
            const { lastAnswerAt } = healthOf();
            if (lastAnswerAt !== null) answered.set({ backend: key }, lastAnswerAt / 1000);
          }
        },
      });
      const open: Gauge = new Gauge({
        name: 'vigil_watches',
        help: 'Watches open in the progress hub.',
        registers,
        collect: (): void => open.set(watches()),
      });
      const durable: Gauge = new Gauge({
        name: 'vigil_store_durable',
        help: 'One while what the store is given survives a restart.',
        registers,
        collect: (): void => durable.set(store().durable ? 1 : 0),
      });
      const kept: Gauge = new Gauge({
        name: 'vigil_results',
        help: 'Jobs remembered of backends that hand results over once, by what became of their result.',
        labelNames: ['backend', 'state'],
        registers,
        collect: (): void => {
          for (const [backend, { states }] of results()) for (const state of resultStates) kept.set({ backend, state }, states[state]);
        },
      });
      const bytes: Gauge = new Gauge({
        name: 'vigil_result_bytes',
        help: 'Bytes of the results kept, as the backend sent them.',
        labelNames: ['backend'],
        registers,
        collect: (): void => {
          for (const [backend, tally] of results()) bytes.set({ backend }, tally.bytes);
        },
      });
      const reads: Gauge = new Gauge({
        name: 'vigil_result_reads',
        help: 'Results being read from their backend just now.',
        labelNames: ['backend'],
        registers,
        collect: (): void => {
          for (const [backend, { underWay }] of results()) reads.set({ backend }, underWay);
        },
      });
      const waiting: Gauge = new Gauge({
        name: 'vigil_results_waiting',
        help: 'Results of jobs begun or claimed here that are done and still at their backend: the store would not keep them, or it does not hand them over.',
        labelNames: ['backend'],
        registers,
        collect: (): void => {
          for (const [backend, tally] of results()) waiting.set({ backend }, tally.waiting);
        },
      });
    },
  };
};

const isIn = (backend: Backend, status: HealthStatus): number => (backend.health().status === status ? 1 : 0);
