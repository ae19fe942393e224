import { DateTimeScalar, Field, JobDetails, NodeMetrics, ObjectType, SafeIntScalar } from '../../graphql/kit.js';

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
  description: 'What anomaly detection counts on a node since that started; null for what its version does not count.',
})
class AdNodeMetricsType extends NodeMetrics {
  @maybeCount('Looks of real-time detectors it was asked for.')
  executeRequestCount!: number | null;

  @maybeCount('Those that failed.')
  executeFailureCount!: number | null;

  @maybeCount('Looks of high-cardinality detectors it was asked for.')
  hcExecuteRequestCount!: number | null;

  @maybeCount('Those that failed.')
  hcExecuteFailureCount!: number | null;

  @maybeCount('Historical analyses, single entities counted each, that run on it now.')
  executingBatchTaskCount!: number | null;

  @maybeCount('Historical analyses it has begun.')
  totalBatchTaskExecutionCount!: number | null;

  @maybeCount('Those that were cancelled.')
  canceledBatchTaskCount!: number | null;

  @maybeCount('Those that failed.')
  batchTaskFailureCount!: number | null;

  @maybeCount('Saved models it could not read.')
  modelCorruptionCount!: number | null;

  @maybeCount('Models in its memory now.')
  modelCount!: number | null;
}

/** What this vendor adds to the schema. */
export const graphqlTypes = [DetectorJobDetailsType, AdNodeMetricsType] as const;
