import type { BackendProfile } from '../../domain/index.js';
import { isAtLeast, isOlderThan } from './version.js';

/** Which of the products speaks: each has its own base path, and its own idea of a version. */
export const flavours = ['opensearch', 'opendistro', 'search-guard'] as const;
export type Flavour = (typeof flavours)[number];

/** Base path of all routes. Below it the three are alike. */
const basePaths: Readonly<Record<Flavour, string>> = {
  opensearch: '/_plugins/_anomaly_detection',
  opendistro: '/_opendistro/_anomaly_detection',
  'search-guard': '/_anomaly_detection/api',
};

const products: Readonly<Record<Flavour, string>> = {
  opensearch: 'OpenSearch',
  opendistro: 'Open Distro for Elasticsearch',
  'search-guard': 'Search Guard',
};

/** What a backend's product and version say about how it has to be spoken to. */
export interface Dialect {
  readonly flavour: Flavour;
  /** Without a slash at its end. */
  readonly basePath: string;
  /** For people: `OpenSearch`. */
  readonly product: string;
  /** As in the profile; null while unknown. */
  readonly version: string | null;
  /**
   * Whether it uses the names of AD 2.15 (`hc_detector_count`). Null where that cannot be told: a version that may
   * not be read, and Search Guard, whose documents show the old names beside features of 2.17. Readers take both spellings in any case.
   */
  readonly renamed: boolean | null;
}

const renamedIn = (flavour: Flavour, version: string | null): boolean | null => {
  if (flavour === 'opendistro') return false;
  if (flavour === 'search-guard' || version === null) return null;
  return isAtLeast(version, 2, 15);
};

export const dialectFor = (flavour: Flavour, version: string | null): Dialect => ({
  flavour,
  basePath: basePaths[flavour],
  product: products[flavour],
  version,
  renamed: renamedIn(flavour, version),
});

/** Of a profile this adapter made, or one nobody has learnt yet. */
export const dialectOfProfile = ({ dialect, version }: Pick<BackendProfile, 'dialect' | 'version'>, fallback: Flavour): Dialect =>
  dialectFor(flavours.find((each) => each === dialect) ?? fallback, version);

/** Statistics that were not always called as they are now, by their name of 2.17 and later. */
const formerStats = {
  // Until 2.14.
  single_stream_detector_count: ['single_entity_detector_count'],
  hc_detector_count: ['multi_entity_detector_count'],
  ad_model_corruption_count: ['model_corruption_count'],
  // Only in 2.15 and 2.16 (AD source, StatNames).
  anomaly_detectors_index_status: ['config_index_status'],
  anomaly_detection_job_index_status: ['job_index_status'],
  models_checkpoint_index_status: ['anomaly_models_checkpoint_index_status'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

const presentNames: ReadonlyMap<string, string> = new Map(
  Object.entries(formerStats).flatMap(([present, former]) => former.map((name) => [name, present] as const)),
);

/** The name of 2.17 and later of a statistic, whatever the version called it. */
export const presentStatName = (name: string): string => presentNames.get(name) ?? name;

/**
 * What this version calls a statistic given by its present name; null when it cannot be told, or the version may not have it. An unknown name is a 400 for
 * the whole request, so those are taken from the answer without names.
 */
export const statNameIn = ({ flavour, version, renamed }: Dialect, present: string): string | null => {
  const former = new Map<string, readonly string[]>(Object.entries(formerStats)).get(present);
  if (former === undefined) return present === 'forecast_config_index_status' && !isAtLeast(version, 3, 0) ? null : present;
  if (renamed === null) return null;
  if (present.endsWith('_index_status')) {
    const between = flavour === 'opensearch' && isAtLeast(version, 2, 15) && isOlderThan(version, 2, 17);
    return between ? (former[0] ?? null) : present;
  }
  if (renamed) return present;
  // Counted since 2.4 (AD release notes).
  if (present === 'ad_model_corruption_count' && (flavour === 'opendistro' || isOlderThan(version, 2, 4))) return null;
  // The two counts came with 1.1.
  return flavour === 'opendistro' || isOlderThan(version, 1, 1) ? null : (former[0] ?? null);
};
