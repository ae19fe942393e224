import { afterEach, beforeEach, expect, vi } from 'vitest';
import {
  type Action,
  type BackendProfile,
  type CallOptions,
  type FieldSet,
  finalTaskStates,
  type Job,
  type JobState,
  type Reading,
  type Task,
  type VendorAdapter,
  type VerbAnswer,
} from '../../../../src/domain/index.js';
import { callAs, connectTo } from '../connect.js';
import { type Front, startFront } from './front.js';
import type { ContractTarget } from './target.js';

export const jobFields: FieldSet = new Set(
  [
    'id',
    'type',
    'state',
    'vendorState',
    'stateReason',
    'groups',
    'createdAt',
    'processed',
    'node',
    'datafeed',
    'allowedActions',
    'details',
  ].map((name) => `Job.${name}`),
);
export const withDatafeeds: FieldSet = new Set([...jobFields, 'Datafeed.id', 'Datafeed.state']);
export const taskFields: FieldSet = new Set(['Task.id', 'Task.state', 'Task.counts', 'Task.error']);

/** An adapter connected to a target, and what cases ask of it. New for every case. */
export interface Setting {
  readonly target: ContractTarget;
  readonly adapter: () => VendorAdapter;
  readonly profile: () => BackendProfile;
  readonly front: () => Front;
  readonly call: (timeoutMs?: number) => CallOptions;
  /** By the capability table: known before anything runs, so that cases are there or not, and never skipped. */
  can(action: Action): boolean;
  jobs(): Promise<readonly Job[]>;
  /** A job in one of these states, preferably without a datafeed. */
  jobIn(...states: readonly JobState[]): Promise<Job>;
  /** A job that was opened. */
  openJob(): Promise<Job>;
  readJob(id: string): Promise<Reading<Job>>;
  stateOf(id: string): Promise<string | undefined>;
  /** Until the job is in one of these states. */
  becomes(id: string, ...states: readonly string[]): Promise<void>;
  /** The task a verb goes on as. */
  begun(answer: Promise<VerbAnswer>): Promise<string>;
  readTask(id: string, fields?: FieldSet): Promise<Task | undefined>;
  endOf(id: string): Promise<Task>;
}

const running = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('the target is not running');
  return value;
};

/** Connects before each case, and disconnects after it. */
export const useSetting = (target: ContractTarget): Setting => {
  const { module, version, traits } = target;
  const open: { dispose(): Promise<void> }[] = [];
  let front: Front | undefined;
  let adapter: VendorAdapter | undefined;
  let profile: BackendProfile | undefined;

  beforeEach(async () => {
    const started = await target.start();
    open.push(started);
    front = await startFront(started.url);
    adapter = connectTo(module, { url: front.url, ...(target.auth ? { auth: target.auth } : {}) });
    open.push(front, adapter);
    profile = await adapter.learnProfile(callAs({ version: null, capabilities: [], notice: null }));
    front.resetRequests();
  }, traits.patienceMs);
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.dispose();
  });

  const call = (timeoutMs?: number): CallOptions => callAs(running(profile), timeoutMs);
  const waiting = { timeout: traits.patienceMs, interval: 20 };

  const setting: Setting = {
    target,
    adapter: () => running(adapter),
    profile: () => running(profile),
    front: () => running(front),
    call,
    can: (action) => module.capabilitiesOf(version).includes(action),
    jobs: async () => (await running(adapter).listJobs(withDatafeeds, call())).items,
    jobIn: async (...states) => {
      const jobs = (await setting.jobs()).filter(({ state }) => state !== undefined && states.includes(state));
      return jobs.find(({ datafeed }) => !datafeed) ?? jobs[0] ?? expect.fail(`there is no job ${states.join(' or ')}`);
    },
    openJob: () => setting.jobIn(...traits.openedAs),
    readJob: async (id) => (await running(adapter).readJobs([id], withDatafeeds, call())).readings.get(id) ?? { status: 'gone' },
    stateOf: async (id) => {
      const reading = await setting.readJob(id);
      return reading.status === 'found' ? reading.value.state : reading.status;
    },
    becomes: (id, ...states) => vi.waitFor(async () => expect(states).toContain(await setting.stateOf(id)), waiting),
    begun: async (verb) => {
      const answer = await verb;
      if (answer.done || answer.taskId === null) throw new Error('it was done at once, or nobody knows as what');
      return answer.taskId;
    },
    readTask: async (id, fields = taskFields) => {
      const reading = (await running(adapter).readTasks([id], fields, call())).readings.get(id);
      return reading?.status === 'found' ? reading.value : undefined;
    },
    endOf: (id) =>
      vi.waitFor(async () => {
        const task = await setting.readTask(id);
        expect(finalTaskStates.has(task?.state ?? 'RUNNING')).toBe(true);
        return task as Task;
      }, waiting),
  };
  return setting;
};
