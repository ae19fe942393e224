import { createSourceEventStream, type ExecutionResult, execute, type GraphQLError, type GraphQLSchema, parse, validate } from 'graphql';
import {
  type Backend,
  type Backends,
  type ClusterNode,
  type Detector,
  formatId,
  type GlobalId,
  type Job,
  type Ledger,
  parseId,
  type Revised,
  sameObject,
  type Task,
  type TaskBook,
  type VendorAdapter,
} from '../../src/domain/index.js';
import { isVigilError, VigilError } from '../../src/errors.js';
import { buildGatewaySchema, createGatewayContext, type GatewayContext } from '../../src/graphql/index.js';
import type {
  CountedStep,
  DatafeedOutcome,
  DatafeedVerbRequest,
  DetectorOutcome,
  DetectorVerbRequest,
  JobVerbRequest,
  ListStep,
  ProgressHub,
  StartJobRequest,
  TaskStep,
  VerbOptions,
  VerbOutcome,
  VerbService,
} from '../../src/progress/hub.js';
import { keepToyResults } from './toy-results.js';
import { createToyVendor, type ToyVendor, type ToyWorld, toyActions } from './toy-vendor.js';

/** A hub that says what it was asked, and sends what the test hands it. */
interface ScriptedHub extends ProgressHub {
  readonly asked: { readonly watch: string; readonly filter: unknown; readonly options: unknown }[];
  steps: readonly (TaskStep | ListStep<unknown>)[];
  cursors: number;
}

/** A verb service that says what it was asked, and answers what the test says. */
interface ScriptedVerbs extends VerbService {
  readonly asked: {
    readonly request: JobVerbRequest | DatafeedVerbRequest | DetectorVerbRequest | StartJobRequest | 'CANCEL' | 'EXPAND';
    readonly ids: readonly string[];
    readonly options: Partial<VerbOptions>;
  }[];
  answer: (jobId: string) => Omit<VerbOutcome, 'jobId'>;
  fed: () => DatafeedOutcome;
  detected: (detectorId: string) => Omit<DetectorOutcome, 'detectorId'>;
  started: () => Omit<VerbOutcome, 'jobId'>;
  expanded: () => readonly GlobalId[];
  cancelled: () => Awaited<ReturnType<VerbService['cancelTask']>>;
}

export interface GraphqlRig {
  readonly schema: GraphQLSchema;
  readonly toy: ToyVendor;
  readonly backends: Backends;
  /** What the gateway knows by itself. */
  readonly booked: Task[];
  readonly hub: ScriptedHub;
  readonly verbs: ScriptedVerbs;
  readonly faults: unknown[];
  world(key: string): ToyWorld;
  context(live?: Backends): GatewayContext;
  /** Validates and executes; the document's own faults fail the test. */
  run(source: string, variables?: Record<string, unknown>): Promise<ExecutionResult>;
  watch(source: string, variables?: Record<string, unknown>): Promise<readonly ExecutionResult[] | ExecutionResult>;
}

/** Which backends there are; every one is a toy. */
export interface RigOptions {
  readonly keys?: readonly string[];
  readonly readOnly?: readonly string[];
  /** Those whose product hands results over once: native ids of their jobs and tasks carry an incarnation, and jobs are started through the gateway. */
  readonly handingOver?: readonly string[];
}

/** As the gateway shows such a product; what the toy has now and then stays so. */
const handsOver = (adapter: VendorAdapter): VendorAdapter =>
  Object.create(adapter, { qualifiesIds: { value: true }, startJob: { value: async () => ({ done: false, taskId: null }) } });

