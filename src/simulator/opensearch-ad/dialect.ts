import { SimulatorError } from '../simulator-error.js';
import { type Names, openSearchNames, searchGuardNames } from './names.js';
import { olderWording, type Wording, wording } from './wording.js';

/** What differs between products and releases, as recorded from real servers or read in the sources of that release. */
export interface Dialect {
  /** Which server it is a plugin of: what `GET /` says, and how requests are denied. */
  readonly product: 'opensearch' | 'elasticsearch';
  /** The version as an option names it. */
  readonly version: string;
  /** Of the server. */
  readonly number: string;
  readonly buildHash: string;
  readonly buildDate: string;
  readonly luceneVersion: string;
  readonly wireVersion: string;
  readonly indexVersion: string;
  readonly plugin: { readonly name: string; readonly version: string };
  readonly nodeRoles: readonly string[];
  readonly names: Names;
  readonly wording: Wording;
  /** `realtime_task`, two fields less in `_start`, `single_stream_detector_count` and more (since 2.15). */
  readonly modern: boolean;
  /** Detectors have `rules`, `history` and `recency_emphasis` (recorded in 2.19, not in 2.11). */
  readonly rules: boolean;
  /** The first write of a real-time task makes it INIT (3.4); before, it stays CREATED as long as runs fail. */
  readonly initAtFirstWrite: boolean;
  /** `GET ?task=true` resets what runs nowhere (2.19 and before; 3.4 does not). */
  readonly resetsOnGet: boolean;
  /** Spelling of the status statistics: 2.15 and 2.16 had their own. */
  readonly statNames: 'usual' | 'of 2.15';
  readonly forecastStat: boolean;
  readonly corruptionStat: 'ad_model_corruption_count' | 'model_corruption_count' | undefined;
  /** Indices of anomaly detection whose replicas only spread to nodes there are (3.4). */
  readonly expandingIndices: readonly ('checkpoints' | 'results')[];
  /** `schema_version` of results. */
  readonly resultSchema: number;
  readonly modelBytes: { readonly historical: number; readonly realTime: number };
  /** How Jackson names the source of a body. */
  readonly jsonSource: string;
}

const redacted = 'REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)';
const managerRoles = ['cluster_manager', 'data', 'ingest', 'remote_cluster_client'];

const v219: Dialect = {
  product: 'opensearch',
  version: '2.19.4',
  number: '2.19.4',
  buildHash: 'e2e89961c9a327daf514a7ce1320a6189bfd08cd',
  buildDate: '2025-11-01T02:35:07.862712745Z',
  luceneVersion: '9.12.3',
  wireVersion: '7.10.0',
  indexVersion: '7.0.0',
  plugin: { name: 'opensearch-anomaly-detection', version: '2.19.4.0' },
  nodeRoles: managerRoles,
  names: openSearchNames,
  wording,
  modern: true,
  rules: true,
  initAtFirstWrite: false,
  resetsOnGet: true,
  statNames: 'usual',
  forecastStat: false,
  corruptionStat: 'ad_model_corruption_count',
  expandingIndices: [],
  resultSchema: 7,
  modelBytes: { historical: 1_635_276, realTime: 400_768 },
  jsonSource: redacted,
};

const v34: Dialect = {
  ...v219,
  version: '3.4.0',
  number: '3.4.0',
  buildHash: '00336141f90b2456d7aa35e9052fd6baf7147423',
  buildDate: '2025-12-15T21:42:54.481067826Z',
  luceneVersion: '10.3.2',
  wireVersion: '2.19.0',
  indexVersion: '2.0.0',
  plugin: { name: 'opensearch-anomaly-detection', version: '3.4.0.0' },
  initAtFirstWrite: true,
  resetsOnGet: false,
  forecastStat: true,
  expandingIndices: ['checkpoints', 'results'],
};

/** The only releases with these names of statistics; the rest as in 2.19. */
const v215: Dialect = {
  ...v219,
  version: '2.15.0',
  number: '2.15.0',
  buildHash: '61dbcd0795c9bfe9b81e5762175414bc38bbcadf',
  buildDate: '2024-06-20T03:26:49.193630411Z',
  luceneVersion: '9.10.0',
  plugin: { name: 'opensearch-anomaly-detection', version: '2.15.0.0' },
  rules: false,
  statNames: 'of 2.15',
};

const v211: Dialect = {
  ...v219,
  version: '2.11.0',
  number: '2.11.0',
  buildHash: '4dcad6dd1fd45b6bd91f041a041829c8687278fa',
  buildDate: '2023-10-13T02:55:55.511945994Z',
  luceneVersion: '9.7.0',
  plugin: { name: 'opensearch-anomaly-detection', version: '2.11.0.0' },
  wording: olderWording,
  modern: false,
  rules: false,
  corruptionStat: 'model_corruption_count',
  resultSchema: 5,
  modelBytes: { historical: 1_593_240, realTime: 582_896 },
  jsonSource: '(org.opensearch.core.common.io.stream.InputStreamStreamInput)',
};

const v13: Dialect = {
  ...v211,
  version: '1.3.20',
  number: '1.3.20',
  buildHash: '2b2a2cd6ac7d8ed9f0d1a8c6a8ee3fd93b3f1f3c',
  buildDate: '2024-12-10T21:32:29.452330Z',
  luceneVersion: '8.10.1',
  wireVersion: '6.8.0',
  indexVersion: '6.0.0-beta1',
  plugin: { name: 'opensearch-anomaly-detection', version: '1.3.20.0' },
  nodeRoles: ['data', 'ingest', 'master', 'remote_cluster_client'],
  corruptionStat: undefined,
};

/** Its documents show the old forms, but it has what upstream only got with 2.17 (inferred: nobody published an answer). */
const searchGuard: Dialect = {
  ...v219,
  product: 'elasticsearch',
  version: '1.0.0-tp1',
  number: '8.17.0',
  buildHash: '2b6a7fed44faa321997703718f07ee0420804b41',
  buildDate: '2024-12-11T12:08:05.663969764Z',
  luceneVersion: '9.12.0',
  wireVersion: '7.17.0',
  indexVersion: '7.0.0',
  plugin: { name: 'search-guard-anomaly-detection', version: '1.0.0-tp1-es-8.17.0' },
  nodeRoles: ['data', 'ingest', 'master', 'remote_cluster_client', 'transform'],
  names: searchGuardNames,
};

const dialects = { opensearch: [v219, v34, v215, v211, v13], elasticsearch: [searchGuard] };

/** The versions of a product, the default first. */
export const versionsOf = (product: Dialect['product']): readonly string[] => dialects[product].map(({ version }) => version);

/** The dialect of a version, given as `2.19.4` or `2.19`. */
export function findDialect(product: Dialect['product'], version: string | undefined): Dialect {
  const known = dialects[product];
  const found = known.find((dialect) => version === undefined || dialect.version === version || dialect.version.startsWith(`${version}.`));
  if (found === undefined) throw new SimulatorError(`unknown version "${version}": known are ${versionsOf(product).join(', ')}`);
  return found;
}
