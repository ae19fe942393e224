import { z } from 'zod';
import { openValue } from '../../domain/index.js';
import { count, instant, nodeId, told } from '../../http/index.js';
import { isPossibleId } from './native-ids.js';

/*
 * What anomaly detection sends, only the fields that are read. Everything else may be missing, change or be added: a field of a type never seen before
 * counts as not told. Required is only what makes an object that object.
 */

/** 0 to 1; whoever adds up fractions may come to a little more. */
const share = z.number().transform((value) => Math.min(1, Math.max(0, value)));

/** Of a detector or a task. */
export const nativeId = z.string().refine(isPossibleId);

/** Of a form the vendor leaves open. */
const openSchema = z.unknown().transform(openValue);

/** Numbers and truth values of category fields come as they are. */
export const entitySchema = z.array(
  z.object({ name: z.string(), value: z.union([z.string(), z.number(), z.boolean()]).transform(String) }),
);

const periodSchema = z.object({ period: z.object({ interval: z.number(), unit: z.string() }) });
const rangeSchema = z.object({ start_time: instant, end_time: instant });

const featureSchema = z.object({
  feature_id: z.string(),
  feature_name: told(z.string()),
  feature_enabled: told(z.boolean()),
  aggregation_query: openSchema.optional(),
});

export const detectorSchema = z.object({
  name: told(z.string()),
  description: told(z.string()),
  detector_type: told(z.string()),
  time_field: told(z.string()),
  indices: told(z.array(z.string())),
  category_field: told(z.array(z.string())),
  feature_attributes: told(z.array(featureSchema)),
  filter_query: openSchema.optional(),
  detection_interval: told(periodSchema),
  window_delay: told(periodSchema),
  shingle_size: told(count),
  result_index: told(z.string()),
  last_update_time: told(instant),
});

export const taskSchema = z.object({
  detector_id: nativeId,
  task_type: told(z.string()),
  state: told(z.string()),
  is_latest: told(z.boolean()),
  task_progress: told(share),
  init_progress: told(share),
  estimated_minutes_left: told(count),
  execution_start_time: told(instant),
  execution_end_time: told(instant),
  last_update_time: told(instant),
  error: told(z.string()),
  started_by: told(z.string()),
  stopped_by: told(z.string()),
  coordinating_node: told(nodeId),
  worker_node: told(nodeId),
  parent_task_id: told(nativeId),
  entity: told(entitySchema),
  detection_date_range: told(rangeSchema),
});

const jobSchema = z.object({
  enabled: told(z.boolean()),
  enabled_time: told(instant),
  disabled_time: told(instant),
  schedule: told(z.object({ interval: z.object({ period: z.number(), unit: z.string() }) })),
  window_delay: told(periodSchema),
  lock_duration_seconds: told(count),
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
  hits: z.object({ total: told(z.object({ value: count, relation: told(z.string()) })), hits: z.array(hitSchema.catch(noHit)) }),
  aggregations: z.unknown().optional(),
});

const bucketSchema = z.object({ key: z.string(), doc_count: count });
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
