import { isJsonObject, type JsonObject } from '../../json.js';
import type { Dialect } from '../dialect.js';
import { parseFailure, requestInvalid } from '../failures.js';
import type { Index } from '../indices.js';
import { parseBody } from '../request-body.js';
import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { refuseReserved, resolveNames } from '../search/index-names.js';
import { mappingsJson } from '../search/mappings-json.js';
import { SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { allIndices, copiesOf } from './shards.js';

const nameFailure = (name: string, why: string) =>
  new SearchFailure(400, {
    type: 'invalid_index_name_exception',
    reason: `Invalid index name [${name}], ${why}`,
    extra: { index: name, index_uuid: '_na_' },
  });

/** Refuses names that no index can have. */
export function requireIndexName(name: string): void {
  if (/[ "*\\<|,>/?]/.test(name)) throw nameFailure(name, 'must not contain the following characters [ , ", *, \\, <, |, ,, >, /, ?]');
  if (/^[_+-]/.test(name)) throw nameFailure(name, "must not start with '_', '-', or '+'");
  if (name !== name.toLowerCase()) throw nameFailure(name, 'must be lowercase');
}

const objectOf = (body: JsonObject, key: string): JsonObject => {
  const value = body[key];
  return isJsonObject(value) ? value : {};
};

function prepareCreate(world: World, call: Call): Prepared {
  for (const name of ['timeout', 'master_timeout', 'cluster_manager_timeout', 'wait_for_active_shards']) call.params.text(name);
  const name = call.params.text('index') ?? '';
  const body = call.body === '' ? {} : parseBody(world.dialect, call.body);
  const unknown = Object.keys(body).find((key) => !['settings', 'mappings', 'aliases'].includes(key));
  if (unknown !== undefined) throw parseFailure(`unknown key [${unknown}] for create index`);
  return {
    action: 'indices:admin/create',
    run() {
      requireIndexName(name);
      const known = world.indices.index(name);
      if (known !== undefined) {
        const reason = `index [${name}/${known.uuid}] already exists`;
        const extra = { index: name, index_uuid: known.uuid };
        throw new SearchFailure(400, { type: 'resource_already_exists_exception', reason, extra });
      }
      world.indices.create(name, { mappings: objectOf(body, 'mappings'), settings: objectOf(body, 'settings') });
      return reply({ acknowledged: true, shards_acknowledged: true, index: name });
    },
  };
}

function namesOf(world: World, { params }: Call): readonly string[] {
  const expressions = (params.text('index') ?? '').split(',');
  refuseReserved(expressions);
  return resolveNames(expressions, world.indices.names());
}

function prepareDelete(world: World, call: Call): Prepared {
  for (const name of ['timeout', 'master_timeout', 'cluster_manager_timeout', 'ignore_unavailable', 'expand_wildcards'])
    call.params.text(name);
  call.params.text('index');
  return {
    action: 'indices:admin/delete',
    run() {
      for (const name of namesOf(world, call)) world.indices.remove(name);
      return reply({ acknowledged: true });
    },
  };
}

/** OpenSearch sets a bit of its versions apart from those of its origin. */
function createdVersion({ product, number }: Dialect): JsonObject {
  const [major = 0, minor = 0, patch = 0] = number.split('.').map(Number);
  return product === 'opensearch'
    ? { version: { created: String((major * 1_000_000 + minor * 10_000 + patch * 100 + 99) ^ 0x8000000) } }
    : {};
}

function indexJson(world: World, index: Index): JsonObject {
  const { primaries, replicas } = copiesOf(world, index);
  const settings = {
    ...(world.dialect.product === 'opensearch' && { replication: { type: 'DOCUMENT' } }),
    number_of_shards: String(primaries),
    number_of_replicas: String(replicas),
    provided_name: index.name,
    creation_date: String(index.createdAt),
    uuid: index.uuid,
    ...createdVersion(world.dialect),
  };
  return { aliases: {}, mappings: mappingsJson(index.mappings, index.fields), settings: { index: settings } };
}

function prepareRead(world: World, call: Call): Prepared {
  for (const name of ['local', 'ignore_unavailable', 'allow_no_indices', 'expand_wildcards', 'flat_settings', 'include_defaults']) {
    call.params.text(name);
  }
  call.params.text('index');
  return {
    action: 'indices:admin/get',
    run() {
      const shown = namesOf(world, call).flatMap((name) => world.indices.index(name) ?? []);
      return reply(Object.fromEntries(shown.map((index) => [index.name, indexJson(world, index)])));
    },
  };
}

/** Everything written can be found at once here; the answer is that of a server that had to make it so. */
function prepareRefresh(world: World, call: Call): Prepared {
  const expression = call.params.text('index');
  for (const name of ['ignore_unavailable', 'allow_no_indices', 'expand_wildcards']) call.params.text(name);
  return {
    action: 'indices:admin/refresh',
    run() {
      const names = expression === undefined ? undefined : namesOf(world, call);
      const copies = allIndices(world)
        .filter(({ name }) => names?.includes(name) ?? true)
        .map((index) => copiesOf(world, index));
      const total = copies.reduce((sum, { active, unassigned }) => sum + active + unassigned, 0);
      return reply({ _shards: { total, successful: copies.reduce((sum, { active }) => sum + active, 0), failed: 0 } });
    },
  };
}

/** Deleting no index by name is not deleting all of them. */
function refuseNameless(): Prepared {
  throw requestInvalid('index / indices is missing');
}

/** Indices: creating, removing, looking whether they are there. */
export const indexRoutes = (world: World): readonly Route[] => [
  { method: 'PUT', template: '/{index}', prepare: (call) => prepareCreate(world, call) },
  { method: 'DELETE', template: '/{index}', prepare: (call) => prepareDelete(world, call) },
  { method: 'DELETE', template: '/', prepare: refuseNameless },
  { method: 'GET', template: '/{index}', prepare: (call) => prepareRead(world, call) },
  { method: 'HEAD', template: '/{index}', prepare: (call) => prepareRead(world, call) },
  ...['GET', 'POST'].flatMap((method) =>
    ['/_refresh', '/{index}/_refresh'].map((template) => ({ method, template, prepare: (call: Call) => prepareRefresh(world, call) })),
  ),
];
