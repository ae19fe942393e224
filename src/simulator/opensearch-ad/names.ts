/** Paths, indices, settings and actions of a product. */
export interface Names {
  /** Before `/detectors`, `/stats`. */
  readonly base: string;
  /** The older spelling, which not every route has. */
  readonly legacyBase: string | undefined;
  readonly detectors: string;
  readonly state: string;
  readonly jobs: string;
  readonly checkpoints: string;
  readonly locks: string;
  /** What result indices begin with; the alias of the default ones. */
  readonly results: string;
  /** What a result index of one's own has to begin with. */
  readonly customResults: string;
  /** Before a setting's own name. */
  readonly settings: string;
  /** Before an action's own name. */
  readonly actions: string;
}

export const openSearchNames: Names = {
  base: '/_plugins/_anomaly_detection',
  legacyBase: '/_opendistro/_anomaly_detection',
  detectors: '.opendistro-anomaly-detectors',
  state: '.opendistro-anomaly-detection-state',
  jobs: '.opendistro-anomaly-detector-jobs',
  checkpoints: '.opendistro-anomaly-checkpoints',
  locks: '.opendistro-job-scheduler-lock',
  results: '.opendistro-anomaly-results',
  customResults: 'opensearch-ad-plugin-result-',
  settings: 'plugins.anomaly_detection',
  actions: 'cluster:admin/opendistro/ad',
};

/** Names of jobs, checkpoints and locks are not documented. */
export const searchGuardNames: Names = {
  base: '/_anomaly_detection/api',
  legacyBase: undefined,
  detectors: '.searchguard-ad-anomaly-detectors',
  state: '.searchguard-ad-state',
  jobs: '.searchguard-ad-anomaly-detector-jobs',
  checkpoints: '.searchguard-ad-anomaly-checkpoints',
  locks: '.searchguard-ad-job-scheduler-lock',
  results: '.searchguard-ad-results',
  customResults: 'searchguard-ad-result-',
  settings: 'anomaly_detection',
  actions: 'cluster:admin/searchguard/ad',
};
