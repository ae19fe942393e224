import { newDocumentId } from '../indices.js';
import { requireBody } from '../request-body.js';
import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { missingIndex } from '../search/search-failure.js';
import type { World } from '../world.js';
import { removeDocument, updateDocument, type Write, type Written, writeDocument } from './documents.js';

const readWrite = ({ params }: Call): Write => {
  for (const name of ['timeout', 'routing', 'wait_for_active_shards', 'retry_on_conflict', 'pipeline', 'require_alias']) params.text(name);
  const refresh = params.text('refresh');
  return {
    index: params.text('index') ?? '',
    id: params.text('id') ?? newDocumentId(),
    refresh: refresh === '' || refresh === 'true',
  };
};

const prepared = (action: string, run: () => Written): Prepared => ({ action, run });

function prepareWrite(world: World, call: Call, create: boolean): Prepared {
  const write = readWrite(call);
  const [seqNo, primaryTerm] = [call.params.text('if_seq_no'), call.params.text('if_primary_term')];
  const asked = call.params.text('op_type') === 'create';
  const source = requireBody(world.dialect, call);
  const expected = seqNo === undefined ? {} : { expected: { seqNo: Number(seqNo), primaryTerm: Number(primaryTerm) } };
  return prepared('indices:data/write/index', () => writeDocument(world, write, source, { create: create || asked, ...expected }));
}

function prepareUpdate(world: World, call: Call): Prepared {
  const write = readWrite(call);
  const body = requireBody(world.dialect, call);
  return prepared('indices:data/write/update', () => updateDocument(world, write, body));
}

function prepareRemove(world: World, call: Call): Prepared {
  const write = readWrite(call);
  return prepared('indices:data/write/delete', () => removeDocument(world, write));
}

function prepareRead(world: World, call: Call): Prepared {
  const { index, id } = readWrite(call);
  for (const name of ['preference', 'realtime', '_source']) call.params.text(name);
  return {
    action: 'indices:data/read/get',
    run() {
      if (!world.indices.exists(index)) throw missingIndex(index, 'index_expression');
      const doc = world.indices.get(index, id);
      if (doc === undefined) return { status: 404, body: { _index: index, _id: id, found: false } };
      const { version, seqNo, primaryTerm, source } = doc;
      return reply({ _index: index, _id: id, _version: version, _seq_no: seqNo, _primary_term: primaryTerm, found: true, _source: source });
    },
  };
}

/** Single documents. */
export const documentRoutes = (world: World): readonly Route[] => [
  { method: 'POST', template: '/{index}/_doc', prepare: (call) => prepareWrite(world, call, false) },
  { method: 'PUT', template: '/{index}/_doc/{id}', prepare: (call) => prepareWrite(world, call, false) },
  { method: 'POST', template: '/{index}/_doc/{id}', prepare: (call) => prepareWrite(world, call, false) },
  { method: 'GET', template: '/{index}/_doc/{id}', prepare: (call) => prepareRead(world, call) },
  { method: 'HEAD', template: '/{index}/_doc/{id}', prepare: (call) => prepareRead(world, call) },
  { method: 'DELETE', template: '/{index}/_doc/{id}', prepare: (call) => prepareRemove(world, call) },
  { method: 'PUT', template: '/{index}/_create/{id}', prepare: (call) => prepareWrite(world, call, true) },
  { method: 'POST', template: '/{index}/_create/{id}', prepare: (call) => prepareWrite(world, call, true) },
  { method: 'POST', template: '/{index}/_update/{id}', prepare: (call) => prepareUpdate(world, call) },
];
