import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';
import { JsonScalar } from './scalars.js';

/** What a vendor's `graphql.ts` implements for parts of its results that no type here fits. As with JobDetails, the schema has the implementers of its own vendors only. */
@InterfaceType('ResultEntity', {
  description: 'One named part of a result. An interface, so that a client older than a kind of part still gets `raw`.',
  autoRegisterImplementations: false,
})
export abstract class ResultEntity {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; only a DataFrame can be fetched by it.' })
  id!: string;

  @Field(() => String, { description: "The vendor's key: `dataframe`, `pcaVectors`, `KSVDMap`." })
  name!: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      "As the vendor sent it, secrets removed; its shape is the vendor's and may change with its version. Null when it is too large for an answer, or may not be shown.",
  })
  raw?: unknown;
}
