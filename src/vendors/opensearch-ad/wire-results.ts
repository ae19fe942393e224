import { z } from 'zod';
import { count, instant, largeCount, nodeId, told } from '../../http/index.js';
import { entitySchema, nativeId } from './wire.js';

/* Results, profiles, statistics: what stands beside detectors and tasks. Read like those. */

const valueSchema = z.object({ feature_id: z.string(), data: z.number() });

export const resultSchema = z.object({
  data_start_time: instant,
  data_end_time: told(instant),
  anomaly_grade: z.number(),
  confidence: told(z.number()),
  entity: told(entitySchema),
  feature_data: told(z.array(valueSchema.extend({ feature_name: told(z.string()) }))),
  expected_values: told(z.array(z.object({ likelihood: told(z.number()), value_list: z.array(valueSchema) }))),
  relevant_attribution: told(z.array(valueSchema)),
});

const modelSchema = z.object({
  model_id: z.string(),
  model_type: told(z.string()),
  /** Until 2.14. */
  detector_id: told(nativeId),
  node_id: told(nodeId),
  model_size_in_bytes: told(largeCount),
  entity: told(entitySchema),
  last_used_time: told(instant),
  last_checkpoint_time: told(instant),
});

const initProgressSchema = z.object({
  /** `43%`. */
  percentage: told(z.string()),
  estimated_minutes_left: told(count),
  needed_shingles: told(count),
});

export const profileSchema = z.object({
  state: told(z.string()),
  error: told(z.string()),
  models: told(z.array(modelSchema)),
  model_count: told(count),
  coordinating_node: told(nodeId),
  total_size_in_bytes: told(largeCount),
  init_progress: told(initProgressSchema),
  total_entities: told(count),
  active_entities: told(count),
  ad_task: told(
    z.object({
      ad_task: told(z.object({ task_id: told(z.string()), state: told(z.string()) })),
      /** These only while it runs. */
      node_id: told(nodeId),
      task_id: told(z.string()),
      detector_task_slots: told(count),
      pending_entities_count: told(count),
      running_entities_count: told(count),
      entity_task_profiles: told(z.array(z.unknown())),
    }),
  ),
});

export const entityProfileSchema = z.object({
  state: told(z.string()),
  is_active: told(z.boolean()),
  last_active_timestamp: told(instant),
  last_sample_timestamp: told(instant),
  init_progress: told(initProgressSchema),
  model: told(modelSchema),
});

/** Statistics of a node are shown under the vendor's own names, whatever they are. */
const nodeStatsSchema = z.looseObject({ models: told(z.array(modelSchema)) });
export const statsSchema = z.looseObject({ nodes: z.record(z.string(), nodeStatsSchema.catch({ models: undefined })) });

const identitySchema = z.object({ name: told(z.string()), roles: told(z.array(z.string())) });
/** Longer than any name of a cluster is; half a surrogate pair cannot be sent, and what follows a tilde in an id is no part of a name. */
const clusterName = z.string().regex(/^[^~\p{Cs}\p{Cc}]{1,100}$/u);

export const nodesSchema = z.object({
  _nodes: told(z.object({ failed: told(z.number()) })),
  cluster_name: told(clusterName),
  nodes: told(z.record(z.string(), identitySchema.catch({}))),
});

export type WireResult = z.infer<typeof resultSchema>;
export type WireModel = z.infer<typeof modelSchema>;
export type WireInitProgress = z.infer<typeof initProgressSchema>;
export type WireProfile = z.infer<typeof profileSchema>;
export type WireNodeStats = z.infer<typeof nodeStatsSchema>;
export type WireStats = z.infer<typeof statsSchema>;
