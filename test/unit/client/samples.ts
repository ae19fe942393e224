/** Objects as the schema has them; what a test does not name is filled in. */
export const aBackend = (key = 'es-prod', more: Record<string, unknown> = {}) => ({
  __typename: 'Backend',
  id: `backend:${key}`,
  key,
  vendor: 'ELASTICSEARCH_ML',
  version: '8.17.0',
  readOnly: false,
  capabilities: ['OPEN_JOB', 'CLOSE_JOB', 'RESET_JOB', 'DELETE_JOB'],
  health: { status: 'UP', since: '2026-01-31T09:05:00.000Z', lastAnswerAt: null, code: null, message: null, retryAfterMs: null },
  ...more,
});

export const aTask = (native: string, more: Record<string, unknown> = {}) => ({
  __typename: 'Task',
  id: `task:es-prod:${native}`,
  nativeId: null,
  backend: aBackend(),
  kind: 'CLOSE',
  state: 'RUNNING',
  vendorState: null,
  progress: null,
  initProgress: null,
  estimatedEndAt: null,
  stateCounts: [],
  counts: null,
  startedAt: '2026-01-31T09:05:00.000Z',
  endedAt: null,
  updatedAt: null,
  error: null,
  cancellable: false,
  job: { id: 'job:es-prod:total-requests', nativeId: 'total-requests' },
  detector: null,
  entity: [],
  revision: 1,
  ...more,
});

export const aJob = (native = 'total-requests', more: Record<string, unknown> = {}) => ({
  __typename: 'Job',
  id: `job:es-prod:${native}`,
  nativeId: native,
  backend: aBackend(),
  type: 'anomaly_detector',
  state: 'OPENED',
  vendorState: 'opened',
  stateReason: null,
  description: null,
  groups: [],
  owner: null,
  lastActivityAt: null,
  processed: null,
  datafeed: { id: `datafeed:es-prod:datafeed-${native}`, nativeId: `datafeed-${native}`, state: 'STARTED' },
  detector: null,
  currentTask: null,
  resultState: 'NONE',
  allowedActions: ['CLOSE_JOB'],
  revision: 1,
  ...more,
});

export const aDetector = (native = 'cpu', more: Record<string, unknown> = {}) => ({
  __typename: 'Detector',
  id: `detector:os-prod:${native}`,
  nativeId: native,
  name: `${native}-load`,
  backend: aBackend('os-prod', { vendor: 'OPENSEARCH_AD' }),
  highCardinality: false,
  indices: ['metrics'],
  realtimeTask: null,
  historicalTask: null,
  // The toy gateway's objects answer by property, whatever the argument.
  allowedActions: ({ run }: { readonly run: string }) => (run === 'REALTIME' ? ['START_DETECTOR'] : []),
  revision: 1,
  ...more,
});

export const aPage = (jobs: readonly unknown[], more: Record<string, unknown> = {}) => ({
  totalCount: jobs.length,
  stateCounts: [],
  liveCursor: 'live-0',
  unavailable: [],
  edges: jobs.map((node, index) => ({ cursor: `edge-${index}`, node })),
  pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
  ...more,
});

export const anUpdate = (cursor: string, more: Record<string, unknown> = {}) => ({
  cursor,
  reset: false,
  synced: true,
  added: [],
  changed: [],
  left: [],
  forgotten: [],
  backends: [],
  stateCounts: [],
  ...more,
});
