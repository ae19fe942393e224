import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { Indices, StoredDoc } from './indices.js';

/** As many as one search may find. */
const page = 10_000;

/** Every document of an index that a query finds, however many. */
export function matchingDocs(indices: Indices, index: string, query: JsonObject): readonly StoredDoc[] {
  if (isJsonObject(query.match_all)) return indices.all(index);
  const found: StoredDoc[] = [];
  let after: Json | undefined;
  for (;;) {
    const body = { query, size: page, sort: [{ _seq_no: 'asc' }], _source: false, ...(after !== undefined && { search_after: after }) };
    const { hits } = indices.search([index], body);
    const list = isJsonObject(hits) && Array.isArray(hits.hits) ? hits.hits.filter(isJsonObject) : [];
    found.push(...list.flatMap(({ _id: id }) => indices.get(index, String(id)) ?? []));
    if (list.length < page) return found;
    after = list.at(-1)?.sort;
  }
}
