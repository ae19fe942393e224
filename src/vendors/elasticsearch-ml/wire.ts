import { z } from 'zod';

/*
 * What Elasticsearch sends, only the fields that are read. Everything else may be missing, change or be added: a field of a type never seen before
 * counts as not told. Required is only what makes an object that object.
 */

export const told = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);
const count = z.number().catch(0).default(0);

const blockedSchema = z.object({ reason: z.string(), task_id: told(z.string()) });

export const datafeedSchema = z.object({
  datafeed_id: z.string(),
  job_id: told(z.string()),
  indices: told(z.array(z.string())),
  frequency: told(z.string()),
  query_delay: told(z.string()),
});

export const jobSchema = z.object({
  job_id: z.string(),
  job_type: told(z.string()),
  job_version: told(z.string()),
  groups: told(z.array(z.string())),
  description: told(z.string()),
  create_time: told(z.number()),
  finished_time: told(z.number()),
  analysis_config: told(z.object({ bucket_span: told(z.string()) })),
  datafeed_config: told(datafeedSchema),
  /** Before 7.14; later beside `blocked`. */
  deleting: told(z.boolean()),
  blocked: told(blockedSchema),
});

const dataCountsSchema = z.object({
  processed_record_count: count,
  processed_field_count: count,
  input_bytes: count,
  input_record_count: count,
  input_field_count: count,
  invalid_date_count: count,
  missing_field_count: count,
  out_of_order_timestamp_count: count,
  bucket_count: count,
  empty_bucket_count: count,
  sparse_bucket_count: count,
  earliest_record_timestamp: told(z.number()),
  latest_record_timestamp: told(z.number()),
  last_data_time: told(z.number()),
});

const modelSizeSchema = z.object({
  model_bytes: count,
  peak_model_bytes: told(z.number()),
  model_bytes_memory_limit: told(z.number()),
  memory_status: told(z.string()),
  categorization_status: told(z.string()),
  bucket_allocation_failures_count: count,
});

const timingSchema = z.object({
  bucket_count: count,
  total_bucket_processing_time_ms: told(z.number()),
  average_bucket_processing_time_ms: told(z.number()),
});

export const jobStatsSchema = z.object({
  job_id: z.string(),
  state: told(z.string()),
  data_counts: told(dataCountsSchema),
  model_size_stats: told(modelSizeSchema),
  timing_stats: told(timingSchema),
  node: told(z.object({ id: z.string(), name: told(z.string()) })),
  assignment_explanation: told(z.string()),
  open_time: told(z.string()),
});

export const datafeedStatsSchema = z.object({
  datafeed_id: z.string(),
  state: told(z.string()),
  assignment_explanation: told(z.string()),
  running_state: told(
    z.object({
      real_time_configured: told(z.boolean()),
      search_interval: told(z.object({ start_ms: z.number(), end_ms: z.number() })),
    }),
  ),
});

const nodeSchema = z.object({ name: told(z.string()), roles: told(z.array(z.string())) });
export const nodesAnswerSchema = z.object({
  cluster_name: told(z.string()),
  _nodes: told(z.object({ failed: told(z.number()) })),
  nodes: told(z.record(z.string(), nodeSchema)),
});

export const taskSchema = z.object({
  node: z.string(),
  id: z.number(),
  action: z.string(),
  status: told(z.object({ total: told(z.number()), deleted: told(z.number()) })),
  description: told(z.string()),
  start_time_in_millis: z.number(),
  running_time_in_nanos: told(z.number()),
  cancellable: told(z.boolean()),
  cancelled: told(z.boolean()),
  parent_task_id: told(z.string()),
  headers: told(z.record(z.string(), z.string())),
});

/** What went wrong, as it stands in envelopes, stored task results and node failures. */
const failureSchema = z.object({
  type: told(z.string()),
  reason: told(z.string()),
  caused_by: told(z.object({ type: told(z.string()), reason: told(z.string()) })),
  'license.expired.feature': told(z.string()),
});

/** `error` is a plain string when no handler took the request (400, 405, 406). */
export const envelopeSchema = z.object({ error: z.union([z.string(), failureSchema]) });

const nodeFailureSchema = failureSchema.extend({ node_id: told(z.string()) });
export const taskListSchema = z.object({
  tasks: told(z.array(z.unknown())),
  node_failures: told(z.array(nodeFailureSchema)),
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

/** Answer to a verb sent with `wait_for_completion=false`; some versions finish at once. */
export const startedSchema = z.object({ task: told(z.string()), acknowledged: told(z.boolean()) });
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
