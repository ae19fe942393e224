import { describe, expect, it } from 'vitest';
import { failure, type Server, startServer } from './server.js';

interface Hits {
  readonly hits: {
    readonly total: { readonly value: number; readonly relation: string };
    readonly hits: readonly {
      readonly _index: string;
      readonly _type?: string;
      readonly _source?: Readonly<Record<string, string | number>>;
      readonly sort?: readonly (string | number)[];
    }[];
  };
}

const notifications = '/.ml-notifications*/_search';

async function search(server: Server, path: string, body?: object): Promise<Hits> {
  const answer = await server.ask(body === undefined ? 'GET' : 'POST', path, body === undefined ? {} : { body });
  expect(answer.status).toBe(200);
  const hits: Hits = JSON.parse(answer.text);
  return hits;
}

/** Two jobs, one of them opened and failed. */
async function startWithMessages(version = '8.17'): Promise<Server> {
  const server = await startServer({ version });
  await server.job('one', { state: 'opened' });
  await server.job('two', {});
  await server.job('one', { state: 'failed', reason: 'out of memory' });
  return server;
}

const textsOf = ({ hits }: Hits) => hits.hits.map(({ _source }) => `${_source?.job_id}: ${String(_source?.message).split(' [')[0]}`);

describe('the notifications index', () => {
  it('holds what was told of jobs', async () => {
    const server = await startWithMessages();
    const found = await search(server, `${notifications}?sort=timestamp&size=50`);
    expect(textsOf(found)).toEqual(['one: Job created', 'one: Opening job on node', 'two: Job created', 'one: out of memory']);
    const [first] = found.hits.hits;
    expect(first?._source).toEqual({
      job_id: 'one',
      message: 'Job created',
      level: 'info',
      timestamp: expect.any(Number),
      node_name: 'node-1',
      job_type: 'anomaly_detector',
    });
    expect(first).not.toHaveProperty('_type');
  });

  it('has types before 8', async () => {
    const found = await search(await startWithMessages('7.17'), notifications);
    expect(found.hits.hits[0]).toMatchObject({ _index: '.ml-notifications-000001', _type: '_doc' });
  });

  it.each([
    [{ term: { job_id: 'two' } }, 1],
    [{ term: { job_id: { value: 'two' } } }, 1],
    [{ terms: { job_id: ['one', 'two'] } }, 4],
    [{ bool: { filter: [{ term: { job_id: 'one' } }, { term: { level: 'error' } }] } }, 1],
    [{ bool: { must: { term: { job_id: 'one' } }, must_not: [{ match: { level: 'error' } }] } }, 2],
    [{ bool: { should: [{ term: { job_id: 'two' } }, { term: { level: 'error' } }] } }, 2],
    [{ range: { timestamp: { gte: '2020-01-01T00:00:00Z' } } }, 4],
    [{ range: { timestamp: { lt: 1 } } }, 0],
    [{ wildcard: { message: 'Job cre*' } }, 2],
    [{ exists: { field: 'node_name' } }, 4],
    [{ match_all: {} }, 4],
    [{ match_none: {} }, 0],
  ])('is searched by %j', async (query, count) => {
    const found = await search(await startWithMessages(), notifications, { query });
    expect(found.hits.total).toEqual({ value: count, relation: 'eq' });
    expect(found.hits.hits).toHaveLength(count);
  });

  it('is read in pages, by offset and after the last one seen', async () => {
    const server = await startWithMessages();
    const sort = [{ timestamp: { order: 'desc' } }, { message: 'asc' }];
    const whole = textsOf(await search(server, notifications, { sort }));
    const first = await search(server, notifications, { sort, size: 2 });
    expect(textsOf(first)).toEqual(whole.slice(0, 2));
    expect(textsOf(await search(server, notifications, { sort, from: 2 }))).toEqual(whole.slice(2));
    const search_after = first.hits.hits.at(-1)?.sort;
    expect(textsOf(await search(server, notifications, { sort, search_after }))).toEqual(whole.slice(2));
  });

  it('answers only the members asked for', async () => {
    const server = await startWithMessages();
    expect((await search(server, `${notifications}?_source=level`)).hits.hits[0]?._source).toEqual({ level: 'info' });
    expect((await search(server, notifications, { _source: false })).hits.hits[0]).not.toHaveProperty('_source');
  });

  it('refuses queries it does not know', async () => {
    const server = await startWithMessages();
    const { body } = await server.ask('POST', notifications, { body: { query: { magic: {} } } });
    expect(body).toEqual(failure(400, 'parsing_exception', 'unknown query [magic]'));
  });

  it('wants the privilege to read it', async () => {
    const users = [{ name: 'ml', apiKey: 'a2V5', privileges: ['manage_ml'] }];
    const server = await startServer({ users });
    const { status, body } = await server.ask('GET', '/.ml-notifications/_search', { headers: { authorization: 'ApiKey a2V5' } });
    expect(status).toBe(403);
    expect(body.error?.reason).toContain('[indices:data/read/search] is unauthorized');
  });
});

