import { type Changes, createChanges } from '../changes.js';
import type { SimulatedUser } from '../simulator.js';
import { createTimers, type Timers } from '../timers.js';
import { type Cluster, createCluster } from './cluster.js';
import type { Dialect } from './dialect.js';
import type { AuditMessage, DatafeedRecord, JobRecord } from './records.js';
import { createTaskRegistry, type TaskRegistry } from './tasks.js';

/** Settings of the cluster that control routes may change. */
export interface Settings {
  upgradeMode: boolean;
  /** `cluster.persistent_tasks.allocation.enable`. */
  allocation: 'all' | 'none';
  /** `xpack.ml.max_open_jobs`. */
  maxOpenJobs: number;
  licence: 'trial' | 'basic';
  /** `xpack.ml.enabled`: without, its paths are nobody's. */
  ml: boolean;
  users: readonly SimulatedUser[] | undefined;
}

/** Everything one simulated cluster holds. */
export interface World {
  readonly dialect: Dialect;
  readonly timers: Timers;
  readonly changes: Changes;
  readonly cluster: Cluster;
  readonly tasks: TaskRegistry;
  readonly jobs: Map<string, JobRecord>;
  readonly datafeeds: Map<string, DatafeedRecord>;
  /** Indices there are, with whether their mapping knows a field; `any` for those a seed reads. */
  readonly indices: Map<string, ReadonlySet<string> | 'any'>;
  readonly messages: AuditMessage[];
  readonly settings: Settings;
  /** Allocation ids of persistent tasks rise over the whole cluster. */
  nextAllocation(): number;
  audit(jobId: string, message: string, level?: AuditMessage['level']): void;
  dispose(): void;
}

/** How many nodes a simulated cluster has. */
const clusterSize = 3;

/** An empty cluster. */
export function createWorld(dialect: Dialect, speed: number, users: readonly SimulatedUser[] | undefined): World {
  const timers = createTimers(speed);
  const changes = createChanges();
  const cluster = createCluster(dialect, clusterSize);
  const messages: AuditMessage[] = [];
  let allocation = 0;
  return {
    dialect,
    timers,
    changes,
    cluster,
    tasks: createTaskRegistry(cluster, changes, dialect.tellsCancelled),
    jobs: new Map(),
    datafeeds: new Map(),
    indices: new Map(),
    messages,
    settings: { upgradeMode: false, allocation: 'all', maxOpenJobs: 512, licence: 'trial', ml: true, users },
    nextAllocation() {
      allocation += 1;
      return allocation;
    },
    audit(jobId, message, level = 'info') {
      messages.push({ jobId, message, level, timestamp: timers.now(), nodeName: cluster.master().name });
    },
    dispose() {
      timers.dispose();
      changes.dispose();
    },
  };
}

/** Pauses for simulated time, or until something ends the pause; says whether it was ended. */
export const pauseUnless = (world: World, ended: () => boolean, simulatedMs: number): Promise<boolean> =>
  world.changes.until(ended, Math.max(1, simulatedMs / world.timers.speed));

/** The datafeed of a job; there is at most one. */
export const datafeedOf = (world: World, jobId: string): DatafeedRecord | undefined =>
  [...world.datafeeds.values()].find((datafeed) => datafeed.jobId === jobId);
