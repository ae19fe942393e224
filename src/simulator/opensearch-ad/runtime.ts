import type { NodeRecord } from './cluster.js';

/** Value of each category field. */
export type Entity = readonly { readonly name: string; readonly value: string }[];

/** The analysis of one series of values, as the node that does it remembers it. */
export interface Stream {
  readonly taskId: string;
  readonly node: string;
  readonly entity: Entity | undefined;
  /** Intervals the model has seen. */
  updates: number;
}

/** A historical analysis in work. */
export interface HistoricalRun {
  readonly detectorId: string;
  readonly taskId: string;
  readonly coordinatingNode: string;
  readonly highCardinality: boolean;
  /** Slots it holds. */
  slots: number;
  cancelled: boolean;
  readonly streams: Map<string, Stream>;
  pending: Entity[];
  /** Of a high-cardinality run, once they have been counted. */
  totalEntities: number | undefined;
  /** Lets go of everything still to come. */
  abandon(): void;
}

/** A model of a real-time analysis in memory. */
export interface Model {
  readonly id: string;
  readonly node: string;
  readonly entity: Entity | undefined;
  lastUsed: number;
  readonly lastCheckpoint: number;
}

/** A real-time analysis in work. */
export interface RealTimeRun {
  readonly detectorId: string;
  /** The node that did the last run since boot. */
  coordinatingNode: string | undefined;
  runs: number;
  initialised: boolean;
  /** Of the last intervals of a shingle, how many had data. */
  shingle: number;
  /** A first attempt to train a model has failed. */
  untrained: boolean;
  readonly models: Map<string, Model>;
  abandon(): void;
}

/** A real-time analysis that has not run yet. */
export const newRealTimeRun = (detectorId: string, initialised: boolean, abandon: () => void): RealTimeRun => ({
  detectorId,
  coordinatingNode: undefined,
  runs: 0,
  initialised,
  shingle: 0,
  untrained: false,
  models: new Map(),
  abandon,
});

/** Counters of a node since its start. */
export interface Counters {
  executed: number;
  failed: number;
  executedHc: number;
  failedHc: number;
  batchStarted: number;
  batchCancelled: number;
  batchFailed: number;
}

/** What the nodes hold in memory, and lose when they crash. */
export interface Runtime {
  readonly historical: Map<string, HistoricalRun>;
  readonly realTime: Map<string, RealTimeRun>;
  /** A request to start a historical analysis is being looked at: others are refused meanwhile. */
  checkingSlots: boolean;
  /** Entities of some detector have been looked for. */
  countedEntities: boolean;
  counters(node: NodeRecord | string): Counters;
}

/** Nodes just started. */
export function createRuntime(): Runtime {
  const counters = new Map<string, Counters>();
  return {
    historical: new Map(),
    realTime: new Map(),
    checkingSlots: false,
    countedEntities: false,
    counters(node) {
      const id = typeof node === 'string' ? node : node.id;
      const known = counters.get(id);
      if (known !== undefined) return known;
      const fresh = { executed: 0, failed: 0, executedHc: 0, failedHc: 0, batchStarted: 0, batchCancelled: 0, batchFailed: 0 };
      counters.set(id, fresh);
      return fresh;
    },
  };
}

/** Forgets what runs, as a crash does. */
export function abandonAll(runtime: Runtime): void {
  for (const run of [...runtime.historical.values(), ...runtime.realTime.values()]) run.abandon();
}
