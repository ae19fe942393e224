import 'reflect-metadata';
import { Field, ID, InterfaceType } from 'type-graphql';

/** What a vendor's `graphql.ts` implements for its nodes. As with JobDetails, the schema has the implementers of its own vendors only. */
@InterfaceType('NodeMetrics', {
  description: "A node's typed metrics, by product. What has no type here is in `rawMetrics`.",
  autoRegisterImplementations: false,
})
export abstract class NodeMetrics {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' })
  id!: string;
}
