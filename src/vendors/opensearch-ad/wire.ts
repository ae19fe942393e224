import { z } from 'zod';

/*
 * What anomaly detection sends, only the fields that are read. Everything else may be missing, change or be added: a field of a type never seen before
 * counts as not told. Required is only what makes an object that object.
 */

export const told = <T extends z.ZodType>(schema: T) => schema.optional().catch(undefined);

/** Numbers and truth values of category fields come as they are. */
export const entitySchema = z.array(
  z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]).transform(String) }),
);

const periodSchema = z.object({ period: z.object({ interval: z.number(), unit: z.string() }) });
const rangeSchema = z.object({ start_time: z.number(), end_time: z.number() });

const featureSchema = z.object({
  feature_id: z.string(),
  feature_name: told(z.string()),
  feature_enabled: told(z.boolean()),
  aggregation_query: z.unknown().optional(),
});

export const detectorSchema = z.object({
  name: told(z.string()),
  description: told(z.string()),
  detector_type: told(z.string()),
  time_field: told(z.string()),
  indices: told(z.array(z.string())),
  category_field: told(z.array(z.string())),
  feature_attributes: told(z.array(featureSchema)),
  filter_query: z.unknown().optional(),
  detection_interval: told(periodSchema),
  window_delay: told(periodSchema),
  shingle_size: told(z.number()),
  result_index: told(z.string()),
  last_update_time: told(z.number()),
});

export const taskSchema = z.object({
  detector_id: z.string(),
  task_type: told(z.string()),
  state: told(z.string()),
  is_latest: told(z.boolean()),
  task_progress: told(z.number()),
  init_progress: told(z.number()),
  estimated_minutes_left: told(z.number()),
  execution_start_time: told(z.number()),
  execution_end_time: told(z.number()),
  last_update_time: told(z.number()),
  error: told(z.string()),
  started_by: told(z.string()),
  stopped_by: told(z.string()),
  coordinating_node: told(z.string()),
  worker_node: told(z.string()),
  parent_task_id: told(z.string()),
  entity: told(entitySchema),
  detection_date_range: told(rangeSchema),
});

const jobSchema = z.object({
  enabled: told(z.boolean()),
  enabled_time: told(z.number()),
  disabled_time: told(z.number()),
  schedule: told(z.object({ interval: z.object({ period: z.number(), unit: z.string() }) })),
  window_delay: told(periodSchema),
  lock_duration_seconds: told(z.number()),
  result_index: told(z.string()),
});

/** `GET detectors/{id}?job=true`: null when it was never started. */
export const detectorWithJobSchema = z.object({ anomaly_detector_job: z.unknown().optional() });
/** The same job, once it is known to be there. */
export const anomalyDetectorJobSchema = jobSchema;

const shardsSchema = z.object({ failed: told(z.number()) });
/** Sources are read one by one: one that is no such object must not cost the others. */
const hitSchema = z.object({ _id: z.string(), _source: z.unknown().optional(), sort: told(z.array(z.unknown())) });
type Hit = z.infer<typeof hitSchema>;
const noHit: Hit = { _id: '', _source: undefined };
export const searchAnswerSchema = z.object({
  timed_out: told(z.boolean()),
  _shards: told(shardsSchema),
  hits: z.object({ total: told(z.object({ value: z.number(), relation: told(z.string()) })), hits: z.array(hitSchema.catch(noHit)) }),
  aggregations: z.unknown().optional(),
});

const bucketSchema = z.object({ key: z.string(), doc_count: z.number() });
/** Children by parent and state. */
export const childrenSchema = z.object({
  children: z.object({
    sum_other_doc_count: told(z.number()),
    buckets: z.array(bucketSchema.extend({ states: z.object({ buckets: z.array(bucketSchema) }) })),
  }),
});

export type WireDetector = z.infer<typeof detectorSchema>;
export type WireTask = z.infer<typeof taskSchema>;
export type WireDetectorJob = z.infer<typeof jobSchema>;
export type WireSearchAnswer = z.infer<typeof searchAnswerSchema>;
export type WirePeriod = z.infer<typeof periodSchema>;
