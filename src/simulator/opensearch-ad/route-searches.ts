import { isJsonObject, type JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { illegalState, statusFailure } from './failures.js';
import { matchingDocs } from './matching-docs.js';
import { bodyOrSource, requireBody } from './request-body.js';
import { type Call, reply } from './routes.js';
import type { World } from './world.js';

/** A search of the plugin: every hit has its version and sequence number, and what only Dashboards needs is left out. */
function search(world: World, names: readonly string[], body: JsonObject, call: Call, hidden: readonly string[]): JsonObject {
  // For some seconds after boot shards are not there yet (2.19, 3.4).
  if (world.server === 'recovering') throw statusFailure(500, 'Fail to search');
  const dashboards = String(call.headers['user-agent'] ?? '').includes('OpenSearch Dashboards');
  const text = call.body === '' ? (call.params.text('source') ?? '') : call.body;
  return world.indices.search(names, body, {
    text,
    seqNoPrimaryTerm: true,
    version: true,
    excludes: dashboards ? [] : hidden,
  });
}

const both = (route: Omit<AdRoute, 'method'>): readonly AdRoute[] => ['POST', 'GET'].map((method) => ({ ...route, method }));

const detectorSearch = both({
  path: '/detectors/_search',
  action: 'detector/search',
  prepare: (world, call) => {
    const body = bodyOrSource(world.dialect, call);
    return () => reply(search(world, [world.dialect.names.detectors], body, call, ['ui_metadata']));
  },
});

const taskSearch = both({
  path: '/detectors/tasks/_search',
  action: 'tasks/search',
  prepare: (world, call) => {
    const body = bodyOrSource(world.dialect, call);
    return () => reply(search(world, [world.dialect.names.state], body, call, ['detector.ui_metadata']));
  },
});

/** Default results, and those of one's own index if it is there: a name nobody has changes nothing (2.19). */
function resultNames(world: World, index: string | undefined, only: boolean): readonly string[] {
  if (only && index === undefined) throw illegalState('No custom result index set.');
  const standard = `${world.dialect.names.results}*`;
  const own = index !== undefined && world.indices.exists(index) ? [index] : [];
  return only ? own : [standard, ...own];
}

const resultSearch = (path: string, newOnly: boolean) =>
  both({
    path,
    action: 'result/search',
    newOnly,
    prepare: (world, call) => {
      const index = call.params.text('resultIndex');
      const only = call.params.flag('only_query_custom_result_index', false);
      const body = bodyOrSource(world.dialect, call);
      return () => reply(search(world, resultNames(world, index, only), body, call, []));
    },
  });

const deleteResults: AdRoute = {
  method: 'DELETE',
  path: '/detectors/results',
  action: 'results/delete',
  newOnly: true,
  prepare: (world, call) => {
    const { query } = requireBody(world.dialect, call);
    return () => {
      const names = world.indices.names().filter((name) => name.startsWith(world.dialect.names.results));
      const deleted = names.reduce((sum, name) => sum + deleteMatching(world, name, isJsonObject(query) ? query : { match_all: {} }), 0);
      const retries = { bulk: 0, search: 0 };
      const numbers = { updated: 0, created: 0, deleted, batches: Math.ceil(deleted / 1000), version_conflicts: 0, noops: 0, retries };
      const throttled = { throttled_millis: 0, requests_per_second: -1, throttled_until_millis: 0 };
      return reply({ took: 2, timed_out: false, total: deleted, ...numbers, ...throttled, failures: [] });
    };
  },
};

function deleteMatching(world: World, name: string, query: JsonObject): number {
  const docs = matchingDocs(world.indices, name, query);
  for (const { id } of docs) world.indices.delete(name, id);
  return docs.length;
}

const count: AdRoute = {
  method: 'GET',
  path: '/detectors/count',
  action: 'detector/info',
  prepare: (world) => () => reply({ count: world.indices.all(world.dialect.names.detectors).length, match: false }),
};

const match: AdRoute = {
  method: 'GET',
  path: '/detectors/match',
  action: 'detector/info',
  prepare: (world, { params }) => {
    const name = params.text('name');
    return () => {
      const { names, wording } = world.dialect;
      if (name === undefined) throw statusFailure(500, wording.infoFailed);
      return reply({ count: 0, match: world.indices.all(names.detectors).some(({ source }) => source.name === name) });
    };
  },
};

export const searchRoutes: readonly AdRoute[] = [
  ...detectorSearch,
  ...taskSearch,
  ...resultSearch('/detectors/results/_search', false),
  ...resultSearch('/detectors/results/_search/{resultIndex}', true),
  deleteResults,
  count,
  match,
];
