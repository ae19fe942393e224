import type { Action, ClusterNode, Datafeed, FailedPart, FieldSet, Job } from '../../domain/index.js';
import { formatId, wantsType } from '../../domain/index.js';
import type { ElasticsearchJobDetails } from './details.js';
import { parseDurationMs } from './durations.js';
import { allowedActionsOf } from './gating.js';
import { blockedReasonOf, jobStateOf } from './job-state.js';
import { mapDataCounts, mapModelSize, mapTiming } from './mapper.js';
import { withoutSecrets } from './raw.js';
import type { Sent, WireJob, WireJobStats } from './wire.js';

/** What was read of one job. */
export interface JobSource {
  readonly id: string;
  readonly backend: string;
  readonly config: Sent<WireJob>;
  /** Undefined when they were not asked for, could not be had, or do not name the job. */
  readonly stats: Sent<WireJobStats> | undefined;
  readonly datafeed: Datafeed | null;
  /** What the vendor's log says of a job that has failed, where that was read. */
  readonly failure: string | undefined;
  readonly capabilities: readonly Action[];
}

/** Where one fact of a job stands in what the vendor sends, and what it is called here. */
interface Fact<T> {
  /** Below `jobs.` of GET jobs. */
  readonly config?: readonly string[];
  /** Below `jobs.` of `_stats`. */
  readonly stats?: readonly string[];
  /** What is reported missing when `_stats` cannot be had. */
  readonly part?: FailedPart;
  readonly datafeed?: 'config' | 'state';
  readonly map: (source: JobSource) => T;
}

const blocked = ['blocked', 'deleting'];

/** What holds the job, as its configuration says. */
const holdOf = (config: WireJob): string | undefined => {
  const reason = blockedReasonOf(config);
  if (reason === null) return undefined;
  return `blocked by ${reason}${config.blocked?.task_id === undefined ? '' : `, task ${config.blocked.task_id}`}`;
};

/** By schema coordinate: the one place that says which field costs which call. */
const jobFacts: Readonly<Record<string, Fact<Partial<Job>>>> = {
  'Job.type': { config: ['job_type'], map: ({ config }) => ({ type: config.wire.job_type ?? 'anomaly_detector' }) },
  'Job.description': { config: ['description'], map: ({ config }) => ({ description: config.wire.description ?? null }) },
  'Job.groups': { config: ['groups'], map: ({ config }) => ({ groups: config.wire.groups ?? [] }) },
  'Job.owner': { map: () => ({ owner: null }) },
  'Job.createdAt': { map: ({ config }) => ({ createdAt: config.wire.create_time ?? null }) },
  // Only told as a duration in whole seconds (`open_time`): an instant made from it would move with every reading.
  'Job.startedAt': { map: () => ({ startedAt: null }) },
  'Job.finishedAt': { config: ['finished_time'], map: ({ config }) => ({ finishedAt: config.wire.finished_time ?? null }) },
  'Job.state': { config: blocked, stats: ['state'], part: 'STATE', map: ({ config, stats }) => jobStateOf(config.wire, stats?.wire) },
  'Job.stateReason': {
    config: blocked,
    stats: ['state', 'assignment_explanation'],
    part: 'STATE',
    map: ({ config, stats, failure }) => ({
      stateReason: holdOf(config.wire) ?? failure ?? (stats?.wire.assignment_explanation || null),
    }),
  },
  'Job.lastActivityAt': {
    stats: ['data_counts.latest_record_timestamp'],
    part: 'STATISTICS',
    map: ({ stats }) => ({ lastActivityAt: stats?.wire.data_counts?.latest_record_timestamp ?? null }),
  },
  'Job.processed': {
    stats: ['data_counts.processed_record_count'],
    part: 'STATISTICS',
    map: ({ stats }) => ({
      processed: stats?.wire.data_counts
        ? { current: stats.wire.data_counts.processed_record_count, maximum: null, unit: 'RECORDS' }
        : null,
    }),
  },
  'Job.node': {
    stats: ['node.id', 'node.name'],
    part: 'STATE',
    map: ({ stats, backend }) => ({ node: nodeOf(backend, stats?.wire) }),
  },
  'Job.datafeed': { datafeed: 'config', map: ({ datafeed }) => ({ datafeed }) },
  'Job.allowedActions': {
    config: blocked,
    stats: ['state'],
    part: 'STATE',
    datafeed: 'state',
    map: ({ config, stats, datafeed, capabilities }) => ({
      allowedActions: allowedActionsOf(jobStateOf(config.wire, stats?.wire).state, datafeed?.state, capabilities),
    }),
  },
};

