import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import type { VendorModule } from '../domain/index.js';
import { VigilError } from '../errors.js';
import { resolveAbstractTypes } from './abstract-types.js';
import { BackendResolver } from './backend.resolver.js';
import { ClusterStatsResolver } from './cluster-stats.resolver.js';
import {
  DetectorConnectionResolver,
  DetectorEdgeResolver,
  JobConnectionResolver,
  JobEdgeResolver,
  PartialListResolver,
  TaskConnectionResolver,
  TaskEdgeResolver,
} from './connection.resolver.js';
import { DataFrameType } from './data-frame.type.js';
import { DatafeedResolver } from './datafeed.resolver.js';
import { StartDatafeedResolver, StopDatafeedResolver } from './datafeed-verb.resolver.js';
import { DetectorResolver } from './detector.resolver.js';
import { DetectorFindingsResolver } from './detector-findings.resolver.js';
import { DetectorPayloadResolver } from './detector-payload.resolver.js';
import { DetectorModelResolver, DetectorProfileResolver, EntityProfileResolver } from './detector-profile.resolver.js';
import { DetectorVerbResolver } from './detector-verb.resolver.js';
import { fillVendorEnums } from './enums.js';
import { JobResolver } from './job.resolver.js';
import { JobFindingsResolver } from './job-findings.resolver.js';
import { DataFrameResolver, JobResultOfResolver, JobResultResolver } from './job-result.resolver.js';
import { plainResultTypes } from './job-result.type.js';
import { MutationResolver } from './mutation.resolver.js';
import { mutationErrorTypes } from './mutation-error.type.js';
import { NodeResolver } from './node.resolver.js';
import { NodeStatsResolver } from './node-stats.resolver.js';
import {
  BackendUnavailableErrorResolver,
  CancelTaskPayloadResolver,
  ConflictErrorResolver,
  JobPayloadResolver,
  JobsPayloadResolver,
} from './payload.resolver.js';
import { SubscriptionResolver } from './subscription.resolver.js';
import { TaskResolver } from './task.resolver.js';
import {
  DetectorsUpdateResolver,
  JobsUpdateResolver,
  ListUpdateResolver,
  NodeStatsUpdateResolver,
  TasksUpdateResolver,
  TaskUpdateResolver,
} from './update.resolver.js';

const unused = (): never => {
  throw new VigilError('INTERNAL', 'Subscriptions come from the hub; nothing is published here.');
};
/** Demanded by type-graphql as soon as there is a subscription; ours all bring their own iterable. */
const pubSub = { publish: unused, subscribe: unused };

/** type-graphql has no place for them. */
const describeRoots = (schema: GraphQLSchema): void => {
  const describe = (type: { description?: string | null | undefined } | null | undefined, description: string): void => {
    if (type) type.description = description;
  };
  describe(schema.getQueryType(), 'Reads.');
  describe(schema.getMutationType(), 'Verbs. Business failures are in `errors`; every long one hands back a task.');
  describe(schema.getSubscriptionType(), 'Live views; each begins with what is true now.');
};

/** What a schema is made for. */
export interface GatewaySchemaOptions {
  /** Their names and task kinds become enums, their types the implementers of JobDetails, NodeMetrics and ResultEntity, their resolvers mutations. */
  readonly vendors: readonly VendorModule[];
}

/** The schema of the gateway for these vendors. */
export const buildGatewaySchema = ({ vendors }: GatewaySchemaOptions): GraphQLSchema => {
  fillVendorEnums(vendors);
  const schema = buildSchemaSync({
    resolvers: [
      NodeResolver,
      BackendResolver,
      JobResolver,
      TaskResolver,
      DatafeedResolver,
      NodeStatsResolver,
      ClusterStatsResolver,
      JobFindingsResolver,
      JobResultOfResolver,
      JobResultResolver,
      DataFrameResolver,
      DetectorResolver,
      DetectorFindingsResolver,
      DetectorProfileResolver,
      EntityProfileResolver,
      DetectorModelResolver,
      PartialListResolver,
      JobConnectionResolver,
      JobEdgeResolver,
      TaskConnectionResolver,
      TaskEdgeResolver,
      DetectorConnectionResolver,
      DetectorEdgeResolver,
      MutationResolver,
      StartDatafeedResolver,
      StopDatafeedResolver,
      DetectorVerbResolver,
      JobPayloadResolver,
      JobsPayloadResolver,
      DetectorPayloadResolver,
      CancelTaskPayloadResolver,
      ConflictErrorResolver,
      BackendUnavailableErrorResolver,
      SubscriptionResolver,
      ListUpdateResolver,
      JobsUpdateResolver,
      TasksUpdateResolver,
      DetectorsUpdateResolver,
      NodeStatsUpdateResolver,
      TaskUpdateResolver,
      ...vendors.flatMap((vendor) => vendor.graphqlResolvers ?? []),
    ],
    orphanedTypes: [...mutationErrorTypes, DataFrameType, ...plainResultTypes, ...vendors.flatMap((vendor) => vendor.graphqlTypes)],
    pubSub,
    validate: false,
  });
  resolveAbstractTypes(schema);
  describeRoots(schema);
  return schema;
};
