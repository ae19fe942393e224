import { jobStatsJson } from './job-stats-json.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import type { World } from './world.js';

const dayMs = 24 * 3_600_000;

function prepareLicence({ world, params }: Call): Prepared {
  for (const name of ['local', 'accept_enterprise']) params.text(name);
  const now = world.timers.now();
  const issued = now - 10 * dayMs;
  const expires = now + 20 * dayMs;
  return {
    action: 'cluster:monitor/xpack/license/get',
    run: () =>
      reply({
        license: {
          status: 'active',
          uid: licenceId,
          type: world.settings.licence,
          issue_date: new Date(issued).toISOString(),
          issue_date_in_millis: issued,
          expiry_date: new Date(expires).toISOString(),
          expiry_date_in_millis: expires,
          max_nodes: 1000,
          issued_to: world.cluster.name,
          issuer: 'elasticsearch',
          start_date_in_millis: -1,
        },
      }),
  };
}

const licenceId = 'ae041d88-0000-4f65-bff6-4f3c5f8a051d';

function prepareXpack({ world, params }: Call): Prepared {
  const categories = (params.text('categories') ?? 'build,license,features').split(',');
  const { dialect, settings } = world;
  const ml = {
    available: settings.licence !== 'basic',
    enabled: settings.ml,
    native_code_info: { version: dialect.number, build_hash: dialect.buildHash.slice(0, 14) },
  };
  const licence = { uid: licenceId, type: settings.licence, mode: settings.licence, status: 'active' };
  return {
    action: 'cluster:monitor/xpack/info',
    run: () =>
      reply({
        ...(categories.includes('build') && { build: { hash: dialect.buildHash, date: dialect.buildDate } }),
        ...(categories.includes('license') && { license: { ...licence, expiry_date_in_millis: world.timers.now() + 20 * dayMs } }),
        ...(categories.includes('features') && {
          features: { ilm: { available: true, enabled: true }, ml, slm: { available: true, enabled: true } },
        }),
        tagline: 'You know, for X',
      }),
  };
}

/** Columns of text, which the server prints at the right. */
const right: ReadonlySet<string> = new Set(['state', 'model.memory_status']);

/** Jobs as lines of a table. */
function catRows(world: World): readonly Readonly<Record<string, string>>[] {
  return [...world.jobs.values()].map((job) => {
    jobStatsJson(world, job);
    return {
      id: job.id,
      state: job.state,
      'data.processed_records': String(job.counts.records),
      'model.bytes': `${job.modelBytes}b`,
      'model.memory_status': 'ok',
      'forecasts.total': String(job.forecasts),
      'buckets.count': String(job.counts.buckets),
    };
  });
}

function prepareCat(call: Call): Prepared {
  const { world, params } = call;
  const asJson = (params.text('format') ?? '') === 'json';
  const headed = params.flag('v', false);
  return {
    action: 'cluster:monitor/xpack/ml/job/stats/get',
    run() {
      const rows = catRows(world);
      if (asJson) return reply(rows);
      const columns = Object.keys(rows[0] ?? {});
      const table = [...(headed ? [columns] : []), ...rows.map((row) => Object.values(row))];
      const widths = columns.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
      const line = (row: readonly string[]) =>
        row.map((cell, index) => (right.has(columns[index] ?? '') ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)));
      return { body: null, text: table.map((row) => `${line(row).join(' ').trimEnd()}\n`).join('') };
    },
  };
}

function prepareCatTasks({ params }: Call): Prepared {
  for (const name of ['v', 'h', 'help', 's', 'detailed', 'nodes', 'parent_task_id']) params.text(name);
  return { action: 'cluster:monitor/tasks/lists', run: () => ({ body: null, text: '' }) };
}

/** Licence and features. */
export const licenceRoutes: readonly Route[] = [
  { method: 'GET', template: '/_license', prepare: prepareLicence },
  { method: 'GET', template: '/_xpack', prepare: prepareXpack },
  { method: 'GET', template: '/_cat/tasks', prepare: prepareCatTasks },
];

/** Jobs as a table. */
export const catRoutes: readonly Route[] = [{ method: 'GET', template: '/_cat/ml/anomaly_detectors', prepare: prepareCat }];
