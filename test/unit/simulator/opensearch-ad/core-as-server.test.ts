import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isJsonObject, type Json } from '../../../../src/simulator/json.js';
import { type RealOpenSearch, startLimitMs, startRealOpenSearch, withoutOpenSearch } from '../../../support/real-opensearch.js';
import { type Ask, askAt, type CoreAnswer, startCore } from './core-server.js';

/** What differs from server to server and from moment to moment; it only has to be there. */
const variable = new Set([
  'took',
  'cluster_name',
  'cluster_uuid',
  'transport_address',
  'host',
  'ip',
  'uuid',
  'index_uuid',
  'creation_date',
  'start_time_in_millis',
  'running_time_in_nanos',
  'cancellation_time_millis',
  'throttled_until_millis',
  'id',
  'store.size',
  'pri.store.size',
]);

/** One server's node ids, task numbers and made-up document ids replaced by words. */
function comparable(value: Json | undefined, key = ''): Json {
  if (variable.has(key) && !isJsonObject(value) && !Array.isArray(value)) return `<${key}>`;
  if (Array.isArray(value)) return value.map((item: Json) => comparable(item));
  if (isJsonObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [words(name), comparable(member, name)]));
  }
  return typeof value === 'string' ? words(value) : (value ?? null);
}

const words = (text: string) =>
  text
    .replace(/index \[(\S+)\/[\w-]{22}\]/g, 'index [$1/<uuid>]')
    .replace(/^[\w-]{22}(?=:\d+$)/, '<node>')
    .replace(/^<node>:\d+$/, '<task>')
    .replace(/^(?=.*[A-Z])[\w-]{22}$/, '<node>')
    .replace(/^[\w-]{20}$/, '<document>');

const shown = ({ status, body, text }: CoreAnswer) => ({ status, body: body === undefined ? text : comparable(body) });

type Request = readonly [method: string, path: string, body?: string];

