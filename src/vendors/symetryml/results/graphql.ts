import { DateTimeScalar, Field, Float, Int, ObjectType, ResultEntity } from '../../../graphql/kit.js';

/* What jobs of SymetryML hand over, beside tables and numbers. Parts of a result are replaced as a whole, so what is inside of them needs no id. */

const text = (description: string) => Field(() => String, { description });
const maybeText = (description: string) => Field(() => String, { nullable: true, description });
const maybeNumber = (description: string) => Field(() => Float, { nullable: true, description });
const maybeFlag = (description: string) => Field(() => Boolean, { nullable: true, description });
const maybeInstant = (description: string) => Field(() => DateTimeScalar, { nullable: true, description });

@ObjectType('KeyValue', { simpleResolvers: true, description: 'One entry of a map.' })
export class KeyValueType {
  @text("The vendor's key.")
  key!: string;

  @text('The value as sent, also where it is no number: `Infinity`, `NaN`, a word; JSON when it is a list or an object.')
  text!: string;

  @maybeNumber("The same as a number; null for words, NaN and the infinities, which GraphQL's Float cannot carry.")
  number!: number | null;
}

@ObjectType('KeyValueList', { simpleResolvers: true, description: 'One map.' })
class KeyValueListType {
  @Field(() => [KeyValueType], { description: 'In the order they were sent.' })
  entries!: readonly KeyValueType[];
}

@ObjectType('KMeansScore', { simpleResolvers: true, description: 'What one number of clusters is worth.' })
class KMeansScoreType {
  @Field(() => Int, { description: 'Number of clusters.' })
  clusters!: number;

  @maybeNumber(
    'Within-set sum of squared errors, `kmeans_{clusters}_wssse`: less is better. Null when it was not sent or is no number; `maps` has its text.',
  )
  wssse!: number | null;

  @maybeNumber(
    'Silhouette, `kmeans_{clusters}_silhouette`: -1 to 1, more is better. Null when it was not sent or is no number; `maps` has its text.',
  )
  silhouette!: number | null;
}

@ObjectType('KeyValueMap', {
  implements: ResultEntity,
  simpleResolvers: true,
  description:
    "Both of SymetryML's key-value maps, `KSVDMap` (numbers) and `KSVSMap` (texts): metrics of an exploration, singular values, variance inflation factors, scores of an optimised k-means.",
})
class KeyValueMapType extends ResultEntity {
  @Field(() => [KeyValueListType], { description: 'The maps, in the order they were sent; mostly one.' })
  maps!: readonly KeyValueListType[];

  @Field(() => [KMeansScoreType], {
    description: 'Of an optimised k-means: its scores, by number of clusters. Empty for every other job.',
  })
  kMeans!: readonly KMeansScoreType[];
}

@ObjectType('ProjectModel', { simpleResolvers: true, description: 'A model of a project.' })
class ProjectModelType {
  @text("The vendor's id of the model.")
  name!: string;

  @maybeText("Its algorithm, in the vendor's words; null when it was not sent.")
  type!: string | null;
}

@ObjectType('ProjectAttribute', { simpleResolvers: true, description: 'A column of a project.' })
class ProjectAttributeType {
  @Field(() => Int, { description: 'Its index, by which jobs are told what to work with.' })
  index!: number;

  @text('Its name.')
  name!: string;

  @maybeText('C continuous, B binary, S text, L list, T category, X ignored; null when it was not sent.')
  type!: string | null;
}

@ObjectType('ProjectInfo', {
  simpleResolvers: true,
  description: 'A SymetryML project as it was when the job ended, so without an id of its own. The vendor often leaves fields out.',
})
class ProjectInfoType {
  @text("The vendor's id of the project.")
  pid!: string;

  @maybeText("What it is kept in, in the vendor's words: `cpu`; null when it was not sent.")
  type!: string | null;

  @maybeText('The encoder it uses; null when it has none or it was not sent.')
  encoderName!: string | null;

  @Field(() => [ProjectModelType], { description: 'Its models; empty when it has none.' })
  models!: readonly ProjectModelType[];

  @Field(() => [String], { description: 'Names of the data sources it has learnt from; empty when there are none.' })
  dataSources!: readonly string[];

  @Field(() => [ProjectAttributeType], { description: 'Its columns; empty before it has learnt anything.' })
  attributes!: readonly ProjectAttributeType[];

  @maybeInstant('When it was made; null when it was not sent.')
  createdAt!: number | null;

  @maybeInstant('When it was last changed; null when it was not sent.')
  modifiedAt!: number | null;

  @maybeFlag("Whether it was in the server's memory; null when it was not sent.")
  loaded!: boolean | null;

  @maybeFlag('Whether it was saved; null when it was not sent.')
  persisted!: boolean | null;

  @Field(() => [KeyValueType], { description: "Its parameters under the vendor's names, those that hold a secret left out." })
  params!: readonly KeyValueType[];
}

@ObjectType('ProjectInfoResult', {
  implements: ResultEntity,
  simpleResolvers: true,
  description: 'One project (`smlInfo`) or all of them (`smlInfoList`), as they were when the job ended.',
})
class ProjectInfoResultType extends ResultEntity {
  @Field(() => [ProjectInfoType], { description: 'The projects, in the order they were sent.' })
  projects!: readonly ProjectInfoType[];
}

@ObjectType('AwsTopic', { simpleResolvers: true, description: 'An SNS topic of a federation.' })
class AwsTopicType {
  @text("Its region, by AWS's name.")
  region!: string;

  @text('Its Amazon Resource Name.')
  arn!: string;

  @Field(() => [String], { description: 'Where it delivers to: the endpoints of its subscriptions; empty when it has none.' })
  endpoints!: readonly string[];
}

@ObjectType('AwsQueue', { simpleResolvers: true, description: 'An SQS queue of a federation.' })
class AwsQueueType {
  @text("Its region, by AWS's name.")
  region!: string;

  @text('Its URL.')
  url!: string;
}

@ObjectType('AwsInfoResult', {
  implements: ResultEntity,
  simpleResolvers: true,
  description: 'Topics and queues that a federation has at AWS. SymetryML sends it encrypted with the secret key of the account.',
})
class AwsInfoResultType extends ResultEntity {
  @Field(() => Boolean, {
    description:
      'False when the secret key that is configured now does not decrypt it: both lists are empty then, and `raw` is the encrypted text as it was sent.',
  })
  decrypted!: boolean;

  @Field(() => [AwsTopicType], { description: 'Topics of all regions; empty when there are none, or it was not decrypted.' })
  topics!: readonly AwsTopicType[];

  @Field(() => [AwsQueueType], { description: 'Queues of all regions; empty when there are none, or it was not decrypted.' })
  queues!: readonly AwsQueueType[];
}

/** Parts of results that only this vendor has. */
export const resultTypes = [KeyValueMapType, ProjectInfoResultType, AwsInfoResultType] as const;
