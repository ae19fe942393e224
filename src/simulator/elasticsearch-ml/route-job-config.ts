import { addNewDatafeed, readNewDatafeed } from './datafeed-config.js';
import { alreadyExists } from './failures.js';
import { type NewJob, readJobUpdate, readNewJob } from './job-config.js';
import { jobJson } from './job-json.js';
import { findJob, requireLicence, singleJobId } from './naming.js';
import { addJob } from './new-records.js';
import { type Call, type Prepared, type Reply, type Route, reply } from './routes.js';
import type { World } from './world.js';

const sameName = (id: string, group: string) =>
  alreadyExists(`job and group names must be unique but job [${id}] and group [${group}] have the same name`);

/** Ids and groups share one set of names. */
function requireFreeNames(world: World, id: string, groups: readonly string[]): void {
  if (world.jobs.has(id)) throw alreadyExists(`The job cannot be created with the Id '${id}'. The Id is already used.`);
  for (const job of world.jobs.values()) {
    if (job.groups.includes(id)) throw sameName(id, id);
    if (groups.includes(job.id)) throw sameName(job.id, job.id);
  }
}

function create(call: Call, id: string, asked: NewJob): Reply {
  const { world } = call;
  requireLicence(world);
  requireFreeNames(world, id, asked.groups);
  const { datafeed_id = id, ...given } = asked.datafeed ?? {};
  const datafeed =
    asked.datafeed === undefined ? undefined : readNewDatafeed(String(datafeed_id), JSON.stringify({ ...given, job_id: id }));
  const job = addJob(world, id, asked.config, asked.groups);
  if (datafeed !== undefined) addNewDatafeed(world, datafeed);
  return reply(jobJson(world, job));
}

function preparePut(call: Call): Prepared {
  const id = call.path.id ?? '';
  const asked = readNewJob(call.world, id, call.body);
  return { action: 'cluster:admin/xpack/ml/job/put', readsBody: true, run: () => create(call, id, asked) };
}

function prepareUpdate(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const { config, groups } = readJobUpdate(call.body);
  return {
    action: 'cluster:admin/xpack/ml/job/update',
    readsBody: true,
    run() {
      const job = findJob(world, id);
      job.config = { ...job.config, ...config };
      if (groups !== undefined) job.groups = groups;
      world.audit(id, `Job updated: [${[...Object.keys(config), ...(groups === undefined ? [] : ['groups'])].join(', ')}]`);
      return reply(jobJson(world, job));
    },
  };
}

/** Creating and changing jobs. */
export const jobConfigRoutes: readonly Route[] = [
  { method: 'PUT', template: '/_ml/anomaly_detectors/{id}', prepare: preparePut },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_update', prepare: prepareUpdate },
];
