import { stopDatafeed } from './datafeed-lifecycle.js';
import { conflict, Failure, illegalState, tooMany } from './failures.js';
import { readInput } from './input.js';
import { jobJson } from './job-json.js';
import { awaitOpened, beginClose, beginOpen, settleClosed } from './job-lifecycle.js';
import { jobStatsJson } from './job-stats-json.js';
import { allowedNoMatch, allowNoMatchFields, expandJobs, findJob, readAllowNoMatch, requireLicence, singleJobId } from './naming.js';
import type { JobRecord } from './records.js';
import { type Call, type Prepared, type Reply, type Route, reply } from './routes.js';
import { minutes, type TimeValue } from './time-value.js';
import { datafeedOf, type World } from './world.js';

/** Simulated milliseconds that a close by force takes. */
const forceCloseMs = 60;

function prepareGet(call: Call): Prepared {
  const { world, path } = call;
  const allowNoMatch = readAllowNoMatch(call, 'allow_no_jobs');
  const portable = world.dialect.excludeGenerated && call.params.flag('exclude_generated', false);
  return {
    action: 'cluster:monitor/xpack/ml/job/get',
    run() {
      const jobs = expandJobs(world, path.id ?? '_all', allowNoMatch, true);
      return reply({ count: jobs.length, jobs: jobs.map((job) => jobJson(world, job, portable)) });
    },
  };
}

function prepareStats(call: Call): Prepared {
  const { world, path } = call;
  const allowNoMatch = readAllowNoMatch(call, 'allow_no_jobs');
  return {
    action: 'cluster:monitor/xpack/ml/job/stats/get',
    run() {
      const jobs = expandJobs(world, path.id ?? '_all', allowNoMatch, false);
      return reply({ count: jobs.length, jobs: jobs.map((job) => jobStatsJson(world, job)) });
    },
  };
}

function requireCapacity(world: World, job: JobRecord): { readonly lazily: boolean } {
  if (world.settings.allocation === 'none') {
    const setting = '[cluster.persistent_tasks.allocation.enable]';
    throw tooMany(`Cannot open jobs because persistent task assignment is disabled by the ${setting} setting`);
  }
  const running = [...world.jobs.values()].filter(({ nodeId }) => nodeId !== undefined).length;
  const { maxOpenJobs } = world.settings;
  const mlNode = world.cluster.nodes().find(({ roles }) => roles.includes('ml'));
  if (running < maxOpenJobs && mlNode !== undefined) return { lazily: false };
  if (job.config.allow_lazy_open === true) return { lazily: true };
  const node = mlNode ?? world.cluster.master();
  const attributes = Object.entries(node.attributes).filter(([key]) => key.startsWith('ml.m'));
  const described = mlNode === undefined ? node.name : `{${node.name}}${attributes.map((pair) => `{${pair.join('=')}}`).join('')}`;
  const full = `this node is full. Number of opened jobs [${running}], xpack.ml.max_open_jobs [${maxOpenJobs}]`;
  const because = mlNode === undefined ? "this node isn't a ml node." : full;
  throw tooMany('Could not open job because no ML nodes with sufficient capacity were found', {
    type: 'illegal_state_exception',
    reason: `Could not open job because no suitable nodes were found, allocation explanation [Not opening job [${job.id}] on node [${described}], because ${because}]`,
  });
}

function alreadyOpened(id: string): Failure {
  const cause = { type: 'resource_already_exists_exception', reason: `task with id {job-${id}} already exist` };
  return new Failure(
    409,
    { type: 'status_exception', reason: `Cannot open job [${id}] because it has already been opened`, causedBy: cause },
    { rootCause: [cause] },
  );
}

async function open(world: World, id: string, timeout: TimeValue): Promise<Reply> {
  requireLicence(world);
  const job = findJob(world, id);
  if (job.blocked !== undefined) throw conflict(`Cannot open job [${id}] because it is executing [${job.blocked.reason}]`);
  if (job.state !== 'closed') throw alreadyOpened(id);
  const { lazily } = requireCapacity(world, job);
  const current = beginOpen(world, job, lazily);
  if (lazily) return reply({ opened: true, node: '' });
  return reply({ opened: true, node: await awaitOpened(world, job, current, timeout) });
}

