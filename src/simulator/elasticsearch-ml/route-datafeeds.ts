import { datafeedConfigJson, datafeedStatsJson } from './datafeed-json.js';
import { beginStart, stopDatafeed } from './datafeed-lifecycle.js';
import { parseDate } from './dates.js';
import { badRequest, conflict, notFound, serverError, validationFailure } from './failures.js';
import { readInput } from './input.js';
import { allowedNoMatch, allowNoMatchFields, expandDatafeeds, findDatafeed, readAllowNoMatch, requireLicence } from './naming.js';
import type { DatafeedRecord } from './records.js';
import { type Call, type Prepared, type Reply, type Route, reply } from './routes.js';
import { minutes, seconds, type TimeValue } from './time-value.js';
import type { World } from './world.js';

function prepareGet(call: Call): Prepared {
  const { world, path } = call;
  const allowNoMatch = readAllowNoMatch(call, 'allow_no_datafeeds');
  const portable = world.dialect.excludeGenerated && call.params.flag('exclude_generated', false);
  return {
    action: 'cluster:monitor/xpack/ml/datafeeds/get',
    run() {
      const datafeeds = expandDatafeeds(world, path.id ?? '_all', allowNoMatch);
      return reply({ count: datafeeds.length, datafeeds: datafeeds.map((datafeed) => datafeedConfigJson(datafeed, portable)) });
    },
  };
}

function prepareStats(call: Call): Prepared {
  const { world, path } = call;
  const allowNoMatch = readAllowNoMatch(call, 'allow_no_datafeeds');
  return {
    action: 'cluster:monitor/xpack/ml/datafeeds/stats/get',
    run() {
      const datafeeds = expandDatafeeds(world, path.id ?? '_all', allowNoMatch);
      return reply({ count: datafeeds.length, datafeeds: datafeeds.map((datafeed) => datafeedStatsJson(world, datafeed)) });
    },
  };
}

/** The field of the job that holds the time. */
function timeField(world: World, datafeed: DatafeedRecord): string {
  const description = world.jobs.get(datafeed.jobId)?.config.data_description;
  const field = typeof description === 'object' && description !== null && 'time_field' in description ? description.time_field : undefined;
  return typeof field === 'string' ? field : 'time';
}

function requireReadable(world: World, datafeed: DatafeedRecord): void {
  for (const index of datafeed.indices) {
    if (index.includes('*') || index.includes(':')) continue;
    const mapped = world.indices.get(index);
    if (mapped === undefined) throw notFound(`datafeed [${datafeed.id}] cannot retrieve data because index [${index}] does not exist`);
    const field = timeField(world, datafeed);
    if (mapped !== 'any' && !mapped.has(field))
      throw badRequest(`[${datafeed.id}] cannot retrieve field [${field}] because it has no mappings`);
  }
}

async function start(world: World, id: string, realTime: boolean, timeout: TimeValue): Promise<Reply> {
  requireLicence(world);
  const datafeed = findDatafeed(world, id);
  const job = world.jobs.get(datafeed.jobId);
  if (datafeed.state !== 'stopped') throw conflict(`cannot start datafeed [${id}] because it has already been started`);
  if (job === undefined || (job.state !== 'opened' && job.state !== 'opening')) {
    throw conflict(`cannot start datafeed [${id}] because job [${datafeed.jobId}] is ${job?.state ?? 'closed'}`);
  }
  requireReadable(world, datafeed);
  const current = beginStart(world, datafeed, job, realTime);
  const settled = await world.changes.until(() => !current() || datafeed.state === 'started', timeout.ms);
  // The datafeed starts all the same (7.9).
  if (!settled) throw serverError(`Starting datafeed [${id}] timed out after [${timeout.text}]`);
  return reply({ started: true, node: datafeed.nodeId ?? '' });
}

function prepareStart(call: Call): Prepared {
  const { world } = call;
  const id = call.path.id ?? '';
  const fields = { start: { kind: 'text' }, end: { kind: 'text' }, timeout: { kind: 'time' }, datafeed_id: { kind: 'text' } } as const;
  const input = readInput({ parser: 'xpack/ml/datafeed', fields, lenient: true }, call.body, call.params, call.warn);
  const now = world.timers.now();
  const from = parseDate('start', input.text('start') ?? '0', now);
  const endText = input.text('end');
  const end = endText === undefined ? undefined : parseDate('end', endText, now);
  const timeout = input.time('timeout', seconds(20));
  return {
    action: 'cluster:admin/xpack/ml/datafeed/start',
    readsBody: true,
    run() {
      if (end !== undefined && end <= from) throw validationFailure(`start [${from}] must be earlier than end [${end}]`);
      return start(world, id, end === undefined, timeout);
    },
  };
}

function prepareStop(call: Call): Prepared {
  const { world } = call;
  const action = 'cluster:admin/xpack/ml/datafeed/stop';
  const own = { timeout: { kind: 'time' }, force: { kind: 'flag' }, datafeed_id: { kind: 'text' } } as const;
  const fields = { ...own, ...allowNoMatchFields(world, 'allow_no_datafeeds') };
  const input = readInput({ parser: action, fields }, call.body, call.params, call.warn);
  const allowNoMatch = allowedNoMatch(world, input, 'allow_no_datafeeds');
  const force = input.flag('force', false);
  input.time('timeout', minutes(5));
  return {
    action,
    readsBody: true,
    async run() {
      const datafeeds = expandDatafeeds(world, call.path.id ?? '_all', allowNoMatch);
      // The timeout bounds what happens on the node; a stop that was given 1ms still waits (7.9).
      await Promise.all(datafeeds.map((datafeed) => stopDatafeed(world, datafeed, force)));
      return reply({ stopped: true });
    },
  };
}

/** Reading, starting and stopping datafeeds. */
export const datafeedRoutes: readonly Route[] = [
  { method: 'GET', template: '/_ml/datafeeds', prepare: prepareGet },
  { method: 'GET', template: '/_ml/datafeeds/{id}', prepare: prepareGet },
  { method: 'GET', template: '/_ml/datafeeds/_stats', prepare: prepareStats },
  { method: 'GET', template: '/_ml/datafeeds/{id}/_stats', prepare: prepareStats },
  { method: 'POST', template: '/_ml/datafeeds/{id}/_start', prepare: prepareStart },
  { method: 'POST', template: '/_ml/datafeeds/{id}/_stop', prepare: prepareStop },
];
