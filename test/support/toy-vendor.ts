import {
  type Action,
  type AnomalyQuery,
  type BackendProfile,
  type CallOptions,
  type ClusterNode,
  type ClusterStats,
  type Datafeed,
  type Detector,
  type FieldSet,
  formatId,
  isUnfinished,
  type Job,
  type JobMessage,
  type ModelSnapshot,
  type PartFailure,
  parseId,
  type Reading,
  type Readings,
  type Sliced,
  type Task,
  type TaskQuery,
  type VendorAdapter,
  type VendorModule,
  type Verb,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import { Field, ID, JobDetails, JobDetailsWithModelSnapshots, NodeMetrics, ObjectType, SafeIntScalar } from '../../src/graphql/kit.js';
import { createToyDetectors, type ToyDetectorWorld, toyDetector } from './toy-detectors.js';
import { emptyToyResults, newestOf, type ToyResults } from './toy-results.js';
import { StartToyResolver, ToyPaint } from './toy-start.js';

/** A nested fact of the toy's own. */
@ObjectType('ToyTally', { simpleResolvers: true, description: 'What a toy job has counted.' })
class ToyTally {
  @Field(() => ID, { description: 'Its own id.' })
  id!: string;

  @Field(() => SafeIntScalar, { description: 'Marbles so far.' })
  marbleCount!: number;
}

@ObjectType('ToyJobDetails', { implements: JobDetails, simpleResolvers: true, description: 'What only the toy vendor knows about a job.' })
class ToyJobDetails extends JobDetailsWithModelSnapshots {
  @Field(() => String, { nullable: true, description: 'Its colour; null when unpainted.' })
  colour!: string | null;

  @Field(() => ToyTally, { nullable: true, description: 'What it counted; null when it never ran.' })
  tally!: ToyTally | null;
}

@ObjectType('ToyNodeMetrics', { implements: NodeMetrics, simpleResolvers: true, description: 'What the toy vendor measures on a node.' })
class ToyNodeMetrics extends NodeMetrics {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Weight of its marbles; null where it holds none.' })
  marbleBytes!: number | null;
}

/** One call of the contract as it arrived. */
interface ToyCall {
  readonly member: string;
  readonly ids: readonly string[];
  readonly fields: FieldSet;
  readonly requestId: string;
}

/** The server behind one backend: tests write into it what it shall answer. */
export interface ToyWorld extends ToyDetectorWorld {
  readonly key: string;
  readonly jobs: Map<string, Job>;
  readonly tasks: Map<string, Task>;
  readonly datafeeds: Map<string, Datafeed>;
  readonly nodes: Map<string, ClusterNode>;
  /** Whether the product has detectors. */
  hasDetectors: boolean;
  /** Whether it remembers tasks that have ended; it then tells of unfinished ones apart. */
  remembersTasks: boolean;
  readonly messages: Map<string, readonly JobMessage[]>;
  readonly snapshots: Map<string, readonly ModelSnapshot[]>;
  cluster: ClusterStats | null;
  /** Whether it says how many there are of what it pages. */
  counts: boolean;
  readonly calls: ToyCall[];
  readonly sent: Verb[];
  /** What the gateway keeps of a product that hands results over once. */
  readonly results: ToyResults;
  /** Thrown by every call, or by those named. */
  readonly failing: Map<string, Error>;
  /** Native ids whose reading is undetermined. */
  readonly undetermined: Map<string, VigilError>;
  /** Parts that every answer about jobs, nodes or detectors lacks. */
  missing: readonly PartFailure[];
  version: string | null;
  /** Names of the members called, in order. */
  called(): readonly string[];
  addJob(nativeId: string, facts?: Partial<Job>): Job;
  addTask(nativeId: string, facts?: Partial<Task>): Task;
  addDetector(nativeId: string, facts?: Partial<Detector>): Detector;
}

export const toyActions: readonly Action[] = [
  'OPEN_JOB',
  'CLOSE_JOB',
  'RESET_JOB',
  'DELETE_JOB',
  'REVERT_JOB',
  'START_DATAFEED',
  'STOP_DATAFEED',
  'CANCEL_TASK',
];
const epoch = 1_700_000_000_000;

/** A native id may carry its incarnation: `7~a`. */
const idOf = (kind: 'job' | 'task', backendKey: string, nativeId: string, since: number): string =>
  nativeId.includes('~') ? formatId(kind, backendKey, nativeId) : formatId(kind, backendKey, nativeId, since);

/** A task with nothing in particular about it. */
export const toyTask = (backendKey: string, nativeId: string, facts: Partial<Task> = {}): Task => ({
  id: idOf('task', backendKey, nativeId, facts.startedAt ?? epoch),
  backendKey,
  nativeId,
  kind: 'POLISH',
  vendorType: 'toy:polish',
  state: 'RUNNING',
  vendorState: 'polishing',
  progress: null,
  counts: null,
  startedAt: epoch,
  endedAt: null,
  updatedAt: null,
  error: null,
  cancellable: true,
  startedBy: null,
  jobNativeId: null,
  parentId: null,
  idempotencyKey: null,
  ...facts,
});

const toyJob = (backendKey: string, nativeId: string, facts: Partial<Job> = {}): Job => {
  const id = idOf('job', backendKey, nativeId, facts.createdAt ?? epoch);
  return {
    id,
    backendKey,
    nativeId,
    type: 'marble_run',
    state: 'CLOSED',
    vendorState: 'closed',
    stateReason: null,
    description: null,
    groups: [],
    owner: null,
    createdAt: epoch,
    startedAt: null,
    finishedAt: null,
    lastActivityAt: null,
    processed: null,
    node: null,
    datafeed: null,
    allowedActions: ['OPEN_JOB', 'RESET_JOB', 'DELETE_JOB'],
    details: {
      typename: 'ToyJobDetails',
      id: `${id}/details`,
      raw: { paint: 'red' },
      ...{ colour: 'red', tally: { id: `${id}/tally`, marbleCount: 7 } },
    },
    ...facts,
  };
};

const createWorld = (key: string): ToyWorld => {
  const world: ToyWorld = {
    key,
    jobs: new Map(),
    tasks: new Map(),
    datafeeds: new Map(),
    nodes: new Map(),
    hasDetectors: false,
    remembersTasks: false,
    detectors: new Map(),
    profiles: new Map(),
    entityProfiles: new Map(),
    sentToDetectors: [],
    anomalies: new Map(),
    messages: new Map(),
    snapshots: new Map(),
    cluster: null,
    counts: true,
    slices: [],
    calls: [],
    sent: [],
    results: emptyToyResults(),
    failing: new Map(),
    undetermined: new Map(),
    missing: [],
    version: '1.0',
    called: () => world.calls.map(({ member }) => member),
    addJob(nativeId, facts) {
      const job = toyJob(key, nativeId, facts);
      world.jobs.set(nativeId, job);
      return job;
    },
    addTask(nativeId, facts) {
      const task = toyTask(key, nativeId, facts);
      world.tasks.set(nativeId, task);
      return task;
    },
    addDetector(nativeId, facts) {
      const detector = toyDetector(key, nativeId, facts);
      world.detectors.set(nativeId, detector);
      return detector;
    },
  };
  return world;
};

/** As the contract allows, not more than was asked for: what nobody wants is not delivered. */
const wanted = (job: Job, fields: FieldSet): Job => {
  const { id, backendKey, nativeId, ...facts } = job;
  return { id, backendKey, nativeId, ...Object.fromEntries(Object.entries(facts).filter(([name]) => fields.has(`Job.${name}`))) };
};

const native = (id: string | null): string => (id === null ? '' : parseId(id).native);

const matches = (task: Task, query: TaskQuery): boolean => {
  const within = (list: readonly string[] | undefined, value: string | null | undefined): boolean =>
    list === undefined || list.includes(value ?? '');
  return (
    within(query.detectors, task.detectorNativeId) &&
    within(query.jobs, task.jobNativeId) &&
    within(query.parents, native(task.parentId)) &&
    within(query.kinds, task.kind) &&
    within(query.states, task.state) &&
    (query.includeEntities || !task.entity?.length)
  );
};

const connectTo = (world: ToyWorld): VendorAdapter => {
  const profile = (): BackendProfile => ({ version: world.version, capabilities: toyActions, notice: null });
  const arrive = (member: string, ids: readonly string[], fields: FieldSet, { requestId }: Pick<CallOptions, 'requestId'>): void => {
    world.calls.push({ member, ids, fields, requestId });
    const failure = world.failing.get(member) ?? world.failing.get('*');
    if (failure) throw failure;
  };
  const readingOf = <T>(nativeId: string, value: T | undefined): Reading<T> => {
    const cause = world.undetermined.get(nativeId);
    if (cause) return { status: 'undetermined', cause };
    return value === undefined ? { status: 'gone' } : { status: 'found', value };
  };
  const readings = <T>(ids: readonly string[], find: (id: string) => T | undefined): Readings<T> => ({
    // In an order of its own, as vendors do.
    readings: new Map([...ids].reverse().map((id) => [id, readingOf(id, find(id))])),
    missing: [],
  });
  const none: FieldSet = new Set();
  const cut = <T>(all: readonly T[], { skip, first }: { readonly skip: number; readonly first: number }): Sliced<T> => ({
    items: all.slice(skip, skip + first),
    totalCount: world.counts ? all.length : null,
  });

  const adapter: VendorAdapter = {
    async learnProfile(call) {
      arrive('learnProfile', [], none, call);
      return profile();
    },
    async listJobs(fields, call) {
      arrive('listJobs', [], fields, call);
      return { items: [...world.jobs.values()].map((job) => wanted(job, fields)), missing: world.missing };
    },
    async readJobs(ids, fields, call) {
      arrive('readJobs', ids, fields, call);
      const found = readings(ids, (id) => {
        const job = newestOf(world.jobs, id)?.[1];
        return job && wanted(job, fields);
      });
      return { ...found, missing: world.missing };
    },
    async discoverTasks(fields, call, watched = []) {
      arrive('discoverTasks', watched, fields, call);
      const all = [...world.tasks.values()];
      const discovered = (task: Task): boolean =>
        (isUnfinished(task) && !task.entity?.length) || (task.nativeId !== null && watched.includes(task.nativeId));
      return { items: world.remembersTasks ? all.filter(discovered) : all, missing: [] };
    },
    async readTasks(ids, fields, call) {
      arrive('readTasks', ids, fields, call);
      return readings(ids, (id) => newestOf(world.tasks, id)?.[1]);
    },
    async readDatafeeds(ids, fields, call) {
      arrive('readDatafeeds', ids, fields, call);
      return readings(ids, (id) => world.datafeeds.get(id));
    },
    async readNodes(ids, fields, call) {
      arrive('readNodes', ids, fields, call);
      return readings(ids, (id) => world.nodes.get(id));
    },
    async listNodes(fields, call) {
      arrive('listNodes', [], fields, call);
      return { items: [...world.nodes.values()], missing: world.missing };
    },
    async readClusterStats(fields, call) {
      arrive('readClusterStats', [], fields, call);
      return world.cluster;
    },
    async readAnomalies(jobId, query: AnomalyQuery, fields, call) {
      arrive('readAnomalies', [jobId], fields, call);
      world.slices.push(query);
      return cut(world.anomalies.get(jobId) ?? [], query);
    },
    async readJobMessages(ids, first, call) {
      arrive('readJobMessages', ids, none, call);
      world.slices.push({ first });
      return new Map(ids.map((id) => [id, (world.messages.get(id) ?? []).slice(0, first)]));
    },
    async readModelSnapshots(jobId, slice, call) {
      arrive('readModelSnapshots', [jobId], none, call);
      world.slices.push(slice);
      return cut(world.snapshots.get(jobId) ?? [], slice);
    },
    async expandJobs({ expression }, call) {
      arrive('expandJobs', [expression], none, call);
      return [...world.jobs.keys()].filter((id) => expression === '_all' || expression.split(',').includes(id));
    },
    verbFields: new Set(['Job.state']),
    refusalOf: (verb, job) => (verb.action === 'RESET_JOB' && job.state !== 'CLOSED' ? new VigilError('WRONG_STATE', 'It rolls.') : null),
    isBlocking: () => false,
    taskKindOf: () => 'POLISH',
    async run(verb, call) {
      arrive('run', [], none, call);
      world.sent.push(verb);
      return { done: true };
    },
    standingOf: () => ({ state: 'UNKNOWN' }),
    dispose: async () => undefined,
  };
  const listTasks: VendorAdapter['listTasks'] = async (query, fields, call) => {
    arrive('listTasks', [], fields, call);
    world.slices.push(query);
    return { items: [...world.tasks.values()].filter((task) => matches(task, query)), missing: [] };
  };
  const detectors = createToyDetectors(world, arrive, readingOf);
  // What a product has is there or not; a test says it after the gateway has connected.
  Object.defineProperties(adapter, {
    listTasks: { enumerable: true, get: () => (world.remembersTasks ? listTasks : undefined) },
    detectors: { enumerable: true, get: () => (world.hasDetectors ? detectors : undefined) },
  });
  return adapter;
};

/** The toy vendor, and the worlds behind its backends, by key. */
export interface ToyVendor {
  readonly module: VendorModule;
  worldOf(key: string): ToyWorld;
}

/** A complete vendor in memory: what the contract asks for can be had in one file. `name` tells two toy vendors apart. */
export const createToyVendor = (name = 'TOY'): ToyVendor => {
  const worlds = new Map<string, ToyWorld>();
  const worldOf = (key: string): ToyWorld => {
    const world = worlds.get(key) ?? createWorld(key);
    worlds.set(key, world);
    return world;
  };
  return {
    worldOf,
    module: {
      id: name.toLowerCase(),
      vendor: name,
      title: 'Toy marble runs',
      taskKinds: { POLISH: 'Polishes the marbles of a run.', RESET: 'Puts the marbles back to the start.' },
      graphqlTypes: [ToyJobDetails, ToyNodeMetrics, ToyPaint],
      graphqlResolvers: [StartToyResolver],
      capabilitiesOf: () => toyActions,
      connect: (connection) => connectTo(worldOf(connection.key)),
    },
  };
};
