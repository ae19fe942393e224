import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';
import type { JobDetails as DomainDetails } from '../domain/index.js';
import { JsonScalar } from './scalars.js';

/** What details are resolved from: as the adapter gave them, and whose they are. */
export type JobDetailsSource = DomainDetails & { readonly jobId: string };

/**
 * What a vendor's `graphql.ts` implements for its jobs. Implementers are not registered by themselves: the schema has those of the vendors it was
 * built with, whatever else was imported.
 */
@InterfaceType('JobDetails', {
  description: 'What only one vendor knows about a job. An interface, so that a client older than a vendor still gets `raw`.',
  autoRegisterImplementations: false,
})
export abstract class JobDetails {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' })
  id!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "As the vendor sent it, secrets removed; its shape is the vendor's and may change with its version. Null when the vendor sent none.",
  })
  raw?: unknown;
}