/** Revisions that count readings, so that a test sees which reading an answer comes from. */
const createCountingLedger = (): Ledger => {
  let revision = 0;
  const latest = new Map<string, Revised<Task>>();
  const stamp = <T>(values: readonly T[]): readonly (T & { revision: number })[] =>
    values.map((value) => ({ ...value, revision: ++revision }));
  const stampTasks = (tasks: readonly Task[]): readonly Revised<Task>[] => {
    const stamped = stamp(tasks);
    for (const task of stamped) latest.set(task.id, task);
    return stamped;
  };
  const stampTask = (task: Task) => stampTasks([task])[0] ?? task;
  const stampDetector = ({ job, realtimeTask, historicalTask, ...detector }: Detector): Detector => ({
    ...detector,
    ...(job ? { job: stamp([job])[0] ?? job } : {}),
    ...(realtimeTask === undefined ? {} : { realtimeTask: realtimeTask && stampTask(realtimeTask) }),
    ...(historicalTask === undefined ? {} : { historicalTask: historicalTask && stampTask(historicalTask) }),
  });
  const stampDetectors = (detectors: readonly Detector[]) => stamp(detectors.map(stampDetector));
  return {
    stampJobs: (jobs: readonly Job[]) =>
      stamp(jobs.map((job) => (job.detector ? { ...job, detector: stampDetectors([job.detector])[0] ?? job.detector } : job))),
    stampTasks,
    stampDetectors,
    newestJobs: (jobs) => jobs,
    newestTasks: (tasks) => tasks.map((task) => latest.get(task.id) ?? task),
    newestDetectors: (detectors) => detectors,
    unfinishedTasks: () => [],
    agreed: async () => undefined,
  };
};

const createBook = (booked: readonly Task[]): TaskBook => ({
  tasksOf: (key) => booked.filter((task) => task.backendKey === key),
  find: (id) => booked.find((task) => sameObject(parseId(id), parseId(task.id))),
});

const createHub = (): ScriptedHub => {
  const play = async function* <T>(): AsyncGenerator<T> {
    // The hub is typed by step; what a test scripts is what its subscription expects.
    for (const step of hub.steps) yield step as T;
  };
  const hub: ScriptedHub = {
    asked: [],
    steps: [],
    cursors: 0,
    watchTask(id, options) {
      hub.asked.push({ watch: 'task', filter: id, options });
      return play<TaskStep>();
    },
    watchTasks(filter, options) {
      hub.asked.push({ watch: 'tasks', filter, options });
      return play<CountedStep<Task, Task['state']>>();
    },
    watchJobs(filter, options) {
      hub.asked.push({ watch: 'jobs', filter, options });
      return play<CountedStep<Job, NonNullable<Job['state']>>>();
    },
    watchDetectors(filter, options) {
      hub.asked.push({ watch: 'detectors', filter, options });
      return play<ListStep<Detector>>();
    },
    watchNodes(backendKey, nativeIds, options) {
      hub.asked.push({ watch: 'nodes', filter: { backendKey, nativeIds }, options });
      return play<ListStep<ClusterNode>>();
    },
    watchBackends(options) {
      hub.asked.push({ watch: 'backends', filter: undefined, options });
      return play<ListStep<never>>();
    },
    followUp: () => undefined,
    liveCursor: () => `live-${++hub.cursors}`,
    dispose: async () => undefined,
  };
  return hub;
};

const createVerbs = (): ScriptedVerbs => {
  const text = (id: GlobalId): string => formatId(id.kind, id.backend, id.native, id.incarnation);
  const verbs: ScriptedVerbs = {
    asked: [],
    answer: () => ({ job: null, task: null, errors: [] }),
    fed: () => ({ datafeed: null, job: null, task: null, errors: [] }),
    detected: () => ({ detector: null, task: null, errors: [] }),
    started: () => ({ job: null, task: null, errors: [] }),
    expanded: () => [],
    cancelled: () => ({ task: null, errors: [] }),
    async runOnJobs(request, ids, options) {
      verbs.asked.push({ request, ids: ids.map(text), options });
      return ids.map((id) => ({ jobId: text(id), ...verbs.answer(text(id)) }));
    },
    async runOnDatafeed(request, id, options) {
      verbs.asked.push({ request, ids: [text(id)], options });
      return verbs.fed();
    },
    async runOnDetectors(request, ids, options) {
      verbs.asked.push({ request, ids: ids.map(text), options });
      return ids.map((id) => ({ detectorId: text(id), ...verbs.detected(text(id)) }));
    },
    async startJob(backendKey, request, options) {
      verbs.asked.push({ request, ids: [backendKey], options });
      return { jobId: `backend:${backendKey}`, ...verbs.started() };
    },
    async expand(backendKey, expression, requestId) {
      verbs.asked.push({ request: 'EXPAND', ids: [backendKey, JSON.stringify(expression)], options: { requestId } });
      return verbs.expanded();
    },
    async cancelTask(id, options) {
      verbs.asked.push({ request: 'CANCEL', ids: [text(id)], options });
      return verbs.cancelled();
    },
  };
  return verbs;
};

