import 'reflect-metadata';

/** All that a vendor's `graphql.ts` may import: what is needed to declare its own types, and nothing that knows of other vendors. */
export { Field, Float, ID, Int, InterfaceType, ObjectType } from 'type-graphql';
export { JobDetails } from './job-details.type.js';
export { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';
