import {
  type Action,
  type BackendProfile,
  type CallOptions,
  type Job,
  type VendorAdapter,
  type Verb,
  type VerbAnswer,
  within,
} from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import type { Collector } from './collector.js';
import type { Ends } from './ends.js';
import { howItEnded, nameOf, splitName } from './record.js';
import type { Entry, ShelfOfRecords } from './shelf.js';
import type { Sightings } from './sightings.js';

/** What verbs on such jobs work with. */
export interface ArchivedVerbOptions {
  readonly backendKey: string;
  readonly vendor: string;
  readonly adapter: VendorAdapter;
  readonly store: Pick<Store, 'health'>;
  readonly shelf: ShelfOfRecords;
  readonly sightings: Sightings;
  readonly collector: Collector;
  readonly ends: Ends;
  readonly now: () => number;
}

/** The verbs of the decorated adapter, and what is said about them beforehand. */
export interface ArchivedVerbs extends Pick<VendorAdapter, 'run' | 'refusalOf' | 'taskKindOf' | 'isBlocking' | 'startJob'> {
  /** What would be accepted on a job as it is rendered. */
  actionsOf(entry: Entry, profile: BackendProfile): (job: Job) => readonly Action[];
}

const ownActions = ['KILL_JOB', 'COLLECT_JOB_RESULT'] as const;

