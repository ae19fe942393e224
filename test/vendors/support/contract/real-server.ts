import { Secret } from '../../../../src/domain/index.js';
import { opensearchAd } from '../../../../src/vendors/opensearch-ad/index.js';
import { anomalyDetectionTraits } from './anomaly-detection-targets.js';
import type { ContractTarget } from './target.js';

const base = '/_plugins/_anomaly_detection/detectors';
const index = 'vigil-contract-metrics';
const prefix = 'vigil-contract-';
const minute = 60_000;
const hosts = ['host-1', 'host-2', 'host-3'];
/** As many as the recordings have: an analysis of them takes long enough to be stopped. */
const minutes = 4_320;

interface Server {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

type Answer = Readonly<Record<string, unknown>>;

const ask = async ({ url, headers }: Server, method: string, path: string, body?: unknown): Promise<Answer> => {
  const text = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(new URL(path, url), {
    method,
    headers: { ...headers, ...(text === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(text === undefined ? {} : { body: text }),
  });
  return (await response.json()) as Answer;
};

/** Three hosts, a value a minute each, with a few that are far off. */
const documents = (end: number): string =>
  Array.from({ length: minutes }, (_, at) => end - (minutes - at) * minute)
    .flatMap((timestamp, at) =>
      hosts.flatMap((host, which) => {
        const value = 50 + 10 * Math.sin(at / 60) + which + (at % 700 === 699 ? 500 : 0);
        return [JSON.stringify({ index: {} }), JSON.stringify({ timestamp, host, value })];
      }),
    )
    .join('\n')
    .concat('\n');

const detector = (name: string, more: object = {}): object => ({
  name: `${prefix}${name}`,
  description: 'Made by the contract suite of Vigil.',
  time_field: 'timestamp',
  indices: [index],
  feature_attributes: [{ feature_name: 'average', feature_enabled: true, aggregation_query: { average: { avg: { field: 'value' } } } }],
  detection_interval: { period: { interval: 1, unit: 'Minutes' } },
  window_delay: { period: { interval: 1, unit: 'Minutes' } },
  ...more,
});

const wanted = [detector('live'), detector('single'), detector('other'), detector('by-host', { category_field: ['host'] })];

interface Found {
  readonly id: string;
  readonly name: string;
}

const detectorsOf = async (server: Server): Promise<readonly Found[]> => {
  const answer = (await ask(server, 'POST', `${base}/_search`, { size: 1_000, query: { match_all: {} } })) as {
    readonly hits?: { readonly hits: readonly { readonly _id: string; readonly _source: { readonly name: string } }[] };
  };
  return (answer.hits?.hits ?? []).map(({ _id: id, _source: { name } }) => ({ id, name }));
};

/** Data of the last days and four detectors, once. A server that has detectors of others is left alone: cases start and stop what they find. */
const prepare = async (server: Server): Promise<readonly Found[]> => {
  const before = await detectorsOf(server);
  if (before.some(({ name }) => !name.startsWith(prefix)))
    throw new Error('the server named by VIGIL_TEST_OPENSEARCH_URL has detectors of others: name one that is there for tests only');
  await ask(server, 'DELETE', `/${index}`);
  await ask(server, 'PUT', `/${index}`, {
    settings: { number_of_replicas: 0 },
    mappings: { properties: { timestamp: { type: 'date' }, host: { type: 'keyword' }, value: { type: 'double' } } },
  });
  await ask(server, 'POST', `/${index}/_bulk?refresh=true`, documents(Math.floor(Date.now() / minute) * minute));
  const names = new Set(before.map(({ name }) => name));
  for (const each of wanted) if (!names.has((each as Found).name)) await ask(server, 'POST', base, each);
  return detectorsOf(server);
};

const statesOf = async (server: Server, ids: readonly string[]): Promise<readonly string[]> => {
  const answer = (await ask(server, 'POST', `${base}/tasks/_search`, {
    size: 1_000,
    _source: ['state'],
    query: { bool: { filter: [{ terms: { detector_id: ids } }, { terms: { state: ['CREATED', 'INIT', 'RUNNING'] } }] } },
  })) as { readonly hits?: { readonly hits: readonly { readonly _source: { readonly state: string } }[] } };
  return (answer.hits?.hits ?? []).map(({ _source: { state } }) => state);
};

/** Everything stands still but one detector in real time. */
const settle = async (server: Server, found: readonly Found[]): Promise<void> => {
  const live = found.find(({ name }) => name === `${prefix}live`);
  const others = found.filter((each) => each !== live);
  for (const { id } of others) await ask(server, 'POST', `${base}/${id}/_stop`);
  for (const { id } of found) await ask(server, 'POST', `${base}/${id}/_stop?historical=true`);
  const ids = others.map(({ id }) => id);
  while ((await statesOf(server, ids)).length > 0) await new Promise((resolve) => setTimeout(resolve, 500));
  await ask(server, 'POST', `${base}/${live?.id}/_start`);
};

/** What there is to find: one analysis before the first case. */
const analyse = async (server: Server, found: readonly Found[]): Promise<void> => {
  const end = Math.floor(Date.now() / minute) * minute;
  const single = found.find(({ name }) => name === `${prefix}single`)?.id ?? '';
  await ask(server, 'POST', `${base}/${single}/_start`, { start_time: end - minutes * minute, end_time: end });
  while ((await statesOf(server, [single])).length > 0) await new Promise((resolve) => setTimeout(resolve, 500));
};

/** The server VIGIL_TEST_OPENSEARCH_URL names, with Anomaly Detection and nobody else's detectors; none when it names none. */
export const realServerTargets = async (named: string | undefined): Promise<readonly ContractTarget[]> => {
  if (!named) return [];
  const url = new URL(named);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  const basic = `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`;
  const server: Server = { url, headers: username === '' ? {} : { authorization: basic } };
  const { version } = (await ask(server, 'GET', '/')) as { readonly version: { readonly number: string } };
  let ready: Promise<readonly Found[]> | undefined;
  return [
    {
      title: `OpenSearch Anomaly Detection ${version.number}, the server VIGIL_TEST_OPENSEARCH_URL names`,
      module: opensearchAd,
      version: version.number,
      ...(username === ''
        ? {}
        : { auth: { kind: 'basic', username: decodeURIComponent(username), password: new Secret(decodeURIComponent(password)) } as const }),
      traits: {
        ...anomalyDetectionTraits,
        analysed: () => {
          const end = Math.floor(Date.now() / minute) * minute;
          return { start: end - minutes * minute, end };
        },
        patienceMs: 180_000,
      },
      start: async () => {
        ready ??= prepare(server).then(async (found) => {
          await settle(server, found);
          await analyse(server, found);
          return found;
        });
        await settle(server, await ready);
        return { url, dispose: async () => undefined };
      },
    },
  ];
};