describe('anomaly records', () => {
  const path = '/_ml/anomaly_detectors/one/results/records';

  async function startWithRecords(): Promise<Server> {
    const server = await startServer();
    await server.job('one', { anomalies: [10, 75, 40].map((score, index) => ({ timestamp: 1000 * (index + 1), score })) });
    return server;
  }

  const scoresIn = (text: string): readonly number[] => {
    const parsed: { readonly records: readonly { readonly record_score: number }[] } = JSON.parse(text);
    return parsed.records.map(({ record_score }) => record_score);
  };

  it.each([
    ['', [75, 40, 10]],
    ['?desc=false', [10, 40, 75]],
    ['?record_score=40', [75, 40]],
    ['?sort=timestamp', [40, 75, 10]],
    ['?start=2000', [75, 40]],
    ['?start=2000&end=3000', [75]],
    ['?from=1&size=1', [40]],
    ['?exclude_interim=true', [75, 40, 10]],
  ])('are listed by %s', async (query, scores) => {
    const server = await startWithRecords();
    expect(scoresIn((await server.ask('GET', path + query)).text)).toEqual(scores);
  });

  it('are listed by body as well', async () => {
    const server = await startWithRecords();
    const body = { record_score: 20, sort: 'record_score', desc: false, page: { from: 0, size: 1 } };
    const answer = await server.ask('POST', path, { body });
    expect([answer.body.count, scoresIn(answer.text)]).toEqual([2, [40]]);
  });

  it('of a job there is not are 404', async () => {
    const server = await startWithRecords();
    expect((await server.ask('GET', path.replace('one', 'nope'))).body.error?.reason).toBe("No known job with id 'nope'");
  });
});

describe('indices', () => {
  it('are created, found and deleted', async () => {
    const server = await startServer();
    expect((await server.ask('PUT', '/metrics')).body).toEqual({ acknowledged: true, shards_acknowledged: true, index: 'metrics' });
    expect((await server.ask('PUT', '/metrics')).status).toBe(400);
    expect((await server.ask('HEAD', '/metrics')).status).toBe(200);
    expect((await server.ask('GET', '/metrics')).body).toHaveProperty('metrics.settings.index.provided_name', 'metrics');
    expect((await search(server, '/metrics/_search')).hits.total.value).toBe(0);
    expect((await server.ask('DELETE', '/metrics')).body).toEqual({ acknowledged: true });
    expect((await server.ask('HEAD', '/metrics')).status).toBe(404);
  });

  it.each(['/nope', '/nope/_search'])('that are not there: %s is 404', async (path) => {
    const server = await startServer();
    expect((await server.ask('GET', path)).body.error?.reason).toBe('no such index [nope]');
  });

  it.each([
    ['7.17', 'GET', '/_ml/nope', 405],
    ['7.17', 'GET', '/_ml/nope/nope', 404],
    ['8.17', 'GET', '/_ml/nope', 400],
    ['8.17', 'GET', '/_ml/nope/nope', 400],
    ['8.17', 'POST', '/_nope', 405],
    ['8.17', 'GET', '/_nope', 400],
  ])('with types take paths nobody knows: %s %s %s is %i', async (version, method, path, status) => {
    const server = await startServer({ version });
    expect((await server.ask(method, path)).status).toBe(status);
  });

  it('take a document with a type before 8, and warn', async () => {
    const server = await startServer({ version: '7.17' });
    const { status, headers, body } = await server.ask('POST', '/logs/_doc', { body: { a: 1 } });
    expect([status, body]).toMatchObject([201, { _index: 'logs', result: 'created' }]);
    expect(headers.get('warning')).toContain('[types removal]');
  });
});
