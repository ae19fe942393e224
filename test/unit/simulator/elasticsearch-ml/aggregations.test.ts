import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

const notifications = '/.ml-notifications*/_search';

interface TopHits {
  readonly hits: {
    readonly total: object;
    readonly max_score: number | null;
    readonly hits: readonly { readonly _source?: { readonly message?: string }; readonly sort?: readonly (string | number)[] }[];
  };
}

interface Terms {
  readonly doc_count_error_upper_bound: number;
  readonly sum_other_doc_count: number;
  readonly buckets: readonly { readonly key: string | number; readonly doc_count: number; readonly latest?: TopHits }[];
}

interface Found {
  readonly hits: { readonly total: object; readonly max_score: number | null; readonly hits: readonly object[] };
  readonly aggregations?: { readonly jobs: Terms };
}

/** Three messages about `one`, two about `three`, one about `four` and `two` each. */
async function startWithMessages(version = '8.17'): Promise<Server> {
  const server = await startServer({ version });
  await server.job('one', { state: 'opened' });
  for (const id of ['two', 'three', 'four']) await server.job(id, {});
  await server.job('three', { state: 'opened' });
  await server.job('one', { state: 'failed', reason: 'out of memory' });
  return server;
}

async function search(server: Server, body: object, path = notifications): Promise<Found> {
  const answer = await server.ask('POST', path, { body });
  expect(answer.status).toBe(200);
  const found: Found = JSON.parse(answer.text);
  return found;
}

const bucketsOf = ({ aggregations }: Found) => aggregations?.jobs.buckets.map(({ key, doc_count }) => `${key} ${doc_count}`);
const byJob = (more: object = {}, inner?: object) => ({
  size: 0,
  aggs: { jobs: { terms: { field: 'job_id', ...more }, ...(inner !== undefined && { aggs: { latest: { top_hits: inner } } }) } },
});

describe('aggregating by terms', () => {
  it('counts by value, the most first and then by key, without hits at size 0', async () => {
    const found = await search(await startWithMessages(), byJob());
    expect(found.hits).toEqual({ total: { value: 7, relation: 'eq' }, max_score: null, hits: [] });
    expect(found.aggregations).toEqual({
      jobs: {
        doc_count_error_upper_bound: 0,
        sum_other_doc_count: 0,
        buckets: [
          { key: 'one', doc_count: 3 },
          { key: 'three', doc_count: 2 },
          { key: 'four', doc_count: 1 },
          { key: 'two', doc_count: 1 },
        ],
      },
    });
  });

  it.each([
    [{ order: { _count: 'asc' } }, ['four 1', 'two 1', 'three 2', 'one 3']],
    [{ order: { _key: 'asc' } }, ['four 1', 'one 3', 'three 2', 'two 1']],
    [{ order: { _key: 'desc' } }, ['two 1', 'three 2', 'one 3', 'four 1']],
    [{ order: [{ _count: 'desc' }, { _key: 'desc' }] }, ['one 3', 'three 2', 'two 1', 'four 1']],
    [{ field: 'job_id.keyword' }, ['one 3', 'three 2', 'four 1', 'two 1']],
    [{ field: 'nothing' }, []],
  ])('takes %j', async (more, expected) => {
    expect(bucketsOf(await search(await startWithMessages(), byJob(more)))).toEqual(expected);
  });

  it('tells how many documents are in the buckets left off', async () => {
    const { aggregations } = await search(await startWithMessages(), byJob({ size: 1 }));
    expect(aggregations?.jobs).toMatchObject({ sum_other_doc_count: 4, buckets: [{ key: 'one', doc_count: 3 }] });
  });

  it('sums up what the query finds, beside the hits of a page', async () => {
    const query = { term: { level: 'error' } };
    const { aggs } = byJob();
    const found = await search(await startWithMessages(), { query, from: 5, aggregations: aggs });
    expect(found.hits.hits).toEqual([]);
    expect(bucketsOf(found)).toEqual(['one 1']);
  });

  it('has no buckets where an index is empty, and no member where nothing is asked for', async () => {
    const server = await startWithMessages();
    await server.ask('PUT', '/metrics');
    expect(bucketsOf(await search(server, byJob(), '/metrics/_search'))).toEqual([]);
    expect(await search(server, {})).not.toHaveProperty('aggregations');
  });
});

