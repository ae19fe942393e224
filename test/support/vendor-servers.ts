import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGatewayRig, type GatewayRig, type RigSimulator } from './gateway-rig.js';
import { sampleAuth, symetryRoutes } from './symetry-simulator.js';

/*
 * A server of each product with tasks on it that stand where they are, and what its gateway asks it in one tick.
 */

/** Calls by route. */
export type Calls = Readonly<Record<string, number>>;

/** What is selected decides what a tick asks. */
export type StreamName = keyof typeof streams;

export interface VendorServer {
  readonly vendor: string;
  /** More keys of the backend in vigil.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** So many more tasks, which run until the test is over. */
  plant(simulator: RigSimulator, count: number): Promise<void>;
  /** What one tick asks, by stream; without an entry the product has no such thing. */
  readonly ticks: Partial<Readonly<Record<StreamName, Calls>>>;
}

const backendKey = 'one';

/** What the product's own lists select, in short. */
export const streams = {
  tasks: 'tasksProgress { synced added { id state progress estimatedEndAt } }',
  'tasks with their jobs': 'tasksProgress { synced added { id state job { id state } } }',
  'tasks of single entities': 'tasksProgress(filter: { includeEntities: true }) { synced added { id state progress } }',
  jobs: 'jobsChanged { synced added { id state processed { current } } }',
  'jobs with what may be done': 'jobsChanged { synced added { id state allowedActions } }',
  'jobs with their tasks': 'jobsChanged { synced added { id state currentTask { id progress } } }',
  detectors: 'detectorsChanged { synced added { id name job { state } realtimeTask { id state } historicalTask { id progress } } }',
  nodes: `nodeStatsUpdated(backend: "backend:${backendKey}") { synced added { id name } }`,
  'nodes with numbers': `nodeStatsUpdated(backend: "backend:${backendKey}") { synced added { id name metrics { id } } }`,
  health: 'backendsChanged { synced backends { id health { status } } }',
} as const;

const control = async <T>(simulator: RigSimulator, method: string, path: string, body: unknown): Promise<T> => {
  const response = await fetch(`${simulator.url}/_simulator${path}`, { method, body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new TypeError(`${method} ${path}: ${JSON.stringify(answer)}`);
  return answer as T;
};

let planted = 0;
const times = async (count: number, work: (name: string) => Promise<unknown>): Promise<void> => {
  for (let index = 0; index < count; index += 1) await work(`planted-${++planted}`);
};

const resetJob = async (simulator: RigSimulator, name: string): Promise<void> => {
  await simulator.job(name, { state: 'closed', resetMs: 3_600_000 });
  const begun = await fetch(`${simulator.url}/_ml/anomaly_detectors/${name}/_reset?wait_for_completion=false`, { method: 'POST' });
  if (!begun.ok) throw new TypeError(`the reset of ${name}: ${begun.status}`);
};

/** A run over the past as it stands in the index: nothing moves it. */
const plantRuns = async (simulator: RigSimulator, count: number): Promise<void> => {
  const seed = { count, prefix: `planted-${++planted}` };
  const { detectors } = await control<{ readonly detectors: readonly string[] }>(simulator, 'POST', '/seed', seed);
  const run = { task_type: 'HISTORICAL_SINGLE_ENTITY', state: 'RUNNING', task_progress: 0.1 };
  for (const detector of detectors) await control(simulator, 'POST', '/tasks', { detector_id: detector, ...run });
};

const anomalyDetection = (vendor: string, base: string): VendorServer => {
  const tasks = `POST ${base}/detectors/tasks/_search`;
  const detectors = `POST ${base}/detectors/_search`;
  return {
    vendor,
    plant: plantRuns,
    ticks: {
      tasks: { [tasks]: 1 },
      // The states of jobs come with the latest tasks of their detectors.
      'tasks with their jobs': { [tasks]: 2, [detectors]: 1 },
      'tasks of single entities': { [tasks]: 2 },
      jobs: { [tasks]: 1, [detectors]: 1 },
      'jobs with what may be done': { [tasks]: 1, [detectors]: 1 },
      'jobs with their tasks': { [tasks]: 2, [detectors]: 1 },
      detectors: { [tasks]: 1, [detectors]: 1 },
      nodes: { 'GET /_nodes': 1 },
      'nodes with numbers': { 'GET /_nodes': 1, [`GET ${base}/stats/{stat}`]: 1 },
      health: { 'GET /': 1, [`GET ${base}/detectors/count`]: 1 },
    },
  };
};

const elasticsearch = {
  config: { 'GET /_ml/anomaly_detectors': 1 },
  stats: { 'GET /_ml/anomaly_detectors/_stats': 1 },
  datafeeds: { 'GET /_ml/datafeeds/_stats': 1 },
  tasks: { 'GET /_tasks': 1 },
};
const jobsOfSymetry = { [symetryRoutes.list]: 1 };

export const vendorServers: readonly VendorServer[] = [
  {
    vendor: 'elasticsearch-ml',
    plant: (simulator, count) => times(count, (name) => resetJob(simulator, name)),
    ticks: {
      tasks: elasticsearch.tasks,
      'tasks with their jobs': { ...elasticsearch.tasks, ...elasticsearch.config, ...elasticsearch.stats },
      'tasks of single entities': elasticsearch.tasks,
      jobs: { ...elasticsearch.config, ...elasticsearch.stats },
      'jobs with what may be done': { ...elasticsearch.config, ...elasticsearch.stats, ...elasticsearch.datafeeds },
      'jobs with their tasks': { ...elasticsearch.tasks, ...elasticsearch.config, ...elasticsearch.stats },
      nodes: { 'GET /_nodes': 1 },
      'nodes with numbers': { 'GET /_ml/memory/_stats': 1 },
      health: { 'GET /_ml/info': 1 },
    },
  },
  anomalyDetection('opensearch-ad', '/_plugins/_anomaly_detection'),
  anomalyDetection('search-guard-ad', '/_anomaly_detection/api'),
  {
    vendor: 'symetryml',
    config: { auth: sampleAuth },
    plant: (simulator, count) => times(count, () => control(simulator, 'POST', '/jobs', { kind: 'vif', held: true, state: 'running' })),
    ticks: {
      tasks: jobsOfSymetry,
      'tasks with their jobs': jobsOfSymetry,
      'tasks of single entities': jobsOfSymetry,
      jobs: jobsOfSymetry,
      'jobs with what may be done': jobsOfSymetry,
      'jobs with their tasks': jobsOfSymetry,
      health: jobsOfSymetry,
    },
  },
];

/** A gateway in front of one such server, and how often its loop has ticked. */
export interface WatchedServer {
  readonly rig: GatewayRig;
  readonly simulator: RigSimulator;
  ticks(): Promise<number>;
  dispose(): Promise<void>;
}

/** Who the back end is, it is asked once a minute: what is counted are the ticks alone. */
export const watchServer = async ({ vendor, config }: VendorServer, fastMs: number): Promise<WatchedServer> => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-watched-'));
  const rig = await createGatewayRig({
    backends: [{ id: backendKey, vendor, empty: true, speed: 1, config: { ...config, poll: { fastMs, slowMs: 60_000 } } }],
    // Where results are handed over once, memory will not do.
    config: { store: { kind: 'embedded', path: folder } },
  });
  return {
    rig,
    simulator: rig.sim(backendKey),
    ticks: async () => {
      const text = await (await fetch(`${rig.url}/metrics`)).text();
      return text
        .split('\n')
        .filter((line) => line.startsWith('vigil_poll_tick_seconds_count'))
        .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
    },
    dispose: async () => {
      await rig.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
