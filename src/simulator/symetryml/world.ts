import type { SimulatorOptions } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';
import { createTimers, type Timers } from '../timers.js';
import { type Customer, customersOf } from './customers.js';
import { type Dialect, findDialect } from './dialect.js';
import type { JobRecord } from './job-record.js';
import { createProjects, type Projects } from './projects.js';
import { initialSettings, type Settings } from './settings.js';

/** Everything one simulated server holds. */
export interface World {
  readonly dialect: Dialect;
  readonly timers: Timers;
  readonly settings: Settings;
  readonly customers: ReadonlyMap<string, Customer>;
  readonly projects: Projects;
  /** Jobs there are, in the order of their numbers. */
  readonly jobs: Map<number, JobRecord>;
  /** Jobs of all times, the gone ones too. */
  readonly history: JobRecord[];
  /** Signatures seen while replays are refused. */
  readonly signatures: Set<string>;
  /** What a proxy took off the paths. */
  readonly basePath: string;
  /** Rises with every restart. */
  incarnation: number;
  nextJobId: number;
  startedAt: number;
  /** Until then every request is answered 503; real time. */
  downUntil: number;
  /** The server's own clock. */
  now(): number;
  dispose(): void;
}

/** A server without projects and jobs. */
export function createWorld(options: SimulatorOptions): World {
  const speed = options.speed ?? 1;
  if (!(speed > 0)) throw new SimulatorError(`speed must be above 0, not ${speed}`);
  const dialect = findDialect(options.version);
  const customers = customersOf(options.users);
  const timers = createTimers(speed);
  const settings: Settings = { ...initialSettings };
  return {
    dialect,
    timers,
    settings,
    customers,
    projects: createProjects(),
    jobs: new Map(),
    history: [],
    signatures: new Set(),
    basePath: (options.basePath ?? '').replace(/\/+$/, '').replace(/^(?=[^/])/, '/'),
    incarnation: 1,
    nextJobId: 1,
    startedAt: timers.now(),
    downUntil: 0,
    now: () => timers.now() + settings.clockOffsetMs,
    dispose: () => timers.dispose(),
  };
}