/** In this order: each may need what those before it made. */
const requests: readonly Request[] = [
  ['GET', '/?filter_path=name,version,tagline'],
  ['POST', '/'],
  ['GET', '/?foo=1'],
  ['GET', '/_cluster/health'],
  ['GET', '/nosuch/route/x/y/z?q=1'],
  ['GET', '/_nosuch'],
  ['DELETE', '/_tasks'],
  ['PUT', '/data', '{"settings":{"number_of_replicas":0},"mappings":{"properties":{"k":{"type":"keyword"}}}}'],
  ['PUT', '/data', '{}'],
  ['PUT', '/Bad', '{}'],
  ['PUT', '/_bad', '{}'],
  ['PUT', '/other'],
  ['PUT', '/third', '{"nope":1}'],
  ['GET', '/_cluster/health'],
  ['GET', '/_cluster/health/data'],
  ['GET', '/_cluster/health?wait_for_status=yellow'],
  ['GET', '/_cluster/health?wait_for_status=green&timeout=100ms'],
  ['GET', '/_cluster/health?wait_for_status=purple'],
  ['HEAD', '/data'],
  ['HEAD', '/nope'],
  ['POST', '/data/_doc?refresh=true', '{"k":"a","n":1}'],
  ['PUT', '/data/_doc/x', '{"k":"b","n":2}'],
  ['PUT', '/data/_doc/x', '{"k":"b","n":3,"s":"words here","o":{"d":"2026-01-01"}}'],
  ['GET', '/data/_doc/x'],
  ['GET', '/data/_doc/nope'],
  ['GET', '/nope/_doc/nope'],
  ['PUT', '/data/_create/x', '{"k":"c"}'],
  ['PUT', '/data/_doc/x?if_seq_no=0&if_primary_term=1', '{"k":"c"}'],
  ['POST', '/data/_update/x', '{"doc":{"o":{"e":true}}}'],
  ['GET', '/data'],
  ['GET', '/data/_doc/x'],
  ['DELETE', '/data/_doc/x'],
  ['DELETE', '/data/_doc/x'],
  ['PUT', '/data/_doc/x', '{"k":"again"}'],
  ['POST', '/data/_bulk', '{"index":{}}'],
  [
    'POST',
    '/data/_bulk?refresh=true',
    '{"index":{}}\n{"k":"d"}\n{"create":{"_id":"c"}}\n{"k":"e"}\n{"create":{"_id":"c"}}\n{"k":"e"}\n{"delete":{"_id":"c"}}\n{"delete":{"_id":"c"}}\n{"update":{"_id":"zz"}}\n{"doc":{"a":1}}\n',
  ],
  ['POST', '/_bulk?refresh=true', '{"index":{"_index":"fresh","_id":"1"}}\n{"a":1}\n'],
  ['POST', '/data/_refresh'],
  ['POST', '/other/_refresh'],
  ['POST', '/nope/_refresh'],
  ['GET', '/data/_count'],
  ['POST', '/data/_count', '{"query":{"term":{"k":"d"}}}'],
  ['POST', '/data/_count', '{"size":1}'],
  ['GET', '/nope/_count'],
  ['GET', '/nope/_search'],
  ['GET', '/_nope/_search'],
  ['POST', '/data/_search?size=1&_source=false', '{"sort":["k"]}'],
  ['POST', '/data/_search?foo=1', '{}'],
  ['POST', '/data/_search', '{'],
  ['POST', '/data/_search', '{"size":0'],
  ['GET', '/data/_search?q=k:d&_source=false&filter_path=hits.total'],
  ['POST', '/data/_delete_by_query', '{"query":{"term":{"k":"zz"}}}'],
  ['POST', '/data/_delete_by_query?refresh=true', '{"query":{"term":{"k":"d"}}}'],
  ['POST', '/data/_delete_by_query', '{}'],
  ['POST', '/data/_update_by_query', '{"query":{"match_none":{}}}'],
  ['POST', '/_reindex?refresh=true', '{"source":{"index":"data"},"dest":{"index":"copy"}}'],
  ['POST', '/_reindex', '{"source":{"index":"data"},"dest":{"index":"data"}}'],
  ['POST', '/_reindex', '{}'],
  ['POST', '/_reindex'],
  ['POST', '/_reindex?requests_per_second=abc', '{"source":{"index":"data"},"dest":{"index":"c9"}}'],
  ['GET', '/_cat/indices?format=json&h=health,status,index,pri,rep,docs.count&s=index'],
  ['GET', '/_cat/indices/da*?format=json&h=index'],
  ['GET', '/_cat/indices/nope?format=json'],
  ['GET', '/_cat/plugins?format=json'],
  ['GET', '/_cat/plugins'],
  [
    'GET',
    '/_nodes?filter_path=_nodes,nodes.*.name,nodes.*.version,nodes.*.roles,nodes.*.plugins.name,nodes.*.plugins.version,nodes.*.modules.name',
  ],
  ['GET', '/_nodes/nosuch?filter_path=_nodes,nodes'],
  ['GET', '/_nodes/_local/nosuchmetric'],
  ['GET', '/_nodes/data:true?filter_path=_nodes'],
  ['GET', '/_nodes?foo=1'],
  ['GET', '/_nodes/stats/nosuch'],
  ['GET', '/_nodes/node-1/stats/jvm?filter_path=_nodes,nodes.*.name'],
  ['GET', '/_cluster/settings'],
  ['PUT', '/_cluster/settings', '{}'],
  ['PUT', '/_cluster/settings', '{"persistent":{"nope.x":1}}'],
  ['PUT', '/_cluster/settings', '{"persistent":{"plugins.anomaly_detection.enabled":true}}'],
  ['PUT', '/_cluster/settings', '{"transient":{"cluster.max_shards_per_node":900,"search":{"max_buckets":5000}}}'],
  ['GET', '/_cluster/settings?flat_settings=true'],
  ['GET', '/_cluster/settings'],
  ['PUT', '/_cluster/settings', '{"transient":{"cluster.max_shards_per_node":null,"search.max_buckets":null}}'],
  ['GET', '/_tasks?actions=*nothing*'],
  ['GET', '/_tasks?actions=*lists*'],
  ['GET', '/_tasks?actions=*lists*&detailed&group_by=parents'],
  ['GET', '/_tasks?actions=*lists&group_by=none'],
  ['GET', '/_tasks?group_by=foo'],
  ['GET', '/_tasks?nodes=nosuch'],
  ['GET', '/_tasks?parent_task_id=zzz'],
  ['GET', '/_tasks/nosuchnode:1'],
  ['GET', '/_tasks/zzz'],
  ['POST', '/_tasks/nosuchnode:5/_cancel'],
  ['POST', '/_tasks/zz/_cancel'],
  ['POST', '/_tasks/_cancel?actions=*nosuch'],
  ['POST', '/_tasks/_cancel?foo=1'],
  ['DELETE', '/nope'],
  ['DELETE', '/fresh'],
];

