import type { JobDetails, NodeMetrics } from '../../domain/index.js';

/** The document of a detector's real-time job; an absent property was not asked for. Of a detector that was never started there is none. */
export interface DetectorJobDetails extends JobDetails {
  readonly typename: 'DetectorJobDetails';
  readonly enabled?: boolean;
  readonly enabledAt?: number | null;
  readonly disabledAt?: number | null;
  readonly intervalMs?: number | null;
  readonly windowDelayMs?: number | null;
  readonly lockDurationMs?: number | null;
  readonly resultIndex?: string | null;
}

/** What anomaly detection counts on one node since that started; null for what its version does not count. */
export interface AdNodeMetrics extends NodeMetrics {
  readonly typename: 'AdNodeMetrics';
  readonly executeRequestCount: number | null;
  readonly executeFailureCount: number | null;
  readonly hcExecuteRequestCount: number | null;
  readonly hcExecuteFailureCount: number | null;
  readonly executingBatchTaskCount: number | null;
  readonly totalBatchTaskExecutionCount: number | null;
  readonly canceledBatchTaskCount: number | null;
  readonly batchTaskFailureCount: number | null;
  readonly modelCorruptionCount: number | null;
  readonly modelCount: number | null;
}

export const isDetectorJobDetails = (details: JobDetails | null | undefined): details is DetectorJobDetails =>
  details?.typename === 'DetectorJobDetails';
