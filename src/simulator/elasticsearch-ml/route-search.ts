import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { parseBody } from './body-fields.js';
import { namesNotifications, requireIndices, taskIndex } from './index-names.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { compileQuery } from './search-query.js';
import { storedJson } from './tasks.js';
import type { World } from './world.js';

interface Order {
  readonly field: string;
  readonly descending: boolean;
}

interface Hit {
  readonly index: string;
  /** Of the document, before 8. */
  readonly type: string;
  readonly id: string;
  readonly source: JsonObject;
}

/** The lines of the notifications index. */
const notifications = (world: World): readonly Hit[] =>
  world.messages.map(({ jobId, message, level, timestamp, nodeName }, index) => ({
    index: world.dialect.modernNodes ? '.ml-notifications-000002' : '.ml-notifications-000001',
    type: '_doc',
    id: `notification-${index}`,
    source: { job_id: jobId, message, level, timestamp, node_name: nodeName, job_type: 'anomaly_detector' },
  }));

/** Stored results of tasks. */
const taskResults = (world: World): readonly Hit[] =>
  world.tasks.allStored().map((stored) => ({ index: taskIndex, type: 'task', id: stored.id, source: storedJson(stored) }));

/** The documents that an expression names; indices that datafeeds read hold none. */
function documentsOf(world: World, expression: string): readonly Hit[] {
  if (namesNotifications(expression)) return notifications(world);
  return expression === taskIndex ? taskResults(world) : [];
}

const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

function readOrder(value: Json): Order {
  if (!isJsonObject(value)) {
    const [field = '', direction] = String(value).split(':');
    return { field, descending: direction === 'desc' };
  }
  const [[field, how] = ['', null]] = Object.entries(value);
  const direction = isJsonObject(how) ? how.order : how;
  return { field, descending: direction === 'desc' };
}

const keyOf = (hit: Hit, field: string): number | string => {
  const value = field === '_doc' || field === '_id' ? hit.id : hit.source[field.replace(/\.keyword$/, '')];
  return typeof value === 'number' ? value : String(value ?? '');
};

function compare(left: readonly (number | string)[], right: readonly Json[], orders: readonly Order[]): number {
  for (const [index, { descending }] of orders.entries()) {
    const [first, second] = [left[index] ?? '', right[index] ?? ''];
    if (first === second) continue;
    const lower = typeof first === 'number' ? first < Number(second) : first < String(second);
    return (lower ? -1 : 1) * (descending ? -1 : 1);
  }
  return 0;
}

interface Search {
  readonly query: Json | undefined;
  readonly orders: readonly Order[];
  readonly from: number;
  readonly size: number;
  readonly after: readonly Json[] | undefined;
  readonly source: Json | undefined;
}

function readSearch(call: Call): Search {
  const body = call.body === '' ? {} : parseBody('search', call.body);
  const { params } = call;
  for (const name of ['track_total_hits', 'ignore_unavailable', 'allow_no_indices', 'expand_wildcards', 'rest_total_hits_as_int'])
    params.text(name);
  const sort = params.text('sort')?.split(',') ?? asList(body.sort);
  const source = params.text('_source')?.split(',') ?? body._source;
  return {
    query: body.query,
    orders: sort.map(readOrder),
    from: params.whole('from', Number(body.from ?? 0)),
    size: params.whole('size', Number(body.size ?? 10)),
    after: Array.isArray(body.search_after) ? body.search_after : undefined,
    source,
  };
}

/** The members of a source that are asked for. */
function chosenSource(source: JsonObject, wanted: Json | undefined): JsonObject | undefined {
  if (wanted === false) return undefined;
  const includes = isJsonObject(wanted) ? wanted.includes : wanted;
  const names = asList(includes).filter((name) => typeof name === 'string' && name !== 'true');
  return names.length === 0 ? source : Object.fromEntries(Object.entries(source).filter(([key]) => names.includes(key)));
}

function searchJson(call: Call, search: Search): JsonObject {
  const { world } = call;
  const { orders, after } = search;
  const matches = compileQuery(search.query);
  const keysOf = (hit: Hit) => orders.map(({ field }) => keyOf(hit, field));
  const all = documentsOf(world, call.path.index ?? '');
  const found = all.filter((hit) => matches(hit.source)).sort((left, right) => compare(keysOf(left), keysOf(right), orders));
  const later = after === undefined ? found : found.filter((hit) => compare(keysOf(hit), after, orders) > 0);
  const score = orders.length > 0 || found.length === 0 ? null : 1;
  const hits = later.slice(search.from, search.from + search.size).map((hit) => {
    const source = chosenSource(hit.source, search.source);
    return {
      _index: hit.index,
      ...(world.dialect.typedIndices && { _type: hit.type }),
      _id: hit.id,
      _score: score,
      ...(source !== undefined && { _source: source }),
      ...(orders.length > 0 && { sort: keysOf(hit) }),
    };
  });
  const shards = { total: 1, successful: 1, skipped: 0, failed: 0 };
  return { took: 1, timed_out: false, _shards: shards, hits: { total: { value: found.length, relation: 'eq' }, max_score: score, hits } };
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
