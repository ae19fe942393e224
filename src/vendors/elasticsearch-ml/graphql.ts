import {
  DateTimeScalar,
  Field,
  Float,
  ID,
  JobDetails,
  JobDetailsWithModelSnapshots,
  NodeMetrics,
  ObjectType,
  SafeIntScalar,
} from '../../graphql/kit.js';

const count = (description: string) => Field(() => SafeIntScalar, { description });
const maybeCount = (description: string) => Field(() => SafeIntScalar, { nullable: true, description });
const maybeText = (description: string) => Field(() => String, { nullable: true, description });
const maybeInstant = (description: string) => Field(() => DateTimeScalar, { nullable: true, description });
const ownId = () => Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' });

@ObjectType('ElasticsearchDataCounts', {
  simpleResolvers: true,
  description: '`data_counts`: what the job has read. Back to 0 after a reset.',
})
class ElasticsearchDataCountsType {
  @ownId()
  id!: string;

  @count('Records analysed.')
  processedRecordCount!: number;

  @count('Fields analysed.')
  processedFieldCount!: number;

  @count('Bytes of input.')
  inputBytes!: number;

  @count('Records of input, those left out included.')
  inputRecordCount!: number;

  @count('Fields of input, those not analysed included.')
  inputFieldCount!: number;

  @count('Records left out because their time could not be read.')
  invalidDateCount!: number;

  @count('Records that lack a field the job analyses; they are analysed nevertheless.')
  missingFieldCount!: number;

  @count('Records left out because they came too late.')
  outOfOrderTimestampCount!: number;

  @count('Buckets of results.')
  bucketCount!: number;

  @count('Buckets without data.')
  emptyBucketCount!: number;

  @count('Buckets with much less data than usual.')
  sparseBucketCount!: number;

  @maybeInstant('Time of the oldest record; null before the first.')
  earliestRecordAt!: number | null;

  @maybeInstant('Time of the newest record; null before the first.')
  latestRecordAt!: number | null;

  @maybeInstant('When data last arrived; null before the first.')
  lastDataAt!: number | null;
}

@ObjectType('ElasticsearchModelSize', { simpleResolvers: true, description: "`model_size_stats`: the memory of the job's model." })
class ElasticsearchModelSizeType {
  @ownId()
  id!: string;

  @count('Bytes the model takes.')
  modelBytes!: number;

  @maybeCount('Most bytes it ever took; null where the version does not say.')
  peakModelBytes!: number | null;

  @maybeCount('Bytes it may take; null where the version does not say.')
  memoryLimitBytes!: number | null;

  @maybeText("`ok` or `warn`, in the vendor's words; null where the version does not say.")
  categorizationStatus!: string | null;

  @count('How often something was not modelled for lack of memory.')
  bucketAllocationFailureCount!: number;
}

@ObjectType('ElasticsearchTiming', { simpleResolvers: true, description: '`timing_stats`: how long the analysis takes.' })
class ElasticsearchTimingType {
  @ownId()
  id!: string;

  @count('Buckets that were timed.')
  bucketCount!: number;

  @Field(() => Float, { nullable: true, description: 'Milliseconds all of them took; null where the version does not say.' })
  totalBucketProcessingMs!: number | null;

  @Field(() => Float, { nullable: true, description: 'Milliseconds one takes on average; null before the first.' })
  averageBucketProcessingMs!: number | null;
}

@ObjectType('ElasticsearchJobDetails', {
  implements: JobDetails,
  simpleResolvers: true,
  description: 'What only Elasticsearch knows of an anomaly detection job.',
})
class ElasticsearchJobDetailsType extends JobDetailsWithModelSnapshots {
  @maybeText('Version the job was made with; null where the vendor does not say.')
  jobVersion!: string | null;

  @maybeCount('Length of one bucket in milliseconds; null where the vendor does not say.')
  bucketSpanMs!: number | null;

  @maybeText("Why the job has no node, in the vendor's words; empty when it has one, null while it is closed.")
  assignmentExplanation!: string | null;

  @maybeText('`reset`, `revert` or `delete` while one of these holds the job; null when nothing does.')
  blockedReason!: string | null;

  @maybeCount('How long it has been open, in milliseconds, in whole seconds; null while it is not open on a node.')
  openForMs!: number | null;

  @maybeText("`ok`, `soft_limit` or `hard_limit`, in the vendor's words; null where it has no model.")
  memoryStatus!: string | null;

  @Field(() => ElasticsearchDataCountsType, { nullable: true, description: 'What it has read; null when statistics cannot be had.' })
  dataCounts!: ElasticsearchDataCountsType | null;

  @Field(() => ElasticsearchModelSizeType, { nullable: true, description: 'The memory of its model; null when statistics cannot be had.' })
  modelSize!: ElasticsearchModelSizeType | null;

  @Field(() => ElasticsearchTimingType, { nullable: true, description: 'How long its analysis takes; null when statistics cannot be had.' })
  timing!: ElasticsearchTimingType | null;
}

@ObjectType('ElasticsearchNodeMetrics', {
  implements: NodeMetrics,
  simpleResolvers: true,
  description: '`_ml/memory`: what machine learning may take of a node, and takes. Elasticsearch 8.2 and later.',
})
class ElasticsearchNodeMetricsType extends NodeMetrics {
  @maybeCount('Memory of the machine, or of the container, in bytes; null where the node does not say.')
  totalBytes!: number | null;

  @maybeCount('Bytes all of machine learning may take on this node, 0 where it does not run; null where the node does not say.')
  mlMaxBytes!: number | null;

  @maybeCount('Bytes its anomaly detection jobs take; null where the node does not say.')
  anomalyDetectorsBytes!: number | null;

  @maybeCount('Bytes the programs of machine learning take before any model is loaded; null where the node does not say.')
  nativeCodeOverheadBytes!: number | null;

  @maybeCount("Largest heap of the node's JVM in bytes; null where the node does not say.")
  jvmHeapMaxBytes!: number | null;
}

/** What this vendor adds to the schema. */
export const graphqlTypes = [
  ElasticsearchJobDetailsType,
  ElasticsearchDataCountsType,
  ElasticsearchModelSizeType,
  ElasticsearchTimingType,
  ElasticsearchNodeMetricsType,
] as const;
