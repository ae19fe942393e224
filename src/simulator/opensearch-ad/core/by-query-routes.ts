import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { requestInvalid } from '../failures.js';
import type { StoredDoc } from '../indices.js';
import { matchingDocs } from '../matching-docs.js';
import { parseBody, requireBody } from '../request-body.js';
import { type Call, type Prepared, type Route } from '../routes.js';
import { resolveNames } from '../search/index-names.js';
import { illegalArgument, SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { type ByQuery, runByQuery } from './by-query.js';
import type { TaskRegistry } from './task-registry.js';

/** Documents of a batch unless asked. */
const usualBatch = 1000;

function readRate({ params }: Call): number {
  const text = params.text('requests_per_second') ?? '-1';
  const rate = Number(text);
  if (text === '-1' || rate > 0) return rate;
  const causedBy = Number.isNaN(rate) && { causedBy: { type: 'number_format_exception', reason: `For input string: "${text}"` } };
  const reason = '[requests_per_second] must be a float greater than 0. Use -1 to disable throttling.';
  throw new SearchFailure(400, { type: 'illegal_argument_exception', reason, ...causedBy });
}

const readOptions = (call: Call) => {
  for (const name of ['refresh', 'timeout', 'wait_for_active_shards', 'scroll', 'slices', 'max_docs', 'conflicts', 'expand_wildcards']) {
    call.params.text(name);
  }
  return { perSecond: readRate(call), background: !call.params.flag('wait_for_completion', true) };
};

const everything: JsonObject = { match_all: {} };

const docsOf = (world: World, names: readonly string[], query: Json | undefined): readonly (StoredDoc & { readonly from: string })[] =>
  resolveNames(names, world.indices.names()).flatMap((name) =>
    matchingDocs(world.indices, name, isJsonObject(query) ? query : everything).map((doc) => ({ ...doc, from: name })),
  );

const indexOf = (part: Json | undefined): readonly string[] => {
  const index = isJsonObject(part) ? part.index : undefined;
  return Array.isArray(index) ? index.map(String) : typeof index === 'string' ? index.split(',') : [];
};

function prepareReindex(world: World, tasks: TaskRegistry, call: Call): Prepared {
  const { perSecond, background } = readOptions(call);
  const body = requireBody(world.dialect, call);
  const [sources, [target]] = [indexOf(body.source), indexOf(body.dest)];
  const faults = [
    ...(sources.length === 0 ? ['use _all if you really want to copy from all existing indexes'] : []),
    ...(target === undefined ? ['index must be specified'] : []),
    ...(target !== undefined && sources.includes(target) ? [`reindex cannot write into an index its reading from [${target}]`] : []),
  ];
  if (target === undefined || faults.length > 0) throw requestInvalid(faults.join(';2: '));
  const source = isJsonObject(body.source) ? body.source : {};
  const work: ByQuery = {
    action: 'indices:data/write/reindex',
    description: `reindex from [${sources.join(', ')}] to [${target}]`,
    find: () => docsOf(world, sources, source.query),
    each: ({ id, source: copy }) => (world.indices.put(target, id, copy).version === 1 ? 'created' : 'updated'),
    size: Number(source.size ?? usualBatch),
    perSecond,
    without: [],
  };
  return { action: work.action, run: () => runByQuery(world, tasks, work, background) };
}

/** `_update_by_query` writes documents again as they are, `_delete_by_query` removes them. */
function prepareByQuery(world: World, tasks: TaskRegistry, call: Call, deletes: boolean): Prepared {
  const { perSecond, background } = readOptions(call);
  const size = call.params.whole('scroll_size', usualBatch);
  const names = (call.params.text('index') ?? '').split(',');
  const body = call.body === '' ? {} : parseBody(world.dialect, call.body);
  if (deletes && body.query === undefined) throw requestInvalid('query is missing');
  const work: ByQuery = {
    action: deletes ? 'indices:data/write/delete/byquery' : 'indices:data/write/update/byquery',
    description: `${deletes ? 'delete' : 'update'}-by-query [${names.join(', ')}]`,
    find: () => docsOf(world, names, body.query),
    each(doc) {
      const from = 'from' in doc && typeof doc.from === 'string' ? doc.from : '';
      if (deletes) world.indices.delete(from, doc.id);
      else world.indices.put(from, doc.id, doc.source);
      return deletes ? 'deleted' : 'updated';
    },
    size,
    perSecond,
    without: deletes ? ['updated', 'created'] : ['created'],
  };
  if (size < 1) throw illegalArgument('[size] parameter must be greater than 0');
  return { action: work.action, run: () => runByQuery(world, tasks, work, background) };
}

/** Work over many documents, which runs as a task. */
export const byQueryRoutes = (world: World, tasks: TaskRegistry): readonly Route[] => [
  { method: 'POST', template: '/_reindex', prepare: (call) => prepareReindex(world, tasks, call) },
  { method: 'POST', template: '/{index}/_update_by_query', prepare: (call) => prepareByQuery(world, tasks, call, false) },
  { method: 'POST', template: '/{index}/_delete_by_query', prepare: (call) => prepareByQuery(world, tasks, call, true) },
];
