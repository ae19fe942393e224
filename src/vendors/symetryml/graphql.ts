import {
  Arg,
  Ctx,
  Field,
  type GatewayContext,
  type GraphQLResolveInfo,
  ID,
  Info,
  InputType,
  JobDetails,
  JobPayload,
  type JobPayloadSource,
  Mutation,
  ObjectType,
  Resolver,
  runStart,
  TaskVerbInput,
} from '../../graphql/kit.js';
import { KeyValueType, resultTypes } from './results/graphql.js';
import { type AskedStart, startOf } from './start/asked.js';
import {
  AutoSelectInputType,
  AwsInfoInputType,
  BuildInputType,
  DataSourcePredictInputType,
  DataSourceUpdateInputType,
  ExploreInputType,
  ExplorePcaInputType,
  ExploreSvdInputType,
  ExploreVifInputType,
  KmeansOptimizeInputType,
  ReduceInputType,
  SelectModelInputType,
  UpdateInputType,
} from './start/graphql.js';

@ObjectType('SymetryJobDetails', {
  implements: JobDetails,
  simpleResolvers: true,
  description: "SymetryML's JobInfo. Once a job has handed its result over, it is as it was seen last.",
})
class SymetryJobDetailsType extends JobDetails {
  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it runs on the pool that limits how many jobs run at a time; null when the vendor did not say.',
  })
  onBoundedExecutor!: boolean | null;

  @Field(() => [KeyValueType], {
    description: "`details`, under the vendor's names, those that hold a secret left out: an auto select tells its parameters there.",
  })
  properties!: readonly KeyValueType[];
}

const kind = <T extends object>(type: new () => T, description: string) =>
  Field(() => type, { nullable: true, description: `${description} Absent or null: another kind it is.` });

@InputType('StartSymetryJobInput', { description: 'Input of startSymetryJob. It names exactly one kind of job.' })
class StartSymetryJobInputType extends TaskVerbInput implements AskedStart {
  @Field(() => ID, { description: 'Global id of the backend that is to run it.' })
  backendId!: string;

  @kind(BuildInputType, 'Builds a model; there is nothing in its result.')
  build?: BuildInputType | null;

  @kind(ReduceInputType, 'Builds a model of the best attributes; there is nothing in its result.')
  reduce?: ReduceInputType | null;

  @kind(KmeansOptimizeInputType, 'Tries numbers of clusters; its result is a KeyValueMap.')
  kmeansOptimize?: KmeansOptimizeInputType | null;

  @kind(SelectModelInputType, 'Finds the best features for an algorithm.')
  selectModel?: SelectModelInputType | null;

  @kind(AutoSelectInputType, 'Finds the best model for a task.')
  autoSelect?: AutoSelectInputType | null;

  @kind(ExploreInputType, 'Computes metrics; its result is a KeyValueMap and a ProjectInfoResult.')
  explore?: ExploreInputType | null;

  @kind(ExplorePcaInputType, 'Computes principal components; its result is two DataFrames and a NumberResult.')
  explorePca?: ExplorePcaInputType | null;

  @kind(ExploreSvdInputType, 'Finds which attributes are singular; its result is a KeyValueMap.')
  exploreSvd?: ExploreSvdInputType | null;

  @kind(ExploreVifInputType, 'Computes variance inflation factors; its result is a KeyValueMap.')
  exploreVif?: ExploreVifInputType | null;

  @kind(UpdateInputType, 'Learns rows, or forgets them.')
  update?: UpdateInputType | null;

  @kind(DataSourceUpdateInputType, 'Learns a whole data source, or forgets it; its result is a ProjectInfoResult.')
  dataSourceUpdate?: DataSourceUpdateInputType | null;

  @kind(DataSourcePredictInputType, 'Predicts for a whole data source; its result is a DataFrame.')
  dataSourcePredict?: DataSourcePredictInputType | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'True: tells the state of all projects; its result is a ProjectInfoResult. False, absent or null: another kind it is.',
  })
  projectsInfo?: boolean | null;

  @kind(AwsInfoInputType, 'Lists what a federation has at AWS; its result is an AwsInfoResult.')
  awsInfo?: AwsInfoInputType | null;
}

@ObjectType('StartSymetryJobPayload', { implements: JobPayload, simpleResolvers: true, description: 'Answer of startSymetryJob.' })
class StartSymetryJobPayloadType {}

@Resolver()
class StartSymetryJobResolver {
  @Mutation(() => StartSymetryJobPayloadType, {
    description:
      'Starts a job of SymetryML, which is followed to its end, and whose result is kept, whether anybody watches or not. Few run at a time: it may be QUEUED first. NOT_FOUND: no such project; REFUSED: the server takes no more jobs; UNSUPPORTED: this version cannot run this kind.',
  })
  startSymetryJob(
    @Arg('input', () => StartSymetryJobInputType, { description: 'What to do.' }) input: StartSymetryJobInputType,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runStart(context, info, input, () => {
      const request = startOf(input);
      return { kind: request.kind, request };
    });
  }
}

/** What this vendor adds to the schema. */
export const graphqlTypes = [SymetryJobDetailsType, ...resultTypes] as const;
export const graphqlResolvers = [StartSymetryJobResolver] as const;
