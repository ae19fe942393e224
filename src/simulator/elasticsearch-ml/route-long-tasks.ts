import { printDuration } from '../elastic-rest/durations.js';
import { isJsonObject, type JsonObject } from '../json.js';
import { parseBody } from './body-fields.js';
import { missingIndex } from './index-names.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** How many documents every simulated index holds. */
const documents = 5000;
const forceMergeMs = 250;
const batchMs = 600;

interface Copying {
  readonly total: number;
  readonly batch: number;
  readonly perSecond: number;
}

const copied = ({ total, batch, perSecond }: Copying, ranMs: number): number =>
  Math.min(total, Math.floor(((ranMs / 1000) * perSecond) / batch) * batch);

const copiedBy = (copying: Copying, task: TaskRecord): number => copied(copying, performance.now() - task.startedTicks);

function progressJson(copying: Copying, task: TaskRecord, created = copiedBy(copying, task)): JsonObject {
  return {
    total: copying.total,
    updated: 0,
    created,
    deleted: 0,
    batches: Math.ceil(created / copying.batch),
    version_conflicts: 0,
    noops: 0,
    retries: { bulk: 0, search: 0 },
    throttled_millis: Math.floor((created / copying.perSecond) * 1000),
    requests_per_second: task.cancelled ? -1 : copying.perSecond,
    ...(task.cancelled && { canceled: 'by user request' }),
    throttled_until_millis: 0,
  };
}

async function copy(world: World, copying: Copying, task: TaskRecord): Promise<JsonObject> {
  const ms = (copying.total / copying.perSecond) * 1000;
  await world.changes.until(() => task.cancelled || task.lost, ms);
  // A cancelled copy ends with the batch it is at.
  if (task.cancelled) await world.timers.pause(batchMs);
  // A timer may fire a moment early: who was not cancelled has copied all.
  const created = task.cancelled ? copiedBy(copying, task) : copying.total;
  const { throttled_millis, throttled_until_millis, ...progress } = progressJson(copying, task, created);
  const tookMs = Math.floor(performance.now() - task.startedTicks);
  return {
    took: tookMs,
    timed_out: false,
    ...progress,
    throttled: printDuration(Number(throttled_millis)),
    throttled_millis,
    throttled_until: '0s',
    throttled_until_millis,
    failures: [],
  };
}

const indexOf = (body: JsonObject, member: string): string => {
  const part = body[member];
  return isJsonObject(part) && typeof part.index === 'string' ? part.index : '';
};

function prepareReindex(call: Call): Prepared {
  const { world, params } = call;
  const body = parseBody('reindex', call.body);
  const [source, target] = [indexOf(body, 'source'), indexOf(body, 'dest')];
  const batch = isJsonObject(body.source) ? Number(body.source.size ?? 1000) : 1000;
  const perSecond = Number(params.text('requests_per_second') ?? 1_000_000);
  const total = world.indices.has(source) ? documents : 0;
  const copying = { total, batch, perSecond };
  return {
    action: 'indices:data/write/reindex',
    description: `reindex from [${source}] to [${target}]${world.dialect.typedIndices ? '[_doc]' : ''}`,
    readsBody: true,
    cancellable: true,
    background: !params.flag('wait_for_completion', true),
    status: (task) => progressJson(copying, task),
    async run(task) {
      if (total === 0) throw missingIndex(source);
      return reply(await copy(world, copying, task));
    },
  };
}

function prepareForceMerge(call: Call): Prepared {
  const { world, params } = call;
  const index = call.path.index ?? '';
  const segments = params.whole('max_num_segments', -1);
  return {
    action: 'indices:admin/forcemerge',
    description: `Force-merge indices [${index}], maxSegments[${segments}], onlyExpungeDeletes[false], flush[true]`,
    background: !params.flag('wait_for_completion', true),
    async run() {
      if (!world.indices.has(index)) throw missingIndex(index);
      await world.timers.pause(forceMergeMs);
      return reply({ _shards: { total: 1, successful: 1, failed: 0 } });
    },
  };
}

/** Work of other parts of the server that runs as a task: it can be watched and cancelled like what ML does. */
export const longTaskRoutes: readonly Route[] = [
  { method: 'POST', template: '/_reindex', prepare: prepareReindex },
  { method: 'POST', template: '/{index}/_forcemerge', prepare: prepareForceMerge },
];
