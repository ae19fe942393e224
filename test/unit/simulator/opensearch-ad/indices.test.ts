import { expect, test } from 'vitest';
import { createIndices, newDocumentId } from '../../../../src/simulator/opensearch-ad/indices.js';
import { SearchFailure } from '../../../../src/simulator/opensearch-ad/search/search-failure.js';

test('a document counts its versions, and its index counts every write', () => {
  const indices = createIndices();
  expect(indices.put('a', '1', { x: 1 })).toMatchObject({ version: 1, seqNo: 0, primaryTerm: 1 });
  expect(indices.put('a', '2', { x: 1 })).toMatchObject({ version: 1, seqNo: 1 });
  expect(indices.put('a', '1', { x: 2 })).toMatchObject({ version: 2, seqNo: 2 });
  expect(indices.all('a').map(({ id }) => id)).toEqual(['2', '1']);
});

test('a deletion is a write as well: the document goes on counting when it comes back', () => {
  const indices = createIndices();
  indices.put('a', '1', {});
  expect(indices.erase('a', '1')).toEqual({ found: true, version: 2, seqNo: 1, primaryTerm: 1 });
  expect(indices.erase('a', '1')).toEqual({ found: false, version: 3, seqNo: 2, primaryTerm: 1 });
  expect(indices.put('a', '1', {})).toMatchObject({ version: 4, seqNo: 3 });
  expect(indices.delete('a', '1')).toBe(true);
  expect(indices.delete('a', '1')).toBe(false);
});

test('an index that is removed takes its documents and its mapping along', () => {
  const indices = createIndices();
  indices.create('a', { mappings: { properties: { k: { type: 'keyword' } } } });
  indices.put('a', '1', { k: 'x' });
  expect(indices.remove('a')).toBe(true);
  expect(indices.remove('a')).toBe(false);
  expect(indices.exists('a')).toBe(false);
  expect(indices.all('a')).toEqual([]);
  indices.put('a', '1', { k: 'two words' });
  const found = (query: object) => Object(indices.search(['a'], JSON.parse(JSON.stringify({ query }))).hits).total.value;
  expect(found({ match: { k: 'words' } })).toBe(1);
});

test('ids look as the server makes them up', () => {
  expect(newDocumentId()).toMatch(/^[\w-]{20}$/);
});

test('a plain name must exist to be searched; a wildcard may stand for nothing', () => {
  const indices = createIndices();
  expect(() => indices.search(['.missing'], {})).toThrow(SearchFailure);
  expect(indices.search(['.missing*'], {})).toMatchObject({ _shards: { total: 0 }, hits: { total: { value: 0 }, max_score: 0, hits: [] } });
});

test('a search of the plugin adds numbers to hits and leaves out what only its dashboards need', () => {
  const indices = createIndices();
  indices.put('a', '1', { name: 'x', ui: { colour: 'red' } });
  const { hits } = indices.search(['a'], {}, { version: true, seqNoPrimaryTerm: true, excludes: ['ui'] });
  expect(hits).toMatchObject({ hits: [{ _version: 1, _seq_no: 0, _primary_term: 1, _source: { name: 'x' } }] });
  expect(JSON.stringify(hits)).not.toContain('colour');
});

test('refusals name the place in the text as sent, or as it would be without spaces', () => {
  const indices = createIndices();
  indices.create('a');
  const body = { query: { nope: {} } };
  const columnOf = (text?: string): unknown => {
    try {
      return indices.search(['a'], body, text === undefined ? {} : { text });
    } catch (cause) {
      return cause instanceof SearchFailure ? cause.failure.extra?.col : cause;
    }
  };
  expect(columnOf()).toBe(18);
  // As recorded from OpenSearch 2.19.4, whose client sent spaces.
  expect(columnOf('{"query": {"nope": {}}}')).toBe(20);
});

test('what this simulator does not have is said, not passed over', () => {
  const indices = createIndices();
  indices.create('a');
  expect(() => indices.search(['a'], { aggs: { h: { date_histogram: {} } } })).toThrow('this simulator does not have the aggregation');
  expect(() => indices.search(['a'], { collapse: { field: 'x' } })).toThrow('this simulator does not have [collapse] in searches');
});