const isTask = (value: Json | undefined): string => (isJsonObject(value) && typeof value.task === 'string' ? value.task : '');

const isCompleted = (value: Json | undefined) => isJsonObject(value) && value.completed === true;

/** Asks until an answer fits; what it asks for is always on its way. */
async function until(ask: () => Promise<CoreAnswer>, fits: (answer: CoreAnswer) => boolean): Promise<CoreAnswer> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
  }
}

describe.skipIf(withoutOpenSearch())("the server's own routes, answered as a real OpenSearch 2.19 answers them (needs java, mvn)", () => {
  let real: RealOpenSearch;
  let simulated: Awaited<ReturnType<typeof startCore>>;
  let servers: readonly Ask[];

  beforeAll(async () => {
    real = await startRealOpenSearch();
    simulated = await startCore({ version: '2.19.4' });
    servers = [simulated.ask, askAt(real.url)];
  }, startLimitMs);
  afterAll(async () => {
    await simulated?.dispose();
    await real?.dispose();
  });

  test.each(requests.map(([method, path, body]) => ({ method, path, body })))('$method $path $body', async ({ method, path, body }) => {
    const [ours, theirs] = await Promise.all(servers.map((ask) => ask(method, path, body)));
    // Methods are listed in the order of a Java set, another one after every start.
    const sorted = (answer: CoreAnswer | undefined) =>
      JSON.stringify(answer === undefined ? null : shown(answer)).replace(/allowed: \[[A-Z, ]+\]/, (list) =>
        (list.match(/[A-Z]{3,}/g) ?? []).sort().join(),
      );
    expect(JSON.parse(sorted(ours))).toEqual(JSON.parse(sorted(theirs)));
  });

  test('a throttled copy is seen running, can be cancelled, and its result can be read', async () => {
    const docs = Array.from({ length: 60 }, (_, number) => `{"index":{}}\n{"a":${number}}\n`).join('');
    const seen = await Promise.all(
      servers.map(async (ask) => {
        await ask('POST', '/many/_bulk?refresh=true', docs);
        const started = await ask(
          'POST',
          '/_reindex?wait_for_completion=false&requests_per_second=2',
          '{"source":{"index":"many","size":20},"dest":{"index":"copied"}}',
        );
        const id = isTask(started.body);
        const atWork = (answer: CoreAnswer) => JSON.stringify(answer.body).includes('"created":20');
        const running = await until(() => ask('GET', `/_tasks/${id}`), atWork);
        const listed = await ask('GET', '/_tasks?actions=*reindex');
        const cancelled = await ask('POST', `/_tasks/${id}/_cancel`);
        const ended = await until(
          () => ask('GET', `/_tasks/${id}`),
          ({ body }) => isCompleted(body),
        );
        const again = await ask('POST', `/_tasks/${id}/_cancel`);
        const missing = await ask('POST', '/_reindex?wait_for_completion=false', '{"source":{"index":"nope"},"dest":{"index":"x"}}');
        const failed = await until(
          () => ask('GET', `/_tasks/${isTask(missing.body)}`),
          ({ body }) => isCompleted(body),
        );
        const text = JSON.stringify([started, running, listed, cancelled, ended, again, failed].map(shown));
        return JSON.parse(text.replace(/"throttled(_millis|_until)?":[^,}]+/g, '"throttled$1":"<time>"').replaceAll(id, '<task>'));
      }),
    );
    const withoutNode = seen.map((one) => JSON.parse(JSON.stringify(one).replace(/Failed node \[[\w-]{22}\]/, 'Failed node [<node>]')));
    expect(withoutNode[0]).toEqual(withoutNode[1]);
  }, 60_000);
});
