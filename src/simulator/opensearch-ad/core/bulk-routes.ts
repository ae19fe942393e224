import { isJsonObject, type JsonObject } from '../../json.js';
import { parseFailure } from '../failures.js';
import { newDocumentId } from '../indices.js';
import { parseBody } from '../request-body.js';
import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { causeJson, illegalArgument, SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { removeDocument, updateDocument, type Write, type Written, writeDocument } from './documents.js';

type Kind = 'index' | 'create' | 'update' | 'delete';

interface Operation {
  readonly kind: Kind;
  readonly write: Write;
  readonly source: JsonObject;
}

const isKind = (text: string | undefined): text is Kind => text === 'index' || text === 'create' || text === 'update' || text === 'delete';

/** Reads pairs of lines, an action and what it writes; a deletion stands alone. */
function readOperations(world: World, body: string, index: string | undefined, refresh: boolean): readonly Operation[] {
  if (body === '') throw parseFailure('request body is required');
  if (!body.endsWith('\n')) throw illegalArgument('The bulk request must be terminated by a newline [\\n]');
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const operations: Operation[] = [];
  for (let at = 0; at < lines.length; at += 1) {
    const [[kind, about] = ['', {}]] = Object.entries(parseBody(world.dialect, lines[at] ?? ''));
    if (!isKind(kind)) {
      const expected = 'expected one of [create, delete, index, update]';
      throw illegalArgument(`Malformed action/metadata line [${operations.length * 2 + 1}], ${expected} but found [${kind}]`);
    }
    const named = isJsonObject(about) ? about : {};
    if (kind !== 'delete') at += 1;
    const target = String(named._index ?? index ?? '');
    operations.push({
      kind,
      write: { index: target, id: named._id === undefined ? newDocumentId() : String(named._id), refresh },
      source: kind === 'delete' ? {} : parseBody(world.dialect, lines[at] ?? '{}'),
    });
  }
  const nowhere = operations.findIndex(({ write }) => write.index === '');
  if (nowhere < 0) return operations;
  throw new SearchFailure(400, {
    type: 'action_request_validation_exception',
    reason: `Validation Failed: ${operations.flatMap(({ write }, at) => (write.index === '' ? [`${at + 1}: index is missing;`] : [])).join('')}`,
  });
}

function perform(world: World, { kind, write, source }: Operation): Written {
  if (kind === 'delete') return removeDocument(world, write);
  if (kind === 'update') return updateDocument(world, write, source);
  return writeDocument(world, write, source, { create: kind === 'create' });
}

/** One item of the answer; an operation that fails does not stop the others. */
function itemJson(world: World, operation: Operation): { readonly failed: boolean; readonly item: JsonObject } {
  try {
    const { status, body } = perform(world, operation);
    return { failed: false, item: { [operation.kind]: { ...body, status } } };
  } catch (cause) {
    if (!(cause instanceof SearchFailure)) throw cause;
    const { index, id } = operation.write;
    return { failed: true, item: { [operation.kind]: { _index: index, _id: id, status: cause.status, error: causeJson(cause.failure) } } };
  }
}

function prepareBulk(world: World, call: Call): Prepared {
  for (const name of ['timeout', 'routing', 'wait_for_active_shards', 'pipeline', 'require_alias', '_source']) call.params.text(name);
  const refresh = call.params.text('refresh');
  const operations = readOperations(world, call.body, call.params.text('index'), refresh === '' || refresh === 'true');
  return {
    action: 'indices:data/write/bulk',
    run() {
      const started = performance.now();
      const items = operations.map((operation) => itemJson(world, operation));
      const took = Math.floor(performance.now() - started);
      return reply({ took, errors: items.some(({ failed }) => failed), items: items.map(({ item }) => item) });
    },
  };
}

/** Many documents at once. */
export const bulkRoutes = (world: World): readonly Route[] =>
  ['POST', 'PUT'].flatMap((method) =>
    ['/_bulk', '/{index}/_bulk'].map((template) => ({ method, template, prepare: (call: Call) => prepareBulk(world, call) })),
  );
