import { z } from 'zod';
import { entitySchema, told } from './wire.js';

/* Results, profiles, statistics: what stands beside detectors and tasks. Read like those. */

const valueSchema = z.object({ feature_id: z.string(), data: z.number() });

export const resultSchema = z.object({
  data_start_time: z.number(),
  data_end_time: told(z.number()),
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
  detector_id: told(z.string()),
  node_id: told(z.string()),
  model_size_in_bytes: told(z.number()),
  entity: told(entitySchema),
  last_used_time: told(z.number()),
  last_checkpoint_time: told(z.number()),
});

const initProgressSchema = z.object({
  /** `43%`. */
  percentage: told(z.string()),
  estimated_minutes_left: told(z.number()),
  needed_shingles: told(z.number()),
});

export const profileSchema = z.object({
  state: told(z.string()),
  error: told(z.string()),
  models: told(z.array(modelSchema)),
  model_count: told(z.number()),
  coordinating_node: told(z.string()),
  total_size_in_bytes: told(z.number()),
  init_progress: told(initProgressSchema),
  total_entities: told(z.number()),
  active_entities: told(z.number()),
  ad_task: told(
    z.object({
      ad_task: told(z.object({ task_id: told(z.string()), state: told(z.string()) })),
      /** These only while it runs. */
      node_id: told(z.string()),
      task_id: told(z.string()),
      detector_task_slots: told(z.number()),
      pending_entities_count: told(z.number()),
      running_entities_count: told(z.number()),
      entity_task_profiles: told(z.array(z.unknown())),
    }),
  ),
});

export const entityProfileSchema = z.object({
  state: told(z.string()),
  is_active: told(z.boolean()),
  last_active_timestamp: told(z.number()),
  last_sample_timestamp: told(z.number()),
  init_progress: told(initProgressSchema),
  model: told(modelSchema),
});

/** Statistics of a node are shown under the vendor's own names, whatever they are. */
const nodeStatsSchema = z.looseObject({ models: told(z.array(modelSchema)) });
export const statsSchema = z.looseObject({ nodes: z.record(z.string(), nodeStatsSchema) });

export const nodesSchema = z.object({
  _nodes: told(z.object({ failed: told(z.number()) })),
  cluster_name: told(z.string()),
  nodes: told(z.record(z.string(), z.object({ name: told(z.string()), roles: told(z.array(z.string())) }))),
});

export type WireResult = z.infer<typeof resultSchema>;
export type WireModel = z.infer<typeof modelSchema>;
export type WireInitProgress = z.infer<typeof initProgressSchema>;
export type WireProfile = z.infer<typeof profileSchema>;
export type WireNodeStats = z.infer<typeof nodeStatsSchema>;
export type WireStats = z.infer<typeof statsSchema>;
