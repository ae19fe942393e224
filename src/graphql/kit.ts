import 'reflect-metadata';

/*
 * All that a vendor's `graphql.ts` may import: what is needed to declare its own types and the mutation that starts its jobs, and nothing that knows of
 * other vendors. Where a field gives an interface, its value carries the name of its type as `typename`.
 */
export type { GraphQLResolveInfo } from 'graphql';
export { Arg, Ctx, Field, Float, ID, Info, InputType, Int, InterfaceType, Mutation, ObjectType, Resolver } from 'type-graphql';
export type { GatewayContext } from './context.js';
export { JobDetails } from './job-details.type.js';
export { JobDetailsWithModelSnapshots } from './model-snapshots.js';
export { NodeMetrics } from './node-metrics.type.js';
export { JobPayloadInterface as JobPayload } from './payload.type.js';
export { ResultEntity } from './result-entity.type.js';
export type { JobPayloadSource } from './run-job-verb.js';
export { runStart } from './run-start.js';
export { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';
export { TaskVerbInput } from './verb-base.input.js';
