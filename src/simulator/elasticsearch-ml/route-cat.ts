import { printDuration } from '../elastic-rest/durations.js';
import { grow } from './growth.js';
import { type Call, type Prepared, type Reply, type Route, reply } from './routes.js';
import type { World } from './world.js';

type Row = Readonly<Record<string, string>>;

/** Columns that the server prints at the right. */
const atTheRight: ReadonlySet<string> = new Set(['state', 'model.memory_status']);

function printTable(rows: readonly Row[], headed: boolean): string {
  const columns = Object.keys(rows[0] ?? {});
  const table = [...(headed ? [columns] : []), ...rows.map((row) => Object.values(row))];
  const widths = columns.map((_, index) => Math.max(...table.map((row) => row[index]?.length ?? 0)));
  const pad = (cell: string, index: number) =>
    atTheRight.has(columns[index] ?? '') ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0);
  return table.map((row) => `${row.map(pad).join(' ').trimEnd()}\n`).join('');
}

function jobRows(world: World): readonly Row[] {
  return [...world.jobs.values()].map((job) => {
    grow(world, job);
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

const taskRows = (world: World): readonly Row[] =>
  world.tasks.running().map((task) => ({
    action: task.action,
    task_id: task.id,
    parent_task_id: task.parent ?? '-',
    type: task.type,
    start_time: String(task.startedAt),
    timestamp: new Date(task.startedAt).toISOString().slice(11, 19),
    running_time: printDuration(performance.now() - task.startedTicks),
    ip: task.node.ip,
    node: task.node.name,
  }));

/** A table, or the same as JSON. */
function readCat({ params }: Call): (rows: readonly Row[]) => Reply {
  const asJson = params.text('format') === 'json';
  const headed = params.flag('v', false);
  return (rows) => (asJson ? reply(rows) : { body: null, text: printTable(rows, headed) });
}

function prepareJobs(call: Call): Prepared {
  const print = readCat(call);
  return { action: 'cluster:monitor/xpack/ml/job/stats/get', run: () => print(jobRows(call.world)) };
}

function prepareTasks(call: Call): Prepared {
  const print = readCat(call);
  return { action: 'cluster:monitor/tasks/lists', run: () => print(taskRows(call.world)) };
}

/** Jobs as a table. */
export const catJobRoutes: readonly Route[] = [{ method: 'GET', template: '/_cat/ml/anomaly_detectors', prepare: prepareJobs }];

/** Tasks as a table. */
export const catTaskRoutes: readonly Route[] = [{ method: 'GET', template: '/_cat/tasks', prepare: prepareTasks }];
