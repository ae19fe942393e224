import type { SimulatedUser } from '../simulator.js';
import { type Cluster, createCluster } from './cluster.js';
import type { Dialect } from './dialect.js';
import { createIndices, type Indices } from './indices.js';
import { abandonAll, createRuntime, type Runtime } from './runtime.js';
import { createSchedule, type Schedule } from './schedule.js';

/** Everything one simulated cluster holds. */
export interface World {
  readonly dialect: Dialect;
  readonly schedule: Schedule;
  readonly cluster: Cluster;
  readonly indices: Indices;
  /** Absent: no security. */
  users: readonly SimulatedUser[] | undefined;
  /** Whether the plugin is installed: without, its paths are nobody's. */
  plugin: boolean;
  /** `down` answers nobody; while `recovering`, searches fail. */
  server: 'up' | 'recovering' | 'down';
  runtime: Runtime;
  /** How often the nodes have been started again. */
  restarts: number;
  /** Numbers of detectors as statistics last counted them: not refreshed while there is no index (AD source). */
  counted: { all: number; single: number; highCardinality: number };
  dispose(): void;
}

/** A cluster that holds nothing yet. */
export function createWorld(dialect: Dialect, speed: number, users: readonly SimulatedUser[] | undefined): World {
  const schedule = createSchedule(speed);
  const cluster = createCluster(dialect, 1);
  const world: World = {
    dialect,
    schedule,
    cluster,
    indices: createIndices({ nodeId: () => cluster.manager().id, now: schedule.now, restarts: () => world.restarts }),
    users,
    plugin: true,
    server: 'up',
    runtime: createRuntime(),
    restarts: 0,
    counted: { all: 0, single: 0, highCardinality: 0 },
    dispose() {
      abandonAll(world.runtime);
      schedule.dispose();
    },
  };
  return world;
}

/** A numeric setting of anomaly detection. */
export function settingOf(world: World, name: string, fallback: number): number {
  const value = world.cluster.settings.get(`${world.dialect.names.settings}.${name}`);
  return value === undefined ? fallback : Number(value);
}

/** Whether anomaly detection is switched on. */
export const isEnabled = (world: World): boolean => world.cluster.settings.get(`${world.dialect.names.settings}.enabled`) !== 'false';
