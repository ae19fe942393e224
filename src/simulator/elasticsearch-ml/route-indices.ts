import { isJsonObject, type Json, type JsonObject, parseJson } from '../json.js';
import { alreadyExists, parseFailure } from './failures.js';
import { missingIndex, requireIndexName, requireIndices } from './index-names.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import type { World } from './world.js';

const nameOf = (call: Call) => call.path.index ?? '';

function mappedFields(body: string): ReadonlySet<string> {
  const json: Json | undefined = parseJson(body);
  const mappings = isJsonObject(json) ? json.mappings : undefined;
  const properties = isJsonObject(mappings) ? mappings.properties : undefined;
  return new Set(isJsonObject(properties) ? Object.keys(properties) : []);
}

function indexJson(world: World, name: string): JsonObject {
  const fields = world.indices.get(name);
  const known = fields === undefined || fields === 'any' ? [] : [...fields];
  return {
    aliases: {},
    mappings: known.length === 0 ? {} : { properties: Object.fromEntries(known.map((field) => [field, { type: 'date' }])) },
    settings: { index: { number_of_shards: '1', number_of_replicas: '1', provided_name: name } },
  };
}

function readTimeouts(call: Call): void {
  for (const name of ['timeout', 'master_timeout', 'wait_for_active_shards', 'include_type_name']) call.params.text(name);
}

function preparePut(call: Call): Prepared {
  const { world } = call;
  const name = nameOf(call);
  readTimeouts(call);
  return {
    action: 'indices:admin/create',
    index: name,
    readsBody: true,
    run() {
      requireIndexName(name);
      if (world.indices.has(name)) throw alreadyExists(`index [${name}] already exists`);
      world.indices.set(name, mappedFields(call.body));
      return reply({ acknowledged: true, shards_acknowledged: true, index: name });
    },
  };
}

function prepareGet(call: Call): Prepared {
  const { world } = call;
  const name = nameOf(call);
  for (const option of ['ignore_unavailable', 'allow_no_indices', 'expand_wildcards', 'flat_settings', 'local']) call.params.text(option);
  return {
    action: 'indices:admin/get',
    index: name,
    run() {
      requireIndices(world, name);
      const found = [...world.indices.keys()].filter((index) => name.split(',').includes(index) || name === '*' || name === '_all');
      return reply(Object.fromEntries(found.map((index) => [index, indexJson(world, index)])));
    },
  };
}

function prepareDelete(call: Call): Prepared {
  const { world } = call;
  const name = nameOf(call);
  readTimeouts(call);
  return {
    action: 'indices:admin/delete',
    index: name,
    run() {
      requireIndices(world, name);
      for (const index of name.split(',')) world.indices.delete(index);
      return reply({ acknowledged: true });
    },
  };
}

/** A document of a typed index, which before 8 is what a path of three parts nobody else knows is about. */
function prepareDocument(call: Call, requests = 'get'): Prepared {
  const name = nameOf(call);
  call.warn(
    `[types removal] Specifying types in document ${requests} requests is deprecated, use the /{index}/_doc/{id} endpoint instead.`,
  );
  return {
    action: 'indices:data/read/get',
    index: name,
    run() {
      throw missingIndex(name, 'index_expression');
    },
  };
}

/** Indexing into a typed index. */
function prepareIndexing(call: Call): Prepared {
  const name = nameOf(call);
  const typeless = '(/{index}/_doc/{id}, /{index}/_doc, or /{index}/_create/{id})';
  call.warn(`[types removal] Specifying types in document index requests is deprecated, use the typeless endpoints instead ${typeless}.`);
  if (call.body === '') throw parseFailure('request body is required');
  return {
    action: 'indices:data/write/index',
    index: name,
    readsBody: true,
    run() {
      requireIndexName(name, "must not start with '_', '-', or '+'");
      const shards = { total: 2, successful: 1, failed: 0 };
      const id = call.path.doc ?? String(call.world.timers.now());
      call.world.indices.set(name, call.world.indices.get(name) ?? new Set());
      const written = { _id: id, _version: 1, result: 'created', _shards: shards, _seq_no: 0, _primary_term: 1 };
      return { status: 201, body: { _index: name, _type: call.path.type ?? '_doc', ...written } };
    },
  };
}

/** Indices, as far as a datafeed needs one. */
export const indexRoutes: readonly Route[] = [
  { method: 'GET', template: '/{index}', prepare: prepareGet },
  { method: 'HEAD', template: '/{index}', prepare: prepareGet },
  { method: 'PUT', template: '/{index}', prepare: preparePut },
  { method: 'DELETE', template: '/{index}', prepare: prepareDelete },
];

const document = '/{index}/{type}/{doc}';

/** Routes with types (until 7), which catch paths of two and three parts that nobody else knows. */
export const typedRoutes: readonly Route[] = [
  { method: 'POST', template: '/{index}/{type}', prepare: prepareIndexing },
  { method: 'GET', template: document, prepare: (call) => prepareDocument(call) },
  { method: 'HEAD', template: document, prepare: (call) => prepareDocument(call) },
  { method: 'DELETE', template: document, prepare: (call) => prepareDocument(call, 'index') },
  { method: 'PUT', template: document, prepare: prepareIndexing },
  { method: 'POST', template: document, prepare: prepareIndexing },
];
