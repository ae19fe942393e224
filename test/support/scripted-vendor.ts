import {
  type Action,
  type BackendProfile,
  type CallOptions,
  type ClusterNode,
  type Connection,
  type Datafeed,
  formatId,
  type Job,
  type JobState,
  type Reading,
  type Readings,
  type Task,
  type VendorAdapter,
  type VendorModule,
  type Verb,
  type VerbAnswer,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';

/** A vendor whose every answer the test decides, and that counts what it is asked. */
export interface ScriptedVendor {
  readonly module: VendorModule;
  readonly jobs: Map<string, Job>;
  readonly datafeeds: Map<string, Datafeed>;
  readonly nodes: Map<string, ClusterNode>;
  /** Why it takes no verbs just now; null when it does. */
  notice: string | null;
  /** What the vendor's list of unfinished tasks shows. */
  readonly listed: Map<string, Task>;
  /** What it remembers by id, finished ones included. */
  readonly remembered: Map<string, Task>;
  /** What each `discoverTasks` was told somebody waits for. */
  readonly watched: (readonly string[])[];
  /** Calls by member of the contract. */
  readonly calls: Map<keyof VendorAdapter, number>;
  readonly sent: Verb[];
  /** Replaces a read: throw in it to be down. */
  beforeRead: () => Promise<void>;
  /** The same for nodes alone. */
  beforeNodes: () => Promise<void>;
  run: (verb: Verb, call: CallOptions) => Promise<VerbAnswer>;
  setJob(nativeId: string, state: JobState, more?: Partial<Job>): Job;
  setDatafeed(nativeId: string, jobNativeId: string | null, state: Datafeed['state']): void;
  makeTask(nativeId: string, more?: Partial<Task>): Task;
}

const createdAt = 1_700_000_000_000;

const reading = <T>(value: T | undefined): Reading<T> => (value === undefined ? { status: 'gone' } : { status: 'found', value });

export const createScriptedVendor = (
  key = 'one',
  capabilities: readonly Action[] = [
    'OPEN_JOB',
    'CLOSE_JOB',
    'RESET_JOB',
    'DELETE_JOB',
    'REVERT_JOB',
    'START_DATAFEED',
    'STOP_DATAFEED',
    'CANCEL_TASK',
  ],
  /** Makes another product of it. */
  extend: (adapter: VendorAdapter, vendor: ScriptedVendor) => VendorAdapter = (adapter) => adapter,
): ScriptedVendor => {
  const profile = (): BackendProfile => ({ version: '1.0', capabilities, notice: vendor.notice, dialect: 'plain' });
  const calls: ScriptedVendor['calls'] = new Map();
  const count = (member: keyof VendorAdapter): void => void calls.set(member, (calls.get(member) ?? 0) + 1);

  const read = async (member: keyof VendorAdapter): Promise<void> => {
    count(member);
    await vendor.beforeRead();
  };
  const readAll = <T>(ids: readonly string[], held: ReadonlyMap<string, T>): Readings<T> => ({
    readings: new Map(ids.map((id) => [id, reading(held.get(id))])),
    missing: [],
  });

  const adapter: VendorAdapter = {
    learnProfile: async () => {
      await read('learnProfile');
      return profile();
    },
    listJobs: async () => {
      await read('listJobs');
      return { items: [...vendor.jobs.values()], missing: [] };
    },
    readJobs: async (ids) => {
      await read('readJobs');
      return readAll(ids, vendor.jobs);
    },
    discoverTasks: async (_fields, _call, watched = []) => {
      vendor.watched.push(watched);
      await read('discoverTasks');
      return { items: [...vendor.listed.values()], missing: [] };
    },
    readTasks: async (ids) => {
      await read('readTasks');
      return readAll(ids, vendor.remembered);
    },
    readDatafeeds: async (ids) => {
      await read('readDatafeeds');
      return readAll(ids, vendor.datafeeds);
    },
    readNodes: async (ids) => {
      await read('readNodes');
      return readAll(ids, vendor.nodes);
    },
    listNodes: async () => {
      await read('listNodes');
      await vendor.beforeNodes();
      return { items: [...vendor.nodes.values()], missing: [] };
    },
    readClusterStats: async () => null,
    readAnomalies: async () => ({ items: [], totalCount: 0 }),
    readJobMessages: async (ids) => new Map(ids.map((id) => [id, []])),
    readModelSnapshots: async () => ({ items: [], totalCount: 0 }),
    expandJobs: async ({ expression }) => expression.split(','),
    verbFields: new Set(['Job.state']),
    refusalOf: (verb, job, { notice }) => {
      if (notice !== null) return new VigilError('REFUSED', notice);
      if (verb.action === 'START_DATAFEED' && job.state !== 'OPENED') return new VigilError('WRONG_STATE', `${job.nativeId} is not open.`);
      if (verb.action === 'RESET_JOB' && job.state !== 'CLOSED') return new VigilError('WRONG_STATE', `${job.nativeId} is not closed.`);
      if (verb.action === 'CLOSE_JOB' && job.state === 'CLOSING') return new VigilError('WRONG_STATE', `${job.nativeId} is closing.`);
      return null;
    },
    isBlocking: (action) => action === 'CLOSE_JOB' || action === 'OPEN_JOB' || action === 'REVERT_JOB',
    taskKindOf: (action) => (action.endsWith('_DATAFEED') ? 'UNKNOWN' : action.slice(0, action.indexOf('_'))),
    run: (verb, call) => {
      count('run');
      vendor.sent.push(verb);
      return vendor.run(verb, call);
    },
    standingOf: (action, found) => {
      if (found.status === 'undetermined') return { state: 'UNKNOWN' };
      if (action === 'DELETE_JOB') return { state: found.status === 'gone' ? 'SUCCEEDED' : 'RUNNING' };
      if (found.status === 'gone') return { state: 'UNKNOWN' };
      const { state } = found.value;
      if (state === 'CLOSED') return { state: 'SUCCEEDED' };
      if (state === 'FAILED') return { state: 'FAILED', error: new VigilError('WRONG_STATE', 'the job has failed') };
      return { state: state === 'CLOSING' || state === 'RESETTING' ? 'RUNNING' : 'UNKNOWN' };
    },
    dispose: async () => undefined,
  };

  const vendor: ScriptedVendor = {
    module: {
      id: 'scripted',
      vendor: 'SCRIPTED',
      title: 'Scripted',
      taskKinds: { OPEN: 'Opens.', CLOSE: 'Closes.', RESET: 'Resets.', DELETE: 'Deletes.', REVERT: 'Reverts.' },
      graphqlTypes: [],
      capabilitiesOf: () => capabilities,
      connect: () => extend(adapter, vendor),
    },
    jobs: new Map(),
    datafeeds: new Map(),
    nodes: new Map(),
    watched: [],
    notice: null,
    listed: new Map(),
    remembered: new Map(),
    calls,
    sent: [],
    beforeRead: async () => undefined,
    beforeNodes: async () => undefined,
    run: async () => ({ done: true }),
    setJob: (nativeId, state, more = {}) => {
      const job: Job = {
        id: formatId('job', key, nativeId, createdAt),
        backendKey: key,
        nativeId,
        state,
        vendorState: state.toLowerCase(),
        description: null,
        groups: [],
        ...more,
      };
      vendor.jobs.set(nativeId, job);
      return job;
    },
    setDatafeed: (nativeId, jobNativeId, state) => {
      vendor.datafeeds.set(nativeId, {
        id: formatId('datafeed', key, nativeId),
        backendKey: key,
        nativeId,
        jobNativeId,
        ...(state ? { state } : {}),
      });
    },
    makeTask: (nativeId, more = {}) => ({
      id: formatId('task', key, nativeId, createdAt),
      backendKey: key,
      nativeId,
      kind: 'RESET',
      vendorType: 'reset',
      state: 'RUNNING',
      vendorState: null,
      progress: null,
      counts: null,
      startedAt: createdAt,
      endedAt: null,
      updatedAt: null,
      error: null,
      cancellable: true,
      startedBy: null,
      jobNativeId: null,
      parentId: null,
      idempotencyKey: null,
      ...more,
    }),
  };
  return vendor;
};

/** A connection for a vendor that opens no socket; polls fast, so that tests wait for events and not for clocks. */
export const scriptedConnection = (key: string, more: Partial<Connection> = {}): Connection => ({
  key,
  vendorId: 'scripted',
  url: new URL('http://127.0.0.1:1'),
  auth: { kind: 'none' },
  readOnly: false,
  http: {
    requestTimeoutMs: 2_000,
    connectTimeoutMs: 500,
    maxResponseBytes: 1_000_000,
    maxConnections: 4,
    maxRetries: 0,
    breakerThreshold: 5,
    breakerResetMs: 100,
  },
  poll: { fastMs: 10, slowMs: 40 },
  ...more,
});
