import type { Backend, Backends, FieldSet, Job, Listing, Reading, Task, VendorAdapter } from '../../domain/index.js';
import { identityOnly } from '../watch/interest.js';
import type { ObservableLedger } from '../watch/ledger.js';
import type { Poller } from '../watch/poller.js';

/*
 * What an event of a subscription is resolved from. Thousands of clients resolve every event: each would ask the vendor for the tasks of a job or
 * the job of a task. Here they are given what the loop has just read; only what it does not read is asked of the vendor.
 */

const includes = (polled: FieldSet, wanted: FieldSet): boolean => polled === wanted || [...wanted].every((field) => polled.has(field));

const liveAdapter = (backend: Backend, poller: Poller, ledger: ObservableLedger): VendorAdapter => {
  const { adapter } = backend;
  const newestJob = (job: Job): Job => ledger.job(job.id) ?? job;
  const newestTask = (task: Task): Task => ledger.task(task.id) ?? task;

  const jobs = (fields: FieldSet): Listing<Job> | undefined => {
    const polled = poller.jobs();
    return polled && includes(polled.fields, fields) ? { items: polled.items.map(newestJob), missing: polled.missing } : undefined;
  };

  return {
    learnProfile: (call) => adapter.learnProfile(call),
    listJobs: async (fields, call) => jobs(fields) ?? adapter.listJobs(fields, call),
    readJobs: async (ids, fields, call) => {
      const listing = jobs(fields);
      const byId = new Map(listing?.items.map((job) => [job.nativeId, job]));
      const readings = new Map<string, Reading<Job>>();
      for (const id of ids) {
        const job = byId.get(id) ?? (identityOnly(fields) ? ledger.jobByNativeId(backend.key, id) : undefined);
        if (job) readings.set(id, { status: 'found', value: job });
        else if (listing) readings.set(id, { status: 'gone' });
      }
      const unknown = ids.filter((id) => !readings.has(id));
      if (unknown.length === 0) return { readings, missing: listing?.missing ?? [] };
      const asked = await adapter.readJobs(unknown, fields, call);
      return { readings: new Map([...readings, ...asked.readings]), missing: asked.missing };
    },
    discoverTasks: async (fields, call) => {
      const polled = poller.tasks();
      return polled && includes(polled.fields, fields)
        ? { items: polled.items.map(newestTask), missing: polled.missing }
        : adapter.discoverTasks(fields, call);
    },
    readTasks: async (ids, fields, call) => {
      const readings = new Map<string, Reading<Task>>();
      for (const id of ids) {
        const task = poller.tasks() ? ledger.taskByNativeId(backend.key, id) : undefined;
        if (task) readings.set(id, { status: 'found', value: task });
      }
      const unknown = ids.filter((id) => !readings.has(id));
      if (unknown.length === 0) return { readings, missing: [] };
      const asked = await adapter.readTasks(unknown, fields, call);
      return { readings: new Map([...readings, ...asked.readings]), missing: asked.missing };
    },
    readDatafeeds: (ids, fields, call) => adapter.readDatafeeds(ids, fields, call),
    readNodes: (ids, fields, call) => adapter.readNodes(ids, fields, call),
    listNodes: (fields, call) => adapter.listNodes(fields, call),
    readClusterStats: (fields, call) => adapter.readClusterStats(fields, call),
    readAnomalies: (jobId, query, fields, call) => adapter.readAnomalies(jobId, query, fields, call),
    readJobMessages: (jobIds, first, call) => adapter.readJobMessages(jobIds, first, call),
    readModelSnapshots: (jobId, slice, call) => adapter.readModelSnapshots(jobId, slice, call),
    expandJobs: (expression, call) => adapter.expandJobs(expression, call),
    verbFields: adapter.verbFields,
    refusalOf: (verb, job, profile) => adapter.refusalOf(verb, job, profile),
    isBlocking: (action) => adapter.isBlocking(action),
    taskKindOf: (action) => adapter.taskKindOf(action),
    run: (verb, call) => adapter.run(verb, call),
    standingOf: (action, reading) => adapter.standingOf(action, reading),
    dispose: async () => undefined,
  };
};

/** The same backends, read through what their loops have just read. */
export const createLiveBackends = (backends: Backends, pollerOf: (key: string) => Poller, ledger: ObservableLedger): Backends => {
  const all = backends.all.map((backend): Backend => ({ ...backend, adapter: liveAdapter(backend, pollerOf(backend.key), ledger) }));
  return { all, get: (key) => all.find((backend) => backend.key === key) ?? backends.get(key) };
};
