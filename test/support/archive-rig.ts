import type { Job, Task, VendorAdapter } from '../../src/domain/index.js';
import {
  type ArchiveChange,
  type ArchiveLimits,
  createArchive,
  type JobArchive,
  type LostResult,
} from '../../src/progress/results/archive.js';
import { createByteBudget } from '../../src/progress/results/byte-budget.js';
import { createMemoryStore, type Store } from '../../src/store/index.js';
import { createReadOnceVendor, type ReadOnceVendor } from './read-once-vendor.js';
import { scriptedConnection } from './scripted-vendor.js';

/** A store in memory that says of itself what the test wants it to say. */
export interface PatientStore extends Store {
  durable: boolean;
}

export const createPatientStore = (): PatientStore => {
  const store: PatientStore = {
    ...createMemoryStore(),
    durable: true,
    health: () => ({ durable: store.durable, message: store.durable ? null : 'The disk is full.' }),
  };
  return store;
};

export const isAvailable = ({ resultState }: { readonly resultState?: string }): boolean => resultState === 'AVAILABLE';

/** One archive over a scripted server, and a loop that ticks when the test says so. */
export interface ArchiveRig {
  readonly archive: JobArchive;
  readonly adapter: VendorAdapter;
  readonly vendor: ReadOnceVendor;
  readonly store: PatientStore;
  readonly clock: { now: number };
  readonly changes: ArchiveChange[];
  readonly faults: string[];
  readonly notes: string[];
  /** Those of them that are worth a look. */
  readonly warnings: string[];
  /** Told to be lost. */
  readonly lost: LostResult[];
  /** What the loop does: looks at the list and has the archive collect. */
  tick(): Promise<void>;
  /** Ticks until the answer is true; fails after five seconds with the last answer. */
  until<T>(ask: () => T | Promise<T>, isTrue: (answer: T) => boolean): Promise<T>;
  /** Starts a job and returns its number with its incarnation. */
  start(type?: string): Promise<string>;
  job(name: string): Promise<Job>;
  task(name: string): Promise<Task>;
  call(): ReturnType<Parameters<typeof createArchive>[0]['call']>;
}

export const quick: ArchiveLimits = { leaseMs: 2_000, renewMs: 20, retryMs: 5, lastReadsMs: 200 };

/** `store` and `vendor` of another rig: a second instance, or the same one after a restart. */
export const createArchiveRig = async (
  options: {
    readonly vendor?: ReadOnceVendor;
    readonly store?: PatientStore;
    readonly consume?: 'own' | 'all';
    readonly limits?: ArchiveLimits;
    readonly maxBytes?: number;
    readonly clock?: { now: number };
  } = {},
): Promise<ArchiveRig> => {
  const vendor = options.vendor ?? createReadOnceVendor();
  const store = options.store ?? createPatientStore();
  // Leases go by the clock of the store, which is the real one.
  const clock = options.clock ?? { now: 1_700_000_000_000 };
  const faults: string[] = [];
  const notes: string[] = [];
  const warnings: string[] = [];
  const lost: LostResult[] = [];
  const inner = vendor.module.connect(scriptedConnection('one'), {
    answered: () => undefined,
    failed: () => undefined,
    noted: () => undefined,
  });
  const { results } = inner;
  if (!results) throw new Error('the scripted server hands nothing over');
  const callOf = (requestId: string, signal: AbortSignal) => ({
    signal,
    requestId,
    deadlineAt: clock.now + 2_000,
    profile: { version: '1.0', capabilities: ['START_JOB', 'KILL_JOB', 'CANCEL_TASK', 'COLLECT_JOB_RESULT'] as const, notice: null },
  });
  const archive = createArchive({
    backendKey: 'one',
    vendor: 'SCRIPTED',
    adapter: { ...inner, results },
    store,
    consume: options.consume ?? 'own',
    limits: { ...quick, ...options.limits },
    budget: createByteBudget(options.maxBytes ?? 1024 ** 2),
    call: callOf,
    noted: (level, message) => {
      notes.push(message);
      if (level === 'warn') warnings.push(message);
    },
    lost: (result) => lost.push(result),
    fault: (message) => faults.push(message),
    now: () => clock.now,
  });
  const changes: ArchiveChange[] = [];
  archive.listen((change) => changes.push(change));
  await archive.load();
  const { adapter } = archive;
  let calls = 0;
  const call = () => {
    calls += 1;
    return callOf(`test-${calls}`, new AbortController().signal);
  };

  const tick = async (): Promise<void> => {
    clock.now += 1;
    await adapter.discoverTasks(new Set(), call());
    archive.collect();
  };
  const rig: ArchiveRig = {
    archive,
    adapter,
    vendor,
    store,
    clock,
    changes,
    faults,
    notes,
    warnings,
    lost,
    tick,
    until: async (ask, isTrue) => {
      const end = Date.now() + 5_000;
      for (;;) {
        const answer = await ask();
        if (isTrue(answer)) return answer;
        if (Date.now() > end) throw new Error(`still not so: ${JSON.stringify(answer)}`);
        await tick();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    start: async (type = 'explore') => {
      const answer = await adapter.startJob?.(type, call());
      if (!answer?.taskId) throw new Error('nothing was started');
      return answer.taskId;
    },
    job: async (name) => {
      const reading = (await adapter.readJobs([name], new Set(), call())).readings.get(name);
      if (reading?.status !== 'found') throw new Error(`job ${name} is ${JSON.stringify(reading)}`);
      return reading.value;
    },
    task: async (name) => {
      const reading = (await adapter.readTasks([name], new Set(), call())).readings.get(name);
      if (reading?.status !== 'found') throw new Error(`task ${name} is ${JSON.stringify(reading)}`);
      return reading.value;
    },
    call,
  };
  return rig;
};

/** What waits until the test lets it go on. */
export const createGate = (): { readonly passed: Promise<void>; open(): void } => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
};

/** Of the record that is kept of a job. */
export const recordKey = (name: string): string => `jobs/one/${name}`;

/** A job begun there, with its result. Returns its name. */
export const collect = async (rig: ArchiveRig, body: string): Promise<string> => {
  const name = await rig.start();
  rig.vendor.finish(String(rig.vendor.nextNumber - 1), body);
  await rig.until(() => rig.job(name), isAvailable);
  // Results follow one another.
  rig.clock.now += 10;
  return name;
};