const detailFacts: Readonly<Record<string, Fact<Partial<ElasticsearchJobDetails>>>> = {
  'ElasticsearchJobDetails.jobVersion': { config: ['job_version'], map: ({ config }) => ({ jobVersion: config.wire.job_version ?? null }) },
  'ElasticsearchJobDetails.bucketSpanMs': {
    config: ['analysis_config.bucket_span'],
    map: ({ config }) => ({ bucketSpanMs: parseDurationMs(config.wire.analysis_config?.bucket_span) }),
  },
  'ElasticsearchJobDetails.blockedReason': {
    config: blocked,
    map: ({ config }) => ({ blockedReason: blockedReasonOf(config.wire), blockingTaskId: config.wire.blocked?.task_id ?? null }),
  },
  'ElasticsearchJobDetails.assignmentExplanation': {
    stats: ['assignment_explanation'],
    part: 'STATISTICS',
    map: ({ stats }) => ({ assignmentExplanation: stats?.wire.assignment_explanation ?? null }),
  },
  'ElasticsearchJobDetails.openForMs': {
    stats: ['open_time'],
    part: 'STATISTICS',
    map: ({ stats }) => ({ openForMs: parseDurationMs(stats?.wire.open_time) }),
  },
  'ElasticsearchJobDetails.memoryStatus': {
    stats: ['model_size_stats.memory_status'],
    part: 'STATISTICS',
    map: ({ stats }) => ({ memoryStatus: stats?.wire.model_size_stats?.memory_status ?? null }),
  },
  'ElasticsearchJobDetails.dataCounts': {
    stats: ['data_counts'],
    part: 'STATISTICS',
    map: ({ id, stats }) => ({ dataCounts: stats ? mapDataCounts(id, stats.wire) : null }),
  },
  'ElasticsearchJobDetails.modelSize': {
    stats: ['model_size_stats'],
    part: 'STATISTICS',
    map: ({ id, stats }) => ({ modelSize: stats ? mapModelSize(id, stats.wire) : null }),
  },
  'ElasticsearchJobDetails.timing': {
    stats: ['timing_stats'],
    part: 'STATISTICS',
    map: ({ id, stats }) => ({ timing: stats ? mapTiming(id, stats.wire) : null }),
  },
};

const rawFact: Fact<Partial<ElasticsearchJobDetails>> = {
  stats: [],
  part: 'STATISTICS',
  map: ({ config, stats }) => ({ raw: withoutSecrets({ config: config.raw, stats: stats?.raw ?? null }) }),
};

const nodeOf = (backend: string, stats: WireJobStats | undefined): ClusterNode | null =>
  stats?.node
    ? { id: formatId('node', backend, stats.node.id), backendKey: backend, nativeId: stats.node.id, name: stats.node.name ?? null }
    : null;

const rawCoordinates = ['ElasticsearchJobDetails.raw', 'JobDetails.raw'];
const aliases: Readonly<Record<string, string>> = { 'Job.vendorState': 'Job.state' };

/** The facts behind a set of fields. */
export interface WantedFacts {
  readonly job: readonly Fact<Partial<Job>>[];
  /** Null when no details are wanted. */
  readonly details: readonly Fact<Partial<ElasticsearchJobDetails>>[] | null;
  readonly raw: boolean;
}

const pick = <T>(facts: Readonly<Record<string, Fact<T>>>, fields: FieldSet): readonly Fact<T>[] => {
  const names = new Set([...fields].map((field) => aliases[field] ?? field));
  return Object.entries(facts).flatMap(([name, fact]) => (names.has(name) ? [fact] : []));
};

export const wantedFacts = (fields: FieldSet): WantedFacts => {
  const raw = rawCoordinates.some((coordinate) => fields.has(coordinate));
  const wantsDetails = fields.has('Job.details') || wantsType(fields, 'ElasticsearchJobDetails') || wantsType(fields, 'JobDetails');
  const feedWanted = wantsType(fields, 'Datafeed') ? new Set([...fields, 'Job.datafeed']) : fields;
  return {
    job: pick(jobFacts, feedWanted),
    details: wantsDetails ? [...pick(detailFacts, fields), ...(raw ? [rawFact] : [])] : null,
    raw,
  };
};

/** The domain's job. */
export const mapJob = (source: JobSource, wanted: WantedFacts): Job => {
  const base: Job = { id: source.id, backendKey: source.backend, nativeId: source.config.wire.job_id };
  const facts = wanted.job.map((fact) => fact.map(source));
  const details: ElasticsearchJobDetails | undefined =
    wanted.details === null
      ? undefined
      : Object.assign(
          { typename: 'ElasticsearchJobDetails' as const, id: `${source.id}/details` },
          ...wanted.details.map((fact) => fact.map(source)),
        );
  return Object.assign(base, ...facts, details ? { details } : {});
};
