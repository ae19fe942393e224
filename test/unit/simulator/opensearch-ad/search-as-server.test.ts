import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../../src/simulator/json.js';
import { createIndices, type Indices } from '../../../../src/simulator/opensearch-ad/indices.js';
import { SearchFailure } from '../../../../src/simulator/opensearch-ad/search/search-failure.js';
import { type RealOpenSearch, startLimitMs, startRealOpenSearch, withoutOpenSearch } from '../../../support/real-opensearch.js';
import { learnedDocument, learnedSearches, taskDocuments, taskMappings, taskSearches } from './search-cases.js';

const asJson = (value: object): JsonObject => {
  const json = parseJson(JSON.stringify(value));
  return isJsonObject(json) ? json : {};
};

/** Without what two servers can never have in common. */
function comparable(value: Json | undefined): Json {
  if (Array.isArray(value)) return value.map((item: Json) => comparable(item));
  if (!isJsonObject(value)) return value ?? null;
  const own = ['took', 'node', 'index_uuid'];
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !own.includes(key))
      .map(([key, member]) => [key, comparable(member)]),
  );
}

function simulated(indices: Indices, names: readonly string[], text: string) {
  try {
    return { status: 200, body: comparable(indices.search(names, asJson(JSON.parse(text)), { text })) };
  } catch (cause) {
    if (!(cause instanceof SearchFailure)) throw cause;
    return { status: cause.status, body: comparable(cause.body) };
  }
}

describe.skipIf(withoutOpenSearch())('searches answered as a real OpenSearch 2.19 answers them (needs java, mvn)', () => {
  const indices = createIndices();
  let server: RealOpenSearch;

  const ask = async (method: string, path: string, body: string) => {
    const response = await fetch(`${server.url}${path}`, { method, body, headers: { 'content-type': 'application/json' } });
    return { status: response.status, body: comparable(parseJson(await response.text())) };
  };

  beforeAll(async () => {
    server = await startRealOpenSearch();
    const settings = { number_of_shards: 1, number_of_replicas: 0 };
    await ask('PUT', '/tasks', JSON.stringify({ settings, mappings: taskMappings }));
    const lines = Object.entries(taskDocuments).flatMap(([id, source]) => [JSON.stringify({ index: { _id: id } }), JSON.stringify(source)]);
    await ask('POST', '/tasks/_bulk?refresh=true', `${lines.join('\n')}\n`);
    await ask('PUT', '/learned', JSON.stringify({ settings }));
    await ask('PUT', '/learned/_doc/1?refresh=true', JSON.stringify(learnedDocument));
    indices.create('tasks', { mappings: asJson(taskMappings) });
    for (const [id, source] of Object.entries(taskDocuments)) indices.put('tasks', id, asJson(source));
    indices.put('learned', '1', asJson(learnedDocument));
  }, startLimitMs);
  afterAll(async () => {
    await server?.dispose();
  });

  test.each(taskSearches)('%s', async (text) => {
    expect(simulated(indices, ['tasks'], text)).toEqual(await ask('POST', '/tasks/_search', text));
  });

  test.each(learnedSearches)('fields learned from a document: %s', async (text) => {
    expect(simulated(indices, ['learned'], text)).toEqual(await ask('POST', '/learned/_search', text));
  });

  test.each([
    ['learned,tasks', '{"size":20,"_source":false,"query":{"term":{"state":"RUNNING"}}}'],
    ['learned,tasks', '{"size":2,"sort":[{"n":"asc"}],"_source":false}'],
    ['learned,tasks', '{"size":20001}'],
    ['*', '{"size":0,"aggs":{"s":{"terms":{"field":"state"}}}}'],
    ['ta*', '{"size":0}'],
    ['nothing*', '{}'],
    ['nothing*', '{"aggs":{"s":{"terms":{"field":"x"}}}}'],
    ['nothing', '{}'],
  ])('over %s: %s', async (names, text) => {
    expect(simulated(indices, names.split(','), text)).toEqual(await ask('POST', `/${names}/_search`, text));
  });
});
