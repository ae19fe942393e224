import {
  type Action,
  type Backend,
  type ClusterNode,
  type ClusterStats,
  type Datafeed,
  type Detector,
  type DetectorRun,
  formatId,
  type Job,
  parseId,
  type Revised,
  type Task,
} from '../domain/index.js';
import type { BackendType } from './backend.type.js';
import type { ClusterStatsType } from './cluster-stats.type.js';
import type { DatafeedType } from './datafeed.type.js';
import type { DetectorType } from './detector.type.js';
import type { JobType } from './job.type.js';
import type { NodeStatsType } from './node-stats.type.js';
import type { TaskType } from './task.type.js';

/*
 * Domain objects as the simple fields of their GraphQL types, plain values that need no resolver each. `source` is what the relations start from.
 */

export type JobView = JobType & { readonly source: Revised<Job> };
export type TaskView = TaskType & { readonly source: Revised<Task> };
export type DetectorView = DetectorType & {
  readonly actions: Readonly<Record<DetectorRun, readonly Action[]>>;
  readonly source: Revised<Detector>;
};
export type DatafeedView = DatafeedType & { readonly source: Datafeed };
export type NodeStatsView = NodeStatsType & { readonly source: ClusterNode };
export type ClusterStatsView = ClusterStatsType & { readonly source: ClusterStats };

export const viewBackend = (backend: Backend): BackendType => {
  const profile = backend.profile();
  return {
    id: backend.id,
    key: backend.key,
    vendor: backend.vendor,
    version: profile.version,
    capabilities: profile.capabilities,
    readOnly: backend.readOnly,
    health: backend.health(),
  };
};

/** As the vendor itself writes it: the incarnation that the gateway adds stands in the global id alone. */
const shownNative = <N extends string | null>(
  { id, nativeId }: { readonly id: string; readonly nativeId: N },
  { adapter }: Backend,
): N | string => (nativeId !== null && adapter.qualifiesIds ? parseId(id).native : nativeId);

/** What was not readable takes the value that says so: UNKNOWN, null, or nothing. */
export const viewJob = (job: Revised<Job>, backend: Backend): JobView => ({
  id: job.id,
  nativeId: shownNative(job, backend),
  type: job.type ?? 'unknown',
  state: job.state ?? 'UNKNOWN',
  stateReason: job.stateReason ?? null,
  description: job.description ?? null,
  groups: job.groups ?? [],
  owner: job.owner ?? null,
  createdAt: job.createdAt ?? null,
  startedAt: job.startedAt ?? null,
  finishedAt: job.finishedAt ?? null,
  lastActivityAt: job.lastActivityAt ?? null,
  allowedActions: backend.readOnly ? [] : (job.allowedActions ?? []),
  resultState: job.resultState ?? 'NONE',
  revision: job.revision,
  source: job,
});

export const viewTask = (task: Revised<Task>, backend: Backend): TaskView => ({
  id: task.id,
  nativeId: shownNative(task, backend),
  kind: task.kind,
  vendorType: task.vendorType,
  state: task.state,
  vendorState: task.vendorState,
  progress: task.progress,
  initProgress: task.initProgress ?? null,
  counts: task.counts,
  stateCounts: task.stateCounts ?? [],
  estimatedEndAt: task.estimatedEndAt ?? null,
  startedAt: task.startedAt,
  endedAt: task.endedAt,
  updatedAt: task.updatedAt,
  error: task.error,
  cancellable: task.cancellable && !backend.readOnly,
  startedBy: task.startedBy,
  stoppedBy: task.stoppedBy ?? null,
  entity: task.entity ?? [],
  dateRange: task.dateRange ?? null,
  raw: task.raw ?? null,
  revision: task.revision,
  source: task,
});

const noActions: DetectorView['actions'] = { REALTIME: [], HISTORICAL: [] };

/** What was not readable takes the value that says so: null, or nothing. */
export const viewDetector = (detector: Revised<Detector>, backend: Backend): DetectorView => ({
  id: detector.id,
  nativeId: detector.nativeId,
  name: detector.name ?? '',
  description: detector.description ?? null,
  highCardinality: detector.highCardinality ?? false,
  indices: detector.indices ?? [],
  timeField: detector.timeField ?? '',
  categoryFields: detector.categoryFields ?? [],
  intervalMs: detector.intervalMs ?? null,
  windowDelayMs: detector.windowDelayMs ?? null,
  shingleSize: detector.shingleSize ?? null,
  features: detector.features ?? [],
  filterQuery: detector.filterQuery ?? null,
  resultIndex: detector.resultIndex ?? null,
  updatedAt: detector.updatedAt ?? null,
  revision: detector.revision,
  actions: (backend.readOnly ? undefined : detector.allowedActions) ?? noActions,
  source: detector,
});

export const viewDatafeed = (datafeed: Datafeed): DatafeedView => ({
  id: datafeed.id,
  nativeId: datafeed.nativeId,
  state: datafeed.state ?? 'UNKNOWN',
  vendorState: datafeed.vendorState ?? null,
  stateReason: datafeed.stateReason ?? null,
  indices: datafeed.indices ?? [],
  frequencyMs: datafeed.frequencyMs ?? null,
  queryDelayMs: datafeed.queryDelayMs ?? null,
  realtime: datafeed.realtime ?? null,
  searchInterval: datafeed.searchInterval ?? null,
  raw: datafeed.raw ?? null,
  source: datafeed,
});

export const viewNode = (node: ClusterNode): NodeStatsView => ({ id: node.id, nativeId: node.nativeId, source: node });

/** A node that is only known by its native id: what else is wanted of it is read when it is asked for, once for all nodes of a backend. */
export const nodeNamed = (backendKey: string, nativeId: string): ClusterNode => ({
  id: formatId('node', backendKey, nativeId),
  backendKey,
  nativeId,
});

export const viewClusterStats = (stats: ClusterStats): ClusterStatsView => ({
  id: stats.id,
  indexStatuses: stats.indexStatuses ?? [],
  detectorCount: stats.detectorCount ?? null,
  singleStreamDetectorCount: stats.singleStreamDetectorCount ?? null,
  highCardinalityDetectorCount: stats.highCardinalityDetectorCount ?? null,
  source: stats,
});
