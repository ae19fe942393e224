import 'reflect-metadata';

/*
 * All that a vendor's `graphql.ts` may import: what is needed to declare its own types, and nothing that knows of other vendors.
 * Where a field gives an interface, its value carries the name of its type as `typename`.
 */
export { Field, Float, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
export { JobDetails } from './job-details.type.js';
export { JobDetailsWithModelSnapshots } from './model-snapshots.js';
export { NodeMetrics } from './node-metrics.type.js';
export { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';
