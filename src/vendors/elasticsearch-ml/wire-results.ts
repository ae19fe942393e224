import { z } from 'zod';
import { count, fitText, instant, largeCount, told } from '../../http/index.js';
import { clusterName } from './wire.js';

/* What Elasticsearch sends of results, model snapshots, its log and its nodes. The same rules as in wire.ts hold. */

const numbers = told(z.array(z.number()));
const influencerSchema = z.object({ influencer_field_name: z.string(), influencer_field_values: z.array(z.string()) });
const named = {
  partition_field_name: told(z.string()),
  partition_field_value: told(z.string()),
  over_field_name: told(z.string()),
  over_field_value: told(z.string()),
  by_field_name: told(z.string()),
  by_field_value: told(z.string()),
};
const measured = {
  function: told(z.string()),
  function_description: told(z.string()),
  field_name: told(z.string()),
  actual: numbers,
  typical: numbers,
};

export const recordSchema = z.object({
  timestamp: instant,
  /** In seconds. */
  bucket_span: told(z.number().nonnegative()),
  detector_index: told(count),
  record_score: z.number(),
  is_interim: told(z.boolean()),
  ...named,
  ...measured,
  influencers: told(z.array(influencerSchema)),
  /** Of a population analysis: what each member did. */
  causes: told(z.array(z.object({ ...named, ...measured }))),
});

export const snapshotSchema = z.object({
  snapshot_id: z.string(),
  description: told(z.string()),
  timestamp: instant,
  snapshot_doc_count: told(count),
  latest_record_time_stamp: told(instant),
  latest_result_time_stamp: told(instant),
  retain: told(z.boolean()),
});

/** A line of `.ml-notifications*`. Times are epoch milliseconds in 7.9; a date field may as well hold text. */
export const hitSchema = z.object({
  _source: z.object({
    timestamp: z.union([z.number(), z.string()]),
    level: told(z.string()),
    message: z.string().transform(fitText),
    node_name: told(z.string()),
  }),
});
/** Each hit is read by itself: one that is no line does not cost the others. */
const hitsSchema = told(z.object({ hits: z.array(z.unknown()) }));
const bucketSchema = z.object({ key: z.string(), newest: z.object({ hits: hitsSchema }) });
const noBucket: z.infer<typeof bucketSchema> = { key: '', newest: { hits: undefined } };
export const searchAnswerSchema = z.object({
  _shards: told(z.object({ total: told(count), failed: told(count) })),
  hits: hitsSchema,
  aggregations: told(z.object({ jobs: z.object({ buckets: z.array(bucketSchema.catch(noBucket)) }) })),
});
export const hasPrivilegesSchema = z.object({ has_all_requested: z.boolean() });

/** Every number below `mem` and `jvm` is shown, also those not named here. */
const memoryNodeSchema = z.object({
  name: told(z.string()),
  roles: told(z.array(z.string())),
  mem: told(
    z.looseObject({
      total_in_bytes: told(largeCount),
      ml: told(
        z.looseObject({
          max_in_bytes: told(largeCount),
          anomaly_detectors_in_bytes: told(largeCount),
          native_code_overhead_in_bytes: told(largeCount),
        }),
      ),
    }),
  ),
  jvm: told(z.looseObject({ heap_max_in_bytes: told(largeCount) })),
});
export const memoryAnswerSchema = z.object({
  _nodes: told(z.object({ failed: told(count) })),
  cluster_name: told(clusterName),
  nodes: z.record(z.string(), memoryNodeSchema.catch({})).optional(),
});

export type WireRecord = z.infer<typeof recordSchema>;
export type WireSnapshot = z.infer<typeof snapshotSchema>;
export type WireSearchAnswer = z.infer<typeof searchAnswerSchema>;
export type WireMemoryNode = z.infer<typeof memoryNodeSchema>;