const createToyBackends = (toy: ToyVendor, { keys = ['one'], readOnly = [], handingOver = [] }: RigOptions): Backends => {
  const all = keys.map((key): Backend => {
    const world = toy.worldOf(key);
    const profile = () => ({ version: world.version, capabilities: toyActions, notice: null });
    const adapter = toy.module.connect(
      {
        key,
        vendorId: toy.module.id,
        url: new URL('http://toy.invalid'),
        auth: { kind: 'none' },
        readOnly: readOnly.includes(key),
        http: {
          requestTimeoutMs: 1,
          connectTimeoutMs: 1,
          maxResponseBytes: 1,
          maxConnections: 1,
          maxRetries: 0,
          breakerThreshold: 1,
          breakerResetMs: 1,
        },
        poll: { fastMs: 1, slowMs: 1 },
      },
      { answered: () => undefined, failed: () => undefined, noted: () => undefined },
    );
    return {
      id: `backend:${key}`,
      key,
      vendor: toy.module.vendor,
      readOnly: readOnly.includes(key),
      adapter: handingOver.includes(key) ? handsOver(adapter) : adapter,
      ...(handingOver.includes(key) ? { results: keepToyResults(key, world.results) } : {}),
      profile,
      health: () => ({
        status: 'UP',
        since: 1_700_000_000_000,
        lastAnswerAt: 1_700_000_000_001,
        code: null,
        message: null,
        retryAfterMs: null,
      }),
      call: ({ signal, requestId }) => ({ signal, requestId, deadlineAt: Date.now() + 1_000, profile: profile() }),
    };
  });
  return {
    all,
    get(key) {
      const backend = all.find((each) => each.key === key);
      if (!backend) throw new VigilError('NOT_FOUND', `There is no backend "${key}". There are: ${keys.join(', ')}.`);
      return backend;
    },
  };
};

/** Made once: it knows the toy vendor, no world of its. */
let shared: GraphQLSchema | undefined;

export const createGraphqlRig = (options: RigOptions = {}): GraphqlRig => {
  const toy = createToyVendor();
  shared ??= buildGatewaySchema({ vendors: [toy.module] });
  const schema = shared;
  const backends = createToyBackends(toy, options);
  const booked: Task[] = [];
  const hub = createHub();
  const verbs = createVerbs();
  const ledger = createCountingLedger();
  const faults: unknown[] = [];
  const context = (live: Backends = backends): GatewayContext =>
    createGatewayContext({
      requestId: 'req-1',
      signal: new AbortController().signal,
      actor: 'ada',
      backends,
      liveBackends: live,
      ledger,
      book: createBook(booked),
      hub,
      verbs,
      report: (fault) => faults.push(fault),
    });
  const checked = (source: string) => {
    const document = parse(source);
    const errors = validate(schema, document);
    if (errors.length > 0) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
    return document;
  };
  return {
    schema,
    toy,
    backends,
    booked,
    hub,
    verbs,
    faults,
    world: toy.worldOf,
    context,
    run: async (source, variables = {}) =>
      execute({ schema, document: checked(source), variableValues: variables, contextValue: context() }),
    async watch(source, variables = {}) {
      const operation = { schema, document: checked(source), variableValues: variables };
      const events = await createSourceEventStream({ ...operation, contextValue: context() });
      if (!(Symbol.asyncIterator in events)) return events;
      const seen: ExecutionResult[] = [];
      for await (const event of events) seen.push(await execute({ ...operation, rootValue: event, contextValue: context() }));
      return seen;
    },
  };
};

/** Codes and input places of what went wrong, as the formatter of the execution layer finds them. */
export const codesOf = (errors: readonly GraphQLError[] | undefined): readonly string[] =>
  (errors ?? []).map(({ originalError, message, path }) =>
    isVigilError(originalError)
      ? `${originalError.code} at ${path?.join('.')}${originalError.facts.path ? ` (${originalError.facts.path.join('.')})` : ''}`
      : message,
  );
