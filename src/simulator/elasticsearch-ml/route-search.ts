import type { Json, JsonObject } from '../json.js';
import { parseBody } from './body-fields.js';
import { namesNotifications, requireIndices, taskIndex } from './index-names.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { type Aggregation, aggregate, readAggregations } from './search-aggregations.js';
import { compare, type Hit, hitJson, inOrder, keysOf, type Order, readOrder } from './search-hits.js';
import { asList, compileQuery } from './search-query.js';
import { storedJson } from './tasks.js';
import type { World } from './world.js';

/** The lines of the notifications index. */
const notifications = (world: World): readonly Hit[] =>
  world.messages.map(({ jobId, message, level, timestamp, nodeName }, index) => ({
    index: world.dialect.modernNodes ? '.ml-notifications-000002' : '.ml-notifications-000001',
    ...(world.dialect.typedIndices && { type: '_doc' }),
    id: `notification-${index}`,
    source: { job_id: jobId, message, level, timestamp, node_name: nodeName, job_type: 'anomaly_detector' },
  }));

/** Stored results of tasks. */
const taskResults = (world: World): readonly Hit[] =>
  world.tasks.allStored().map((stored) => ({
    index: taskIndex,
    ...(world.dialect.typedIndices && { type: 'task' }),
    id: stored.id,
    source: storedJson(stored),
  }));

/** The documents that an expression names; indices that datafeeds read hold none. */
function documentsOf(world: World, expression: string): readonly Hit[] {
  if (namesNotifications(expression)) return notifications(world);
  return expression === taskIndex ? taskResults(world) : [];
}

interface Search {
  readonly query: Json | undefined;
  readonly orders: readonly Order[];
  readonly from: number;
  readonly size: number;
  readonly after: readonly Json[] | undefined;
  readonly source: Json | undefined;
  /** Undefined where none are asked for: the answer then has no such member. */
  readonly aggregations: readonly Aggregation[] | undefined;
}

function readSearch(call: Call): Search {
  const body = call.body === '' ? {} : parseBody('search', call.body);
  const { params } = call;
  for (const name of ['track_total_hits', 'ignore_unavailable', 'allow_no_indices', 'expand_wildcards', 'rest_total_hits_as_int'])
    params.text(name);
  const sort = params.text('sort')?.split(',') ?? asList(body.sort);
  const source = params.text('_source')?.split(',') ?? body._source;
  const aggregations = body.aggs ?? body.aggregations;
  return {
    query: body.query,
    orders: sort.map(readOrder),
    from: params.whole('from', Number(body.from ?? 0)),
    size: params.whole('size', Number(body.size ?? 10)),
    after: Array.isArray(body.search_after) ? body.search_after : undefined,
    source,
    aggregations: aggregations === undefined ? undefined : readAggregations(aggregations),
  };
}

function searchJson(call: Call, search: Search): JsonObject {
  const { world } = call;
  const { orders, after, aggregations } = search;
  const matches = compileQuery(search.query);
  const index = call.path.index ?? '';
  for (const { check } of aggregations ?? []) check({ index, node: world.cluster.entry().id });
  const all = documentsOf(world, index);
  const found = inOrder(
    all.filter((hit) => matches(hit.source)),
    orders,
  );
  const later = after === undefined ? found : found.filter((hit) => compare(keysOf(hit, orders), after, orders) > 0);
  const hits = later.slice(search.from, search.from + search.size).map((hit) => hitJson(hit, orders, search.source));
  const shards = { total: 1, successful: 1, skipped: 0, failed: 0 };
  const score = orders.length > 0 || found.length === 0 || search.size === 0 ? null : 1;
  return {
    took: 1,
    timed_out: false,
    _shards: shards,
    hits: { total: { value: found.length, relation: 'eq' }, max_score: score, hits },
    ...(aggregations !== undefined && { aggregations: aggregate(aggregations, found) }),
  };
}

function prepareSearch(call: Call): Prepared {
  const search = readSearch(call);
  const index = call.path.index;
  return {
    action: 'indices:data/read/search',
    ...(index !== undefined && { index }),
    readsBody: true,
    run() {
      if (index !== undefined) requireIndices(call.world, index);
      return reply(searchJson(call, search));
    },
  };
}

/** Searching: the audit messages can be found, other indices are empty. */
export const searchRoutes: readonly Route[] = [
  { method: 'GET', template: '/_search', prepare: prepareSearch },
  { method: 'POST', template: '/_search', prepare: prepareSearch },
  { method: 'GET', template: '/{index}/_search', prepare: prepareSearch },
  { method: 'POST', template: '/{index}/_search', prepare: prepareSearch },
];
