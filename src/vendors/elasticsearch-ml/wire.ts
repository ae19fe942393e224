import { z } from 'zod';
import { isInstant } from '../../domain/index.js';
import { count, fitText, instant, largeCount, nodeId, readable, told } from '../../http/index.js';
import { isPossibleId, isPossibleTaskId } from './native-ids.js';

/*
 * What Elasticsearch sends, only the fields that are read. Everything else may be missing, change or be added: a field of a type never seen before
 * counts as not told. Required is only what makes an object that object.
 */

/** Of a job or a datafeed. */
const nativeId = z.string().refine(isPossibleId);
const taskId = z.string().refine(isPossibleTaskId);
/** Part of an id, when something was named alike before. */
const incarnation = z.int().nonnegative().refine(isInstant);
/** For people. */
const words = z.string().transform(fitText);
/** Absent before there is anything to count. */
const counter = largeCount.catch(0).default(0);

const blockedSchema = z.object({ reason: words, task_id: told(taskId) });

export const datafeedSchema = z.object({
  datafeed_id: nativeId,
  job_id: told(nativeId),
  indices: told(z.array(z.string())),
  frequency: told(z.string()),
  query_delay: told(z.string()),
});

export const jobSchema = z.object({
  job_id: nativeId,
  job_type: told(z.string()),
  job_version: told(z.string()),
  groups: told(z.array(z.string())),
  description: told(z.string()),
  create_time: told(incarnation),
  finished_time: told(instant),
  analysis_config: told(z.object({ bucket_span: told(z.string()) })),
  datafeed_config: told(datafeedSchema),
  /** Before 7.14; later beside `blocked`. */
  deleting: told(z.boolean()),
  blocked: told(blockedSchema),
});

const dataCountsSchema = z.object({
  processed_record_count: counter,
  processed_field_count: counter,
  input_bytes: counter,
  input_record_count: counter,
  input_field_count: counter,
  invalid_date_count: counter,
  missing_field_count: counter,
  out_of_order_timestamp_count: counter,
  bucket_count: counter,
  empty_bucket_count: counter,
  sparse_bucket_count: counter,
  earliest_record_timestamp: told(instant),
  latest_record_timestamp: told(instant),
  last_data_time: told(instant),
});

const modelSizeSchema = z.object({
  model_bytes: counter,
  peak_model_bytes: told(largeCount),
  model_bytes_memory_limit: told(largeCount),
  memory_status: told(z.string()),
  categorization_status: told(z.string()),
  bucket_allocation_failures_count: counter,
});

const timingSchema = z.object({
  bucket_count: counter,
  total_bucket_processing_time_ms: told(z.number()),
  average_bucket_processing_time_ms: told(z.number()),
});

export const jobStatsSchema = z.object({
  job_id: nativeId,
  state: told(z.string()),
  data_counts: told(dataCountsSchema),
  model_size_stats: told(modelSizeSchema),
  timing_stats: told(timingSchema),
  node: told(z.object({ id: nodeId, name: told(z.string()) })),
  assignment_explanation: told(words),
  open_time: told(z.string()),
});

export const datafeedStatsSchema = z.object({
  datafeed_id: nativeId,
  state: told(z.string()),
  assignment_explanation: told(words),
  running_state: told(
    z.object({
      real_time_configured: told(z.boolean()),
      search_interval: told(z.object({ start_ms: instant, end_ms: instant })),
    }),
  ),
});

/** Longer than any name of a cluster is. */
export const clusterName = z.string().regex(/^[^~\p{Cs}\p{Cc}]{1,100}$/u);
const nodeSchema = z.object({ name: told(z.string()), roles: told(z.array(z.string())) });
export const nodesAnswerSchema = z.object({
  cluster_name: told(clusterName),
  _nodes: told(z.object({ failed: told(count) })),
  nodes: z.record(z.string(), nodeSchema.catch({})).optional(),
});

export const taskSchema = z.object({
  node: nodeId,
  id: largeCount,
  action: z.string(),
  status: told(z.object({ total: told(largeCount), deleted: told(largeCount) })),
  description: told(z.string()),
  start_time_in_millis: incarnation,
  running_time_in_nanos: told(z.number().nonnegative()),
  cancellable: told(z.boolean()),
  cancelled: told(z.boolean()),
  parent_task_id: told(taskId),
  headers: told(z.record(z.string(), z.string())),
});

/** What went wrong, as it stands in envelopes, stored task results and node failures. */
const looked = z.string().transform(readable);
const failureSchema = z.object({
  type: told(looked),
  reason: told(looked),
  caused_by: told(z.object({ type: told(looked), reason: told(looked) })),
  'license.expired.feature': told(looked),
});

/** `error` is a plain string when no handler took the request (400, 405, 406). */
export const envelopeSchema = z.object({ error: z.union([looked, failureSchema]) });

const nodeFailureSchema = failureSchema.extend({ node_id: told(nodeId) });
export const taskListSchema = z.object({
  tasks: z.array(z.unknown()).optional(),
  node_failures: told(z.array(nodeFailureSchema.catch({}))),
  task_failures: told(z.array(z.unknown())),
});
export const taskResultSchema = z.object({
  completed: z.boolean(),
  task: taskSchema,
  response: z.unknown().optional(),
  error: told(failureSchema),
});
export const cancelAnswerSchema = z.object({
  nodes: told(z.record(z.string(), z.unknown())),
  node_failures: told(z.array(nodeFailureSchema)),
  task_failures: told(z.array(z.object({ reason: told(failureSchema) }))),
});

/** Answer to a verb sent with `wait_for_completion=false`; some versions finish at once. Null: a task that cannot be told. */
export const startedSchema = z.object({ task: taskId.nullable().optional().catch(null), acknowledged: told(z.boolean()) });
export const infoSchema = z.object({ native_code: told(z.object({ version: told(z.string()) })), upgrade_mode: told(z.boolean()) });
export const rootSchema = z.object({ version: told(z.object({ number: told(z.string()), build_flavor: told(z.string()) })) });
/** Limits and defaults are shown under their own names, whatever they are. */
export const settingsSchema = z.object({
  limits: z.unknown().optional(),
  defaults: z.unknown().optional(),
  upgrade_mode: told(z.boolean()),
});

export type WireJob = z.infer<typeof jobSchema>;
export type WireJobStats = z.infer<typeof jobStatsSchema>;
export type WireDatafeed = z.infer<typeof datafeedSchema>;
export type WireDatafeedStats = z.infer<typeof datafeedStatsSchema>;
export type WireTask = z.infer<typeof taskSchema>;
export type WireTaskResult = z.infer<typeof taskResultSchema>;
export type WireFailure = z.infer<typeof failureSchema>;
export type WireNodeFailure = z.infer<typeof nodeFailureSchema>;

/** An object as it was read, and as it was sent. */
export interface Sent<T> {
  readonly wire: T;
  readonly raw: unknown;
}
