import {
  type Detector,
  type DetectorMembers,
  type DetectorRun,
  type DetectorVerb,
  finalTaskStates,
  formatId,
  type Job,
  type JobState,
  type Reading,
  type Task,
  type TaskQuery,
  type TaskState,
  type VendorAdapter,
  type VerbAnswer,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import { createScriptedVendor, type ScriptedVendor } from './scripted-vendor.js';

/** A scripted vendor with detectors, which remembers its tasks and whose jobs are the real-time runs. */
export interface DetectorVendor extends ScriptedVendor {
  readonly detectors: Map<string, Detector>;
  readonly sentToDetectors: DetectorVerb[];
  /** Calls of its own members. */
  readonly asked: Record<'list' | 'read' | 'listTasks' | 'runOnDetector', number>;
  readonly queries: TaskQuery[];
  /** Answers a verb on a detector. */
  runOnDetector: (verb: DetectorVerb) => Promise<VerbAnswer>;
  setDetector(nativeId: string, more?: Partial<Detector>): Detector;
  /** A task of a detector as the vendor would show it: remembered, listed while it is unfinished, and on its detector when it is of a run. */
  setTask(nativeId: string, detectorId: string, more?: Partial<Task>): Task;
}

const startedAt = 1_700_000_000_000;

const jobStateOf = (task: Task | null | undefined): JobState => {
  if (!task || task.state === 'CANCELLED') return 'CLOSED';
  if (task.state === 'FAILED') return 'FAILED';
  return task.state === 'RUNNING' ? 'OPENED' : 'OPENING';
};

export const createDetectorVendor = (key = 'one'): DetectorVendor => {
  const jobOf = ({ nativeId, realtimeTask }: Detector): Job => ({
    id: formatId('job', key, nativeId),
    backendKey: key,
    nativeId,
    state: jobStateOf(realtimeTask),
  });

  const members: DetectorMembers = {
    list: async () => {
      vendor.asked.list += 1;
      await vendor.beforeRead();
      return { items: [...vendor.detectors.values()], missing: [] };
    },
    read: async (ids) => {
      vendor.asked.read += 1;
      await vendor.beforeRead();
      const reading = (id: string): Reading<Detector> => {
        const value = vendor.detectors.get(id);
        return value ? { status: 'found', value } : { status: 'gone' };
      };
      return { readings: new Map(ids.map((id) => [id, reading(id)])), missing: [] };
    },
    readProfile: async () => {
      throw new VigilError('NOT_FOUND', 'no profile');
    },
    readEntityProfile: async () => {
      throw new VigilError('NOT_FOUND', 'no profile');
    },
    readAnomalies: async () => ({ items: [], totalCount: 0 }),
    verbFields: new Set(['Detector.name']),
    refusalOf: ({ action, run }, detector) => {
      const task = run === 'REALTIME' ? detector.realtimeTask : detector.historicalTask;
      const runs = task != null && !finalTaskStates.has(task.state);
      const start = action === 'START_DETECTOR';
      if (start && detector.features?.length === 0) return new VigilError('REFUSED', 'It has no features.');
      return start === runs ? new VigilError('WRONG_STATE', runs ? 'It runs already.' : 'It stands already.', { already: true }) : null;
    },
    run: (verb) => {
      vendor.asked.runOnDetector += 1;
      vendor.sentToDetectors.push(verb);
      return vendor.runOnDetector(verb);
    },
  };

  const extend = (adapter: VendorAdapter): VendorAdapter => ({
    ...adapter,
    // Everything of a detector's run is one search: what somebody waits for comes along.
    discoverTasks: async (fields, call, watched = []) => {
      const listing = await adapter.discoverTasks(fields, call, watched);
      const shown = new Set(listing.items.map((task) => task.nativeId));
      return {
        ...listing,
        items: [...listing.items, ...watched.flatMap((id) => (shown.has(id) ? [] : (vendor.remembered.get(id) ?? [])))],
      };
    },
    listTasks: async (query) => {
      vendor.asked.listTasks += 1;
      vendor.queries.push(query);
      await vendor.beforeRead();
      const has = (list: readonly string[] | undefined, value: string | null | undefined): boolean =>
        list === undefined || (value != null && list.includes(value));
      const nativeOf = (id: string | null): string | null => id?.split(':').at(-1) ?? null;
      const items = [...vendor.remembered.values()].filter(
        (task) =>
          has(query.detectors, task.detectorNativeId) &&
          has(query.parents, nativeOf(task.parentId)) &&
          has(query.states, task.state) &&
          (query.includeEntities || task.entity === undefined),
      );
      return { items, missing: [] };
    },
    isBlocking: () => false,
    taskKindOf: (action, run) => (action === 'START_DETECTOR' ? (run ?? 'REALTIME') : action === 'OPEN_JOB' ? 'REALTIME' : 'UNKNOWN'),
    refusalOf: () => null,
    entityTaskKinds: ['HISTORICAL_ENTITY'],
    detectors: members,
  });

  const capabilities = ['OPEN_JOB', 'CLOSE_JOB', 'START_DETECTOR', 'STOP_DETECTOR', 'CANCEL_TASK'] as const;
  const more: Omit<DetectorVendor, keyof ScriptedVendor> = {
    detectors: new Map(),
    sentToDetectors: [],
    asked: { list: 0, read: 0, listTasks: 0, runOnDetector: 0 },
    queries: [],
    runOnDetector: async () => ({ done: true }),
    setDetector: (nativeId, more = {}) => {
      const detector: Detector = {
        id: formatId('detector', key, nativeId),
        backendKey: key,
        nativeId,
        name: nativeId,
        realtimeTask: null,
        historicalTask: null,
        ...vendor.detectors.get(nativeId),
        ...more,
      };
      const whole = { ...detector, job: jobOf(detector) };
      vendor.detectors.set(nativeId, whole);
      vendor.jobs.set(nativeId, whole.job);
      return whole;
    },
    setTask: (nativeId, detectorId, more = {}) => {
      const run: DetectorRun = more.kind === 'REALTIME' ? 'REALTIME' : 'HISTORICAL';
      const task: Task = {
        ...vendor.makeTask(nativeId, {
          id: formatId('task', key, nativeId),
          kind: run,
          startedAt,
          detectorNativeId: detectorId,
          jobNativeId: run === 'REALTIME' ? detectorId : null,
          ...(run === 'REALTIME' ? { continuous: true } : {}),
        }),
        ...vendor.remembered.get(nativeId),
        ...more,
      };
      vendor.remembered.set(nativeId, task);
      if (finalTaskStates.has(task.state) || task.entity !== undefined) vendor.listed.delete(nativeId);
      else vendor.listed.set(nativeId, task);
      const onDetector: Partial<Detector> = run === 'REALTIME' ? { realtimeTask: task } : { historicalTask: task };
      if (task.entity === undefined) vendor.setDetector(detectorId, onDetector);
      return task;
    },
  };
  const vendor: DetectorVendor = Object.assign(
    createScriptedVendor(key, capabilities, (adapter) => extend(adapter)),
    more,
  );
  return vendor;
};

/** Begins a run when it is told to, and ends it when it is told to. */
export const obeying = (
  vendor: DetectorVendor,
  states: Readonly<Record<DetectorRun, TaskState>> = { REALTIME: 'CREATED', HISTORICAL: 'RUNNING' },
): void => {
  let runs = 0;
  vendor.runOnDetector = async ({ action, detectorId, run }) => {
    const latest = vendor.detectors.get(detectorId)?.[run === 'REALTIME' ? 'realtimeTask' : 'historicalTask'];
    if (action === 'STOP_DETECTOR') {
      if (!latest?.nativeId) return { done: true };
      vendor.setTask(latest.nativeId, detectorId, { state: 'CANCELLED' });
      return { done: true, taskId: latest.nativeId };
    }
    runs += 1;
    vendor.setTask(`t${runs}`, detectorId, { kind: run, state: states[run] });
    return { done: false, taskId: `t${runs}` };
  };
};
