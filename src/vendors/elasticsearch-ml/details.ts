import type { JobDetails, NodeMetrics } from '../../domain/index.js';

/** `data_counts`. */
export interface ElasticsearchDataCounts {
  readonly id: string;
  readonly processedRecordCount: number;
  readonly processedFieldCount: number;
  readonly inputBytes: number;
  readonly inputRecordCount: number;
  readonly inputFieldCount: number;
  readonly invalidDateCount: number;
  readonly missingFieldCount: number;
  readonly outOfOrderTimestampCount: number;
  readonly bucketCount: number;
  readonly emptyBucketCount: number;
  readonly sparseBucketCount: number;
  readonly earliestRecordAt: number | null;
  readonly latestRecordAt: number | null;
  readonly lastDataAt: number | null;
}

/** `model_size_stats`. */
export interface ElasticsearchModelSize {
  readonly id: string;
  readonly modelBytes: number;
  readonly peakModelBytes: number | null;
  readonly memoryLimitBytes: number | null;
  readonly categorizationStatus: string | null;
  readonly bucketAllocationFailureCount: number;
}

/** `timing_stats`. */
export interface ElasticsearchTiming {
  readonly id: string;
  readonly bucketCount: number;
  readonly totalBucketProcessingMs: number | null;
  readonly averageBucketProcessingMs: number | null;
}

/** `_ml/memory/_stats` of one node. */
export interface ElasticsearchNodeMetrics extends NodeMetrics {
  readonly typename: 'ElasticsearchNodeMetrics';
  readonly totalBytes: number | null;
  readonly mlMaxBytes: number | null;
  readonly anomalyDetectorsBytes: number | null;
  readonly nativeCodeOverheadBytes: number | null;
  readonly jvmHeapMaxBytes: number | null;
}

/** What only Elasticsearch knows of a job; an absent property was not asked for. */
export interface ElasticsearchJobDetails extends JobDetails {
  readonly typename: 'ElasticsearchJobDetails';
  readonly jobVersion?: string | null;
  readonly bucketSpanMs?: number | null;
  readonly assignmentExplanation?: string | null;
  readonly blockedReason?: string | null;
  /** Native id of the task that holds the job; not in the schema, but named in CONFLICT errors. */
  readonly blockingTaskId?: string | null;
  readonly openForMs?: number | null;
  readonly memoryStatus?: string | null;
  readonly dataCounts?: ElasticsearchDataCounts | null;
  readonly modelSize?: ElasticsearchModelSize | null;
  readonly timing?: ElasticsearchTiming | null;
}

export const isElasticsearchDetails = (details: JobDetails | null | undefined): details is ElasticsearchJobDetails =>
  details?.typename === 'ElasticsearchJobDetails';