describe('the top hits of a bucket', () => {
  it('are sorted documents without a score', async () => {
    const sort = [{ timestamp: { order: 'desc' } }, { message: 'desc' }];
    const found = await search(await startWithMessages(), byJob({}, { size: 1, sort, _source: ['job_id', 'message'] }));
    const latest = found.aggregations?.jobs.buckets[0]?.latest;
    expect(latest).toEqual({
      hits: {
        total: { value: 3, relation: 'eq' },
        max_score: null,
        hits: [
          {
            _index: '.ml-notifications-000002',
            _id: expect.any(String),
            _score: null,
            _source: { job_id: 'one', message: 'out of memory' },
            sort: [expect.any(Number), 'out of memory'],
          },
        ],
      },
    });
    expect(found.aggregations?.jobs.buckets.map((bucket) => bucket.latest?.hits.hits.length)).toEqual([1, 1, 1, 1]);
  });

  it('are three with a score unless told otherwise', async () => {
    const { aggregations } = await search(await startWithMessages(), byJob({ field: 'level' }, {}));
    const [info] = aggregations?.jobs.buckets ?? [];
    expect(info).toMatchObject({ key: 'info', doc_count: 6, latest: { hits: { max_score: 1, total: { value: 6 } } } });
    expect(info?.latest?.hits.hits).toHaveLength(3);
    expect(info?.latest?.hits.hits[0]).not.toHaveProperty('sort');
  });

  it('may be none, and may come without source', async () => {
    const server = await startWithMessages();
    const none = await search(server, byJob({}, { size: 0 }));
    expect(none.aggregations?.jobs.buckets[0]?.latest?.hits).toEqual({ total: { value: 3, relation: 'eq' }, max_score: null, hits: [] });
    const bare = await search(server, byJob({}, { _source: false }));
    expect(bare.aggregations?.jobs.buckets[0]?.latest?.hits.hits[0]).not.toHaveProperty('_source');
  });

  it('have types before 8', async () => {
    const { aggregations } = await search(await startWithMessages('7.17'), byJob({}, {}));
    expect(aggregations?.jobs.buckets[0]?.latest?.hits.hits[0]).toMatchObject({ _type: '_doc' });
  });

  it.each([
    [{ size: 100 }, 200],
    [{ size: 101 }, 400],
    [{ from: 1, size: 100 }, 400],
  ])('end at a hundred: %j', async (inner, status) => {
    const server = await startWithMessages();
    const answer = await server.ask('POST', notifications, { body: byJob({}, inner) });
    expect(answer.status).toBe(status);
    if (status === 200) return;
    const cause = {
      type: 'illegal_argument_exception',
      reason: expect.stringMatching(/^Top hits result window is too large, .*\[latest]'s .*: \[100] but was \[101]\./),
    };
    expect(answer.body.error).toMatchObject({
      root_cause: [cause],
      type: 'search_phase_execution_exception',
      reason: 'all shards failed',
      failed_shards: [{ index: '.ml-notifications*', reason: cause }],
      caused_by: cause,
    });
  });
});

describe('an aggregation that cannot be read', () => {
  const jobs = { terms: { field: 'job_id' } };
  it.each([
    [{ jobs: { magic: {} } }, 'parsing_exception', 'Unknown aggregation type [magic]'],
    [{ jobs: { term: {} } }, 'parsing_exception', 'Unknown aggregation type [term] did you mean [terms]?'],
    [{ jobs: { ...jobs, aggs: { inner: { magic: {} } } } }, 'parsing_exception', 'Unknown aggregation type [magic]'],
    [{ jobs: {} }, 'parsing_exception', 'Missing definition for aggregation [jobs]'],
    [{ jobs: 1 }, 'parsing_exception', 'Aggregation definition for [jobs starts with a [VALUE_NUMBER], expected a [START_OBJECT].'],
    [{ jobs: { terms: 1 } }, 'parsing_exception', 'Expected [START_OBJECT] under [terms], but got a [VALUE_NUMBER] in [jobs]'],
    [{ jobs: { ...jobs, top_hits: {} } }, 'parsing_exception', 'Found two aggregation type definitions in [jobs]: [terms] and [top_hits]'],
    [{ jobs: { terms: {} } }, 'illegal_argument_exception', 'Required one of fields [field, script], but none were specified. '],
    [{ jobs: { terms: { field: 'job_id', size: 0 } } }, 'illegal_argument_exception', '[size] must be greater than 0. Found [0] in [jobs]'],
    [
      { jobs: { top_hits: {}, aggs: { inner: jobs } } },
      'aggregation_initialization_exception',
      'Aggregator [jobs] of type [top_hits] cannot accept sub-aggregations',
    ],
    ['jobs', 'parsing_exception', 'Unknown key for a VALUE_STRING in [aggs].'],
  ])('is refused: %j', async (aggs, type, reason) => {
    const server = await startWithMessages();
    const { status, body } = await server.ask('POST', notifications, { body: { aggs } });
    expect([status, body]).toEqual([400, failure(400, type, reason)]);
  });

  it('is refused where buckets are sorted by what there is not', async () => {
    const server = await startWithMessages();
    const { status, body } = await server.ask('POST', notifications, { body: byJob({ order: { nope: 'asc' } }) });
    expect([status, body.error?.reason]).toEqual([400, expect.stringContaining('Invalid aggregator order path [nope].')]);
  });
});
