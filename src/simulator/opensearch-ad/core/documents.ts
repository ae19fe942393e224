import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import type { Index } from '../indices.js';
import { type Cause, SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { requireIndexName } from './index-routes.js';
import { copiesOf } from './shards.js';

/** What one write did, as `_doc` and `_bulk` both tell it. */
export interface Written {
  readonly status: number;
  readonly body: JsonObject;
}

/** One write. */
export interface Write {
  readonly index: string;
  readonly id: string;
  readonly refresh: boolean;
}

/** The number a document must still have, if the request names one. */
export interface Expected {
  readonly seqNo: number;
  readonly primaryTerm: number;
}

/** The index to write to, made on the spot where there is none. */
function indexFor({ indices }: World, name: string): Index {
  const known = indices.index(name);
  if (known !== undefined) return known;
  requireIndexName(name);
  indices.create(name);
  const created = indices.index(name);
  if (created === undefined) throw new SearchFailure(500, { type: 'illegal_state_exception', reason: `index [${name}] vanished` });
  return created;
}

const within = ({ name, uuid }: Index): JsonObject => ({ index: name, shard: '0', index_uuid: uuid });

const versionConflict = (index: Index, id: string, why: string): Cause => ({
  type: 'version_conflict_engine_exception',
  reason: `[${id}]: version conflict, ${why}`,
  extra: within(index),
});

type Result = 'created' | 'updated' | 'deleted' | 'not_found';

function writtenJson(
  world: World,
  index: Index,
  { id, refresh }: Write,
  done: { readonly version: number; readonly seqNo: number; readonly primaryTerm: number; readonly result: Result },
): JsonObject {
  const { active, unassigned } = copiesOf(world, index);
  return {
    _index: index.name,
    _id: id,
    _version: done.version,
    result: done.result,
    ...(refresh && { forced_refresh: true }),
    _shards: { total: active + unassigned, successful: active, failed: 0 },
    _seq_no: done.seqNo,
    _primary_term: done.primaryTerm,
  };
}

/** Writes a document; `create` only where there is none. */
export function writeDocument(world: World, write: Write, source: JsonObject, how: { create: boolean; expected?: Expected }): Written {
  const index = indexFor(world, write.index);
  const known = index.docs.get(write.id);
  if (how.create && known !== undefined) {
    throw new SearchFailure(409, versionConflict(index, write.id, `document already exists (current version [${known.version}])`));
  }
  const { expected } = how;
  if (expected !== undefined && (known?.seqNo !== expected.seqNo || known.primaryTerm !== expected.primaryTerm)) {
    const wanted = `required seqNo [${expected.seqNo}], primary term [${expected.primaryTerm}].`;
    const current =
      known === undefined
        ? 'but no document was found'
        : `current document has seqNo [${known.seqNo}] and primary term [${known.primaryTerm}]`;
    throw new SearchFailure(409, versionConflict(index, write.id, `${wanted} ${current}`));
  }
  const doc = world.indices.put(write.index, write.id, source);
  const result = known === undefined ? 'created' : 'updated';
  return { status: known === undefined ? 201 : 200, body: writtenJson(world, index, write, { ...doc, result }) };
}

/** Removes a document; one that is not there is a 404 that leaves a trace all the same. */
export function removeDocument(world: World, write: Write): Written {
  const index = indexFor(world, write.index);
  const { found, ...done } = world.indices.erase(write.index, write.id);
  return { status: found ? 200 : 404, body: writtenJson(world, index, write, { ...done, result: found ? 'deleted' : 'not_found' }) };
}

/** Objects over objects, everything else replaced. */
function merge(into: JsonObject, changes: JsonObject): JsonObject {
  const merged = Object.entries(changes).map(([key, value]): readonly [string, Json | undefined] => {
    const known = into[key];
    return [key, isJsonObject(known) && isJsonObject(value) ? merge(known, value) : value];
  });
  return { ...into, ...Object.fromEntries(merged) };
}

/** Changes parts of a document that is there. */
export function updateDocument(world: World, write: Write, body: JsonObject): Written {
  const index = indexFor(world, write.index);
  const known = index.docs.get(write.id);
  const changes = isJsonObject(body.doc) ? body.doc : {};
  if (known !== undefined) return writeDocument(world, write, merge(known.source, changes), { create: false });
  if (body.doc_as_upsert === true) return writeDocument(world, write, changes, { create: false });
  if (isJsonObject(body.upsert)) return writeDocument(world, write, body.upsert, { create: false });
  throw new SearchFailure(404, { type: 'document_missing_exception', reason: `[${write.id}]: document missing`, extra: within(index) });
}
