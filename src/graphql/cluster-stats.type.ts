import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import { NodeInterface } from './node.type.js';
import { SafeIntScalar } from './scalars.js';

@ObjectType('IndexStatus', { simpleResolvers: true, description: "Health of one of the product's own indices." })
export class IndexStatusType {
  @Field(() => String, { description: 'Its name, or its alias.' })
  name!: string;

  @Field(() => String, { description: "`green`, `yellow`, `red`, `non-existent`, or a sentence, in the vendor's words." })
  status!: string;
}

@ObjectType('ClusterStats', { implements: NodeInterface, simpleResolvers: true, description: 'Statistics of a whole cluster.' })
export class ClusterStatsType implements NodeInterface {
  id!: string;

  @Field(() => [IndexStatusType], {
    description:
      "Health of the product's own indices, from its statistics; empty where it tells none. One not made yet may be told as such.",
  })
  indexStatuses!: readonly IndexStatusType[];

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Detectors there are; null where the product has none, or does not count them.',
  })
  detectorCount!: number | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Those of a single stream; null where the version does not tell them apart.' })
  singleStreamDetectorCount!: number | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Those with one model for each entity; null where the version does not tell them apart.',
  })
  highCardinalityDetectorCount!: number | null;
}
