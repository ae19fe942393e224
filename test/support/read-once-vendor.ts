import {
  type CallOptions,
  formatId,
  type Job,
  type JobAnswer,
  type JobState,
  type PartFailure,
  type ResultMembers,
  type Task,
  type TaskState,
  type VendorAdapter,
  type VendorModule,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';

/** A job on the scripted server. */
export interface ServerJob {
  state: 'QUEUED' | 'RUNNING' | 'FINISHED';
  type: string;
  owner: string;
  startedAt: number | null;
  current: number | null;
  /** What it hands over. */
  body: string;
}

/** What the question for one job meets, when it is not simply answered. */
export type Trouble =
  /** The server says 500 and keeps the job. */
  | 'failed'
  /** Nothing reaches the server. */
  | 'unsent'
  /** The server hands the result over; the connection breaks while it comes. */
  | 'broken'
  /** The connection breaks and the server keeps the job. */
  | 'cut';

/** A server that hands the result of a job over once, and that counts what it is asked. */
export interface ReadOnceVendor {
  readonly module: VendorModule;
  readonly jobs: Map<string, ServerJob>;
  /** Questions for one job, by number. */
  readonly reads: Map<string, number>;
  /** Questions that handed a result over. */
  readonly handedOver: string[];
  lists: number;
  /** The list tells numbers and nothing else. */
  idsOnly: boolean;
  /** A part of the list could not be read. */
  incomplete: boolean;
  /** The list fails. */
  down: boolean;
  /** By number; a list is used up one by one. */
  readonly trouble: Map<string, Trouble[]>;
  /** Called at each list after it was made, before it is answered. */
  afterList: () => Promise<void>;
  /** Called at each question before the server sees it. */
  beforeRead: (number: string) => Promise<void>;
  /** Called when the server has let go of the job, before the first byte comes. */
  handed: (number: string) => Promise<void>;
  /** Called between two pieces of a body. */
  between: (number: string) => Promise<void>;
  /** Whether a job can be killed. */
  killable: boolean;
  /** Called after the server has begun a job, before it answers. */
  started: (number: string) => Promise<void>;
  nextNumber: number;
  /** What `index` gives; others are refused by `isIndex`. */
  indexVersion: number;
  indexed: number;
  put(number: string, more?: Partial<ServerJob>): ServerJob;
  finish(number: string, body?: string): void;
}

const noop = async (): Promise<void> => undefined;

const taskStateOf: Partial<Record<JobState, TaskState>> = { QUEUED: 'QUEUED', RUNNING: 'RUNNING' };

export const createReadOnceVendor = (key = 'one'): ReadOnceVendor => {
  const seen = (number: string, job: ServerJob, bare: boolean): { job: Job; task: Task } => {
    const state: JobState = bare ? 'UNKNOWN' : job.state;
    const counts = bare || job.current === null ? null : { current: job.current, maximum: 100, unit: null };
    const startedAt = bare ? null : job.startedAt;
    const id = formatId('job', key, number);
    return {
      job: {
        id,
        backendKey: key,
        nativeId: number,
        type: bare ? 'unknown' : job.type,
        state,
        vendorState: state === 'FINISHED' ? 'done' : null,
        description: null,
        groups: [],
        owner: bare ? null : job.owner,
        startedAt,
        processed: counts,
        details: { typename: 'ScriptedDetails', id: `${id}/details`, raw: { secretly: 'raw' } },
      },
      task: {
        id: formatId('task', key, number),
        backendKey: key,
        nativeId: number,
        kind: 'RUN',
        vendorType: bare ? null : job.type,
        state: taskStateOf[state] ?? 'UNKNOWN',
        vendorState: state === 'FINISHED' ? 'done' : null,
        progress: counts && counts.current / counts.maximum,
        counts,
        startedAt,
        endedAt: null,
        updatedAt: null,
        error: null,
        cancellable: state !== 'FINISHED',
        startedBy: bare ? null : job.owner,
        jobNativeId: number,
        parentId: null,
        idempotencyKey: null,
        raw: { secretly: 'raw' },
      },
    };
  };

  const unavailable = (more = {}): VigilError => new VigilError('BACKEND_UNAVAILABLE', 'The server did not answer.', more);
  const missing = (): readonly PartFailure[] => (vendor.incomplete ? [{ part: 'STATE', error: unavailable() }] : []);

  const list = async (): Promise<readonly { job: Job; task: Task }[]> => {
    vendor.lists += 1;
    if (vendor.down) throw unavailable();
    const made = [...vendor.jobs].map(([number, job]) => seen(number, job, vendor.idsOnly));
    await vendor.afterList();
    return made;
  };

  async function* bodyOf(number: string, body: string, signal: AbortSignal, breaks: boolean): AsyncGenerator<Uint8Array> {
    const half = Math.ceil(body.length / 2);
    yield Buffer.from(body.slice(0, half));
    await vendor.between(number);
    if (breaks || signal.aborted) throw unavailable({ outcomeUnknown: true });
    yield Buffer.from(body.slice(half));
  }

  const collect = async (
    number: string,
    keep: (body: AsyncIterable<Uint8Array>) => Promise<void>,
    call: CallOptions,
  ): Promise<JobAnswer> => {
    vendor.reads.set(number, (vendor.reads.get(number) ?? 0) + 1);
    await vendor.beforeRead(number);
    const trouble = vendor.trouble.get(number)?.shift();
    if (trouble === 'unsent') throw unavailable({ outcomeUnknown: false });
    if (trouble === 'cut') throw unavailable();
    const job = vendor.jobs.get(number);
    if (!job) return { kind: 'absent' };
    if (trouble === 'failed')
      return { kind: 'failed', error: new VigilError('BACKEND_UNAVAILABLE', 'It answered 500.', { vendorMessage: 'boom' }) };
    if (job.state !== 'FINISHED') return { kind: 'unfinished', ...seen(number, job, false) };
    vendor.jobs.delete(number);
    vendor.handedOver.push(number);
    await vendor.handed(number);
    await keep(bodyOf(number, job.body, call.signal, trouble === 'broken'));
    return { kind: 'finished' };
  };

  const textOf = async (body: { stream(): AsyncIterable<Uint8Array> }): Promise<string> => {
    const pieces: Buffer[] = [];
    for await (const piece of body.stream()) pieces.push(Buffer.from(piece));
    return Buffer.concat(pieces).toString();
  };

  const results: ResultMembers = {
    collect: (number, keep, _fields, call) => collect(number, keep, call),
    index: async (body) => {
      vendor.indexed += 1;
      return { version: vendor.indexVersion, size: body.size };
    },
    isIndex: (index) => typeof index === 'object' && index !== null && 'version' in index && index.version === vendor.indexVersion,
    readEntities: async (body) => [{ typename: 'ScriptedEntity', name: await textOf(body), position: 0, raw: null }],
    readRows: async (body, _index, position, { from, count }) => {
      if (position !== 0) throw new VigilError('NOT_FOUND', 'There is no such part.');
      const text = Buffer.from(await body.read(from, Math.min(body.size, from + count))).toString();
      return [...text].map((cell, index) => ({ index: from + index, cells: [cell] }));
    },
  };

  const capabilities = ['START_JOB', 'KILL_JOB', 'CANCEL_TASK'] as const;
  const unsupported = async (): Promise<never> => {
    throw new VigilError('UNSUPPORTED', 'The scripted server has nothing of the kind.');
  };
  const adapter: VendorAdapter = {
    learnProfile: async () => ({ version: '1.0', capabilities, notice: null }),
    listJobs: async () => ({ items: (await list()).map(({ job }) => job), missing: missing() }),
    discoverTasks: async () => ({ items: (await list()).map(({ task }) => task), missing: [] }),
    readJobs: unsupported,
    readTasks: unsupported,
    readDatafeeds: async (ids) => ({ readings: new Map(ids.map((id) => [id, { status: 'gone' }])), missing: [] }),
    readNodes: async (ids) => ({ readings: new Map(ids.map((id) => [id, { status: 'gone' }])), missing: [] }),
    listNodes: async () => ({ items: [], missing: [] }),
    readClusterStats: async () => null,
    readAnomalies: async () => ({ items: [], totalCount: 0 }),
    readJobMessages: async (ids) => new Map(ids.map((id) => [id, []])),
    readModelSnapshots: async () => ({ items: [], totalCount: 0 }),
    expandJobs: unsupported,
    verbFields: new Set(['Job.state']),
    refusalOf: (verb, job) =>
      verb.action === 'KILL_JOB' && job.state === 'FINISHED' ? new VigilError('WRONG_STATE', `${job.nativeId} is done.`) : null,
    isBlocking: () => false,
    taskKindOf: (action) => (action === 'START_JOB' ? 'RUN' : 'UNKNOWN'),
    startJob: async (request) => {
      const number = String(vendor.nextNumber);
      vendor.nextNumber += 1;
      vendor.put(number, { type: String(request) });
      await vendor.started(number);
      return { done: false, taskId: number };
    },
    run: async (verb) => {
      const number = 'jobId' in verb ? verb.jobId : verb.taskId;
      if (!vendor.jobs.has(number)) throw new VigilError('NOT_FOUND', `There is no job ${number}.`);
      if (!vendor.killable) throw new VigilError('REFUSED', 'Job cannot be killed.');
      vendor.jobs.delete(number);
      return { done: true };
    },
    standingOf: () => ({ state: 'UNKNOWN' }),
    results,
    dispose: noop,
  };

  const vendor: ReadOnceVendor = {
    module: {
      id: 'read-once',
      vendor: 'SCRIPTED',
      title: 'Scripted',
      taskKinds: { RUN: 'Runs.' },
      graphqlTypes: [],
      capabilitiesOf: () => capabilities,
      handsResultsOver: true,
      connect: () => adapter,
    },
    jobs: new Map(),
    reads: new Map(),
    handedOver: [],
    lists: 0,
    idsOnly: false,
    incomplete: false,
    down: false,
    trouble: new Map(),
    afterList: noop,
    beforeRead: noop,
    handed: noop,
    between: noop,
    killable: true,
    started: noop,
    nextNumber: 1,
    indexVersion: 1,
    indexed: 0,
    put: (number, more = {}) => {
      const job: ServerJob = {
        state: 'RUNNING',
        type: 'explore',
        owner: 'c1',
        startedAt: 1_000,
        current: 40,
        body: `result of ${number}`,
        ...more,
      };
      vendor.jobs.set(number, job);
      return job;
    },
    finish: (number, body) => {
      const job = vendor.jobs.get(number);
      if (!job) throw new VigilError('NOT_FOUND', `The scripted server has no job ${number}.`);
      job.state = 'FINISHED';
      if (body !== undefined) job.body = body;
    },
  };
  return vendor;
};
