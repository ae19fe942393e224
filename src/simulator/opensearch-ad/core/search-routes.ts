import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { parseBody } from '../request-body.js';
import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { refuseReserved } from '../search/index-names.js';
import { membersOf, parsing, wholeBody } from '../search/part.js';
import { SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';

/** Parameters that change nothing here. */
const passedOver = [
  'allow_no_indices',
  'allow_partial_search_results',
  'batched_reduce_size',
  'cancel_after_time_interval',
  'ccs_minimize_roundtrips',
  'expand_wildcards',
  'max_concurrent_shard_requests',
  'preference',
  'request_cache',
  'routing',
  'search_type',
  'timeout',
  'typed_keys',
];

const listParam = (text: string) => text.split(',').filter((token) => token !== '');

function sortParam(text: string): Json {
  return listParam(text).map((token) => {
    const [field = '', direction] = token.split(':');
    return direction === undefined ? field : { [field]: direction };
  });
}

const sourceParam = (text: string): Json => (text === 'true' || text === 'false' ? text === 'true' : listParam(text));

/** What parameters say in place of the body. */
function readParams({ params }: Call): JsonObject {
  for (const name of passedOver) params.text(name);
  const text = (name: string, read: (value: string) => Json): JsonObject => {
    const value = params.text(name);
    return value === undefined ? {} : { [name]: read(value) };
  };
  return {
    ...text('size', Number),
    ...text('from', Number),
    ...text('_source', sourceParam),
    ...text('sort', sortParam),
    ...text('version', (value) => value !== 'false'),
    ...text('seq_no_primary_term', (value) => value !== 'false'),
    ...text('track_total_hits', (value) => (/^\d+$/.test(value) ? Number(value) : value !== 'false')),
    ...queryParam(params.text('q')),
  };
}

const queryParam = (text: string | undefined): JsonObject => (text === undefined ? {} : { query: { query_string: { query: text } } });

/** For some seconds after boot there is no shard to search. */
function requireShards({ server }: World): void {
  if (server !== 'recovering') return;
  const extra = { phase: 'query', grouped: true, failed_shards: [] };
  throw new SearchFailure(503, { type: 'search_phase_execution_exception', reason: 'all shards failed', extra }, []);
}

function expressionsOf(world: World, { params }: Call): readonly string[] {
  const names = listParam(params.text('index') ?? '');
  refuseReserved(names);
  const lenient = params.flag('ignore_unavailable', false);
  return names.length === 0 ? ['_all'] : names.filter((name) => !lenient || name.includes('*') || world.indices.exists(name));
}

function bodyOf(world: World, { body, params }: Call): { readonly text: string; readonly body: JsonObject } {
  const text = body === '' ? (params.text('source') ?? '') : body;
  return { text, body: text === '' ? {} : parseBody(world.dialect, text) };
}

function prepareSearch(world: World, call: Call): Prepared {
  const names = expressionsOf(world, call);
  const { text, body } = bodyOf(world, call);
  const asked = readParams(call);
  const merged = { ...body, ...asked };
  const plain = Object.keys(asked).length === 0 && text !== '';
  return {
    action: 'indices:data/read/search',
    run() {
      requireShards(world);
      return reply(world.indices.search(names.length === 0 ? ['nothing*'] : names, merged, plain ? { text } : {}));
    },
  };
}

function prepareCount(world: World, call: Call): Prepared {
  for (const name of [...passedOver, 'min_score', 'terminate_after']) call.params.text(name);
  const names = expressionsOf(world, call);
  const { text, body } = bodyOf(world, call);
  const query = queryParam(call.params.text('q'));
  return {
    action: 'indices:data/read/search',
    run() {
      const unknown = membersOf(wholeBody(body, text === '' ? '{}' : text)).find(({ name }) => name !== 'query');
      if (unknown !== undefined) throw parsing(`request does not support [${unknown.name}]`, unknown, 'name');
      requireShards(world);
      const found = world.indices.search(names, { ...body, ...query, size: 0, track_total_hits: true });
      const total = isJsonObject(found.hits) && isJsonObject(found.hits.total) ? found.hits.total.value : 0;
      return reply({ count: total, _shards: found._shards });
    },
  };
}

/** Searching and counting, on behalf of nobody's plugin. */
export const coreSearchRoutes = (world: World): readonly Route[] =>
  ['GET', 'POST'].flatMap((method) => [
    ...['/_search', '/{index}/_search'].map((template) => ({ method, template, prepare: (call: Call) => prepareSearch(world, call) })),
    ...['/_count', '/{index}/_count'].map((template) => ({ method, template, prepare: (call: Call) => prepareCount(world, call) })),
  ]);