function prepareOpen(call: Call): Prepared {
  const id = singleJobId(call);
  const spec = { parser: 'xpack/ml/job', fields: { timeout: { kind: 'time' }, job_id: { kind: 'text' } }, lenient: true } as const;
  const timeout = readInput(spec, call.body, call.params, call.warn).time('timeout', minutes(30));
  return { action: 'cluster:admin/xpack/ml/job/open', readsBody: true, run: () => open(call.world, id, timeout) };
}

function requireClosable(world: World, jobs: readonly JobRecord[], force: boolean): void {
  if (!force && jobs.some(({ state }) => state === 'failed')) {
    throw conflict(
      jobs.length === 1
        ? `cannot close job [${jobs[0]?.id}] because it failed, use force close`
        : 'one or more jobs have state failed, use force close',
    );
  }
  if (world.dialect.handlesDatafeeds) return;
  for (const job of jobs) {
    const datafeed = datafeedOf(world, job.id);
    if (datafeed !== undefined && datafeed.state !== 'stopped')
      throw conflict(`cannot close job datafeed [${datafeed.id}] hasn't been stopped`);
  }
}

async function closeAll(world: World, jobs: readonly JobRecord[], force: boolean): Promise<void> {
  const datafeeds = jobs.map(({ id }) => datafeedOf(world, id)).filter((datafeed) => datafeed !== undefined);
  await Promise.all(datafeeds.map((datafeed) => stopDatafeed(world, datafeed, force)));
  if (force) await world.timers.pause(forceCloseMs);
  for (const job of jobs) {
    if (!force) beginClose(world, job);
    else if (job.state !== 'closed') settleClosed(world, job);
  }
}

async function close(world: World, jobs: readonly JobRecord[], force: boolean, timeout: TimeValue): Promise<Reply> {
  requireClosable(world, jobs, force);
  const open = jobs.filter(({ state }) => state !== 'closed');
  if (open.length === 0) return reply({ closed: true });
  const before = new Map(open.map((job) => [job, job.timesClosed]));
  void closeAll(world, open, force);
  const closed = await world.changes.until(() => open.every((job) => job.timesClosed !== before.get(job)), timeout.ms);
  // The close goes on when nobody waits for it any longer.
  if (!closed) throw illegalState(`Timed out when waiting for persistent tasks after ${timeout.text}`);
  return reply({ closed: true });
}

function prepareClose(call: Call): Prepared {
  const { world } = call;
  const action = 'cluster:admin/xpack/ml/job/close';
  const fields = {
    timeout: { kind: 'time' },
    force: { kind: 'flag' },
    job_id: { kind: 'text' },
    ...allowNoMatchFields(world, 'allow_no_jobs'),
  } as const;
  const input = readInput({ parser: action, fields }, call.body, call.params, call.warn);
  const allowNoMatch = allowedNoMatch(world, input, 'allow_no_jobs');
  const force = input.flag('force', false);
  const timeout = input.time('timeout', minutes(30));
  const expression = call.path.id ?? '_all';
  return { action, readsBody: true, run: () => close(world, expandJobs(world, expression, allowNoMatch, false), force, timeout) };
}

/** Reading, opening and closing jobs. */
export const jobRoutes: readonly Route[] = [
  { method: 'GET', template: '/_ml/anomaly_detectors', prepare: prepareGet },
  { method: 'GET', template: '/_ml/anomaly_detectors/{id}', prepare: prepareGet },
  { method: 'GET', template: '/_ml/anomaly_detectors/_stats', prepare: prepareStats },
  { method: 'GET', template: '/_ml/anomaly_detectors/{id}/_stats', prepare: prepareStats },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_open', prepare: prepareOpen },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_close', prepare: prepareClose },
];