export const createArchivedVerbs = (options: ArchivedVerbOptions): ArchivedVerbs => {
  const { backendKey, vendor, adapter, store, shelf, sightings, collector, ends, now } = options;
  const facts = { backend: backendKey, vendor };
  const wrongState = (message: string, already = false): VigilError =>
    new VigilError('WRONG_STATE', message, { ...facts, ...(already ? { already } : {}) });

  const collectRefusal = ({ record }: Entry): VigilError | null => {
    if (record.result.state === 'AVAILABLE') return wrongState(`The result of job ${record.number} has been collected.`, true);
    if (record.end) return wrongState(howItEnded(record));
    if (record.ours) return wrongState(`The result of job ${record.number} is collected by the gateway as soon as it has ended.`, true);
    const { durable, message } = store.health();
    if (durable) return null;
    return new VigilError(
      'REFUSED',
      `The result of job ${record.number} can be taken from its server only once, and the gateway could not keep it now.${message === null ? '' : ` ${message}`}`,
      facts,
    );
  };

  const refusal = (verb: Verb, entry: Entry, job: Job, profile: BackendProfile): VigilError | null => {
    const { record } = entry;
    if (verb.action === 'COLLECT_JOB_RESULT') return collectRefusal(entry);
    if (record.end) return wrongState(howItEnded(record), verb.action === 'KILL_JOB' && record.end.taskState === 'CANCELLED');
    const stripped: Verb = 'jobId' in verb ? { ...verb, jobId: record.number } : { ...verb, taskId: record.number };
    return adapter.refusalOf(stripped, { ...job, nativeId: record.number }, profile);
  };

  /** The job a verb names, as long as it is the one that has the number. */
  const named = async (name: string, call: CallOptions): Promise<Entry> => {
    await shelf.sync();
    let entry = await shelf.find(name);
    if (!entry && splitName(name).incarnation === undefined) {
      await sightings.look(new Set(), call);
      entry = shelf.latest(name);
    }
    if (!entry) throw new VigilError('NOT_FOUND', `There is no job ${name}.`, facts);
    if (!entry.record.end && shelf.latest(entry.record.number) !== entry)
      throw wrongState(`The number of job ${name} is that of another job by now.`);
    return entry;
  };

  /** The server knows it no longer: only its result tells how it ended. */
  const endOfVanished = async (entry: Entry, cause: VigilError, { deadlineAt }: CallOptions): Promise<VigilError> => {
    if (entry.record.ours) await within(collector.collectNow(entry), deadlineAt - now());
    else await ends.lost(entry, 'foreign');
    const { record } = entry;
    const how = record.end ? howItEnded(record) : `The server has job ${record.number} no longer; how it ended is not known yet.`;
    return new VigilError('WRONG_STATE', how, { ...facts, cause });
  };

  const kill = async (verb: Verb, entry: Entry, call: CallOptions): Promise<VerbAnswer> => {
    const taskId = nameOf(entry.record);
    try {
      const answer = await adapter.run(verb, call).finally(sightings.forget);
      if (answer.done) await ends.killed(entry);
      return { ...answer, taskId };
    } catch (error) {
      if (!isVigilError(error) || error.code !== 'NOT_FOUND') throw error;
      throw await endOfVanished(entry, error, call);
    }
  };

  const collect = async (entry: Entry): Promise<VerbAnswer> => {
    const refused = collectRefusal(entry);
    if (refused) throw refused;
    await shelf.amend(entry, (record) => ({ ...record, ours: true }));
    // One that has not ended is asked for at its end, by the loop; a large result takes longer than anybody waits for an answer.
    if (entry.listed?.job?.state === 'FINISHED') void collector.collectNow(entry);
    return { done: false, taskId: nameOf(entry.record) };
  };

  const startJob: VendorAdapter['startJob'] = async (request, call) => {
    const start = adapter.startJob?.bind(adapter);
    if (!start) throw new VigilError('UNSUPPORTED', `Jobs of ${vendor} are not started by the gateway.`, { ...facts, action: 'START_JOB' });
    // What is known by now is older than the job to be.
    await shelf.sync();
    const sentAt = shelf.moment();
    const answer = await start(request, call).finally(sightings.forget);
    if (!answer.taskId) return answer;
    const { entry } = await shelf.bear(
      answer.taskId,
      async (latest) => {
        // A loop was quicker to see it than this answer was to come.
        if (latest.learntAt > sentAt && !latest.record.end) return true;
        if (!latest.record.end) await ends.lost(latest, 'renumbered');
        return false;
      },
      { ours: true, job: null, task: null },
    );
    if (!entry.record.ours) await shelf.amend(entry, (record) => ({ ...record, ours: true }));
    return { ...answer, taskId: nameOf(entry.record) };
  };

  return {
    ...(adapter.startJob ? { startJob } : {}),
    isBlocking: (action) => action !== 'COLLECT_JOB_RESULT' && adapter.isBlocking(action),
    // These name the run they act on.
    taskKindOf: (action, run) => (action === 'COLLECT_JOB_RESULT' || action === 'KILL_JOB' ? 'UNKNOWN' : adapter.taskKindOf(action, run)),
    refusalOf: (verb, job, profile) => {
      const entry = shelf.held(job.nativeId);
      if (entry && (entry.record.end || shelf.latest(entry.record.number) === entry)) return refusal(verb, entry, job, profile);
      return wrongState(`The number of job ${job.nativeId} is that of another job by now.`);
    },
    run: async (verb, call) => {
      const entry = await named('jobId' in verb ? verb.jobId : verb.taskId, call);
      if (verb.action === 'COLLECT_JOB_RESULT') return collect(entry);
      const { record } = entry;
      if (record.end) throw wrongState(howItEnded(record));
      if (verb.action === 'CANCEL_TASK') return kill({ ...verb, taskId: record.number }, entry, call);
      if (verb.action === 'KILL_JOB') return kill({ ...verb, jobId: record.number }, entry, call);
      return adapter.run({ ...verb, jobId: record.number }, call).finally(sightings.forget);
    },
    actionsOf: (entry, profile) => (job) => [
      ...(job.allowedActions ?? []).filter((action) => !ownActions.some((own) => own === action)),
      ...ownActions.filter(
        (action) => profile.capabilities.includes(action) && refusal({ action, jobId: nameOf(entry.record) }, entry, job, profile) === null,
      ),
    ],
  };
};
