import { type Action, formatId, type Job, type Task, type TaskState, type VendorAdapter } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import { createScriptedVendor, type ScriptedVendor } from './scripted-vendor.js';

type RunState = 'QUEUED' | 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED';

/** A product whose jobs run once and are started and killed through it; what they make may be had from it as often as one likes. */
export interface ScriptedRuns extends ScriptedVendor {
  /** What was started, as the adapter was handed it. */
  readonly started: unknown[];
  /** Thrown by the next start. */
  refusal: VigilError | undefined;
  /** Called after a job was begun, before that is answered. */
  begun: (number: string) => Promise<void>;
  /** A job and its run, in one state: both have the number as their native id. */
  put(number: string, state: RunState, more?: Partial<Task>): void;
  /** Nothing is known of it any more. */
  drop(number: string): void;
}

const runActions: readonly Action[] = ['START_JOB', 'KILL_JOB', 'COLLECT_JOB_RESULT', 'CANCEL_TASK'];

const taskStates: Readonly<Record<RunState, TaskState>> = {
  QUEUED: 'QUEUED',
  RUNNING: 'RUNNING',
  FINISHED: 'SUCCEEDED',
  FAILED: 'FAILED',
  KILLED: 'CANCELLED',
};

const numberOf = (name: string): string => name.split('~')[0] ?? name;

/**
 * `qualifiesIds`: as the gateway shows a product whose numbers are handed out again, so numbers are given with their incarnation (`7~a`); one without it is
 * the latest.
 */
export const createScriptedRuns = (
  options: { readonly qualifiesIds?: boolean; readonly capabilities?: readonly Action[]; readonly firstNumber?: string } = {},
): ScriptedRuns => {
  const key = 'one';
  const { qualifiesIds = false, capabilities = runActions, firstNumber = '1' } = options;
  const startedAt = 1_700_000_000_000;

  const latest = <T>(held: ReadonlyMap<string, T>, name: string): T | undefined =>
    held.get(name) ?? [...held].filter(([each]) => numberOf(each) === name).at(-1)?.[1];
  const readAll = <T>(names: readonly string[], held: ReadonlyMap<string, T>) => ({
    readings: new Map(
      names.map((name) => {
        const value = latest(held, name);
        return [name, value === undefined ? ({ status: 'gone' } as const) : ({ status: 'found', value } as const)];
      }),
    ),
    missing: [],
  });
  const idOf = (kind: 'job' | 'task', number: string): string =>
    qualifiesIds ? formatId(kind, key, number) : formatId(kind, key, number, startedAt);

  const extend = (adapter: VendorAdapter): VendorAdapter => ({
    ...adapter,
    ...(qualifiesIds ? { qualifiesIds } : {}),
    readJobs: async (names) => {
      await vendor.beforeRead();
      return readAll(names, vendor.jobs);
    },
    readTasks: async (names) => {
      await vendor.beforeRead();
      return readAll(names, vendor.remembered);
    },
    listTasks: async () => ({ items: [...vendor.remembered.values()], missing: [] }),
    refusalOf: ({ action }, { state }) =>
      action === 'KILL_JOB' && state !== 'RUNNING' && state !== 'QUEUED' ? new VigilError('WRONG_STATE', `It is ${state}.`) : null,
    isBlocking: () => false,
    taskKindOf: (action) => (action === 'START_JOB' ? 'ROLL' : 'UNKNOWN'),
    startJob: async (request) => {
      vendor.started.push(request);
      const { refusal } = vendor;
      vendor.refusal = undefined;
      if (refusal) throw refusal;
      const number = firstNumber;
      vendor.put(number, 'RUNNING');
      await vendor.begun(number);
      return { done: false, taskId: number };
    },
    standingOf: (_action, found) => {
      if (found.status !== 'found') return { state: 'UNKNOWN' };
      const { state } = found.value;
      if (state === 'FINISHED') return { state: 'SUCCEEDED' };
      return { state: state === 'RUNNING' ? 'RUNNING' : 'UNKNOWN' };
    },
  });

  const vendor: ScriptedRuns = Object.assign(createScriptedVendor(key, capabilities, extend), {
    started: [],
    refusal: undefined as VigilError | undefined,
    begun: async (_number: string): Promise<void> => undefined,
    put: (number: string, state: RunState, more: Partial<Task> = {}) => {
      const job: Job = vendor.setJob(number, state, { id: idOf('job', number) });
      const task = vendor.makeTask(number, {
        id: idOf('task', number),
        kind: 'ROLL',
        vendorType: 'roll',
        state: taskStates[state],
        startedAt,
        jobNativeId: job.nativeId,
        cancellable: state === 'RUNNING',
        ...more,
      });
      vendor.remembered.set(number, task);
      if (state === 'RUNNING' || state === 'QUEUED') vendor.listed.set(number, task);
      else vendor.listed.delete(number);
    },
    drop: (number: string) => {
      vendor.jobs.delete(number);
      vendor.remembered.delete(number);
      vendor.listed.delete(number);
    },
  });
  return vendor;
};
