import { DateTimeScalar, Field, JobDetails, NodeMetrics, ObjectType, SafeIntScalar } from '../../graphql/kit.js';

/** A version sends only what it counts; a node that is not counted at all has no metrics. */
const uncounted = 'null where the version does not count it';

const maybeCount = (description: string) => Field(() => SafeIntScalar, { nullable: true, description });
const maybeInstant = (description: string) => Field(() => DateTimeScalar, { nullable: true, description });

@ObjectType('DetectorJobDetails', {
  implements: JobDetails,
  simpleResolvers: true,
  description: "What only anomaly detection knows of a detector's real-time job.",
})
class DetectorJobDetailsType extends JobDetails {
  @Field(() => Boolean, { description: 'Whether it looks at new data; false when it was stopped, or never started.' })
  enabled!: boolean;

  @maybeInstant('When it was last started; null when it never was.')
  enabledAt!: number | null;

  @maybeInstant('When it was last stopped; null while it is enabled, or when it never was started.')
  disabledAt!: number | null;

  @maybeCount('How often it looks at new data, in milliseconds; null when it was never started.')
  intervalMs!: number | null;

  @maybeCount('How long it waits for late data, in milliseconds; null when it was never started.')
  windowDelayMs!: number | null;

  @maybeCount('How long one look may keep others from looking, in milliseconds; null when it was never started.')
  lockDurationMs!: number | null;

  @Field(() => String, { nullable: true, description: "Its own result index; null when it uses the product's." })
  resultIndex!: string | null;
}

@ObjectType('AdNodeMetrics', {
  implements: NodeMetrics,
  simpleResolvers: true,
  description:
    'What anomaly detection counts on a node, from the statistics of the product. Counters begin at 0 when the node starts and only grow; the two that tell of now are said to.',
})
class AdNodeMetricsType extends NodeMetrics {
  @maybeCount(`Looks at new data that real-time runs asked it for; ${uncounted}.`)
  executeRequestCount!: number | null;

  @maybeCount(`Those of \`executeRequestCount\` that failed; ${uncounted}.`)
  executeFailureCount!: number | null;

  @maybeCount(`Those of \`executeRequestCount\` that were for high-cardinality detectors; ${uncounted}.`)
  hcExecuteRequestCount!: number | null;

  @maybeCount(`Those of \`hcExecuteRequestCount\` that failed; ${uncounted}.`)
  hcExecuteFailureCount!: number | null;

  @maybeCount(`Historical analyses that run on it now, each entity counted as one; ${uncounted}.`)
  executingBatchTaskCount!: number | null;

  @maybeCount(`Historical analyses it has begun, each entity counted as one; ${uncounted}.`)
  totalBatchTaskExecutionCount!: number | null;

  @maybeCount(`Those of \`totalBatchTaskExecutionCount\` that were cancelled; ${uncounted}.`)
  canceledBatchTaskCount!: number | null;

  @maybeCount(`Those of \`totalBatchTaskExecutionCount\` that failed; ${uncounted}.`)
  batchTaskFailureCount!: number | null;

  @maybeCount(`Saved models it found damaged; ${uncounted}.`)
  modelCorruptionCount!: number | null;

  @maybeCount(`Models in its memory now; ${uncounted}. \`NodeStats.models\` may list fewer.`)
  modelCount!: number | null;
}

/** What this vendor adds to the schema. */
export const graphqlTypes = [DetectorJobDetailsType, AdNodeMetricsType] as const;
