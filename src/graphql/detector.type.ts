import 'reflect-metadata';
import { Field, ID, Int, ObjectType } from 'type-graphql';
import { NodeInterface } from './node.type.js';
import { DateTimeScalar, JsonScalar, SafeIntScalar } from './scalars.js';

@ObjectType('DetectorFeature', { simpleResolvers: true, description: 'One aggregated value a detector watches.' })
export class DetectorFeatureType {
  @Field(() => ID, { description: 'Its own id, so that caches can merge it; not fetchable by itself.' })
  id!: string;

  @Field(() => String, { description: 'As its maker called it.' })
  name!: string;

  @Field(() => Boolean, { description: 'Whether it is watched; a detector without an enabled one cannot be started.' })
  enabled!: boolean;

  @Field(() => JsonScalar, {
    nullable: true,
    description: "How the value is computed, in the vendor's query language; null when the vendor sent nothing.",
  })
  aggregationQuery!: unknown;
}

@ObjectType('Detector', {
  implements: NodeInterface,
  simpleResolvers: true,
  description:
    "What finds anomalies in an index: its configuration as it stands at the vendor, and the latest task of each of its two runs. Made and edited on the vendor's own pages.",
})
export class DetectorType implements NodeInterface {
  id!: string;

  @Field(() => String, { description: "The vendor's id." })
  nativeId!: string;

  @Field(() => String, { description: 'As its maker called it; unique within its backend. Empty when it is not readable now.' })
  name!: string;

  @Field(() => String, { nullable: true, description: 'What its maker wrote about it; null when nothing.' })
  description!: string | null;

  @Field(() => Boolean, { description: 'Whether it keeps one model for each value of its category fields.' })
  highCardinality!: boolean;

  @Field(() => [String], { description: 'Indices, aliases and patterns it reads, as configured, not expanded.' })
  indices!: readonly string[];

  @Field(() => String, { description: "The field that says when a document's event was." })
  timeField!: string;

  @Field(() => [String], { description: 'Fields whose values are the entities; empty for a single stream.' })
  categoryFields!: readonly string[];

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'Length of the interval it aggregates and judges at a time, in milliseconds; null where the vendor does not say.',
  })
  intervalMs!: number | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'How long it waits for late data before it judges an interval, in milliseconds; null where the vendor does not say.',
  })
  windowDelayMs!: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'Intervals looked at together, that many are needed before it finds anything; null where the version does not say.',
  })
  shingleSize!: number | null;

  @Field(() => [DetectorFeatureType], { description: 'What it watches, those that are not enabled included.' })
  features!: readonly DetectorFeatureType[];

  @Field(() => JsonScalar, {
    nullable: true,
    description: "Which documents it looks at, in the vendor's query language; null when the vendor sent none: all.",
  })
  filterQuery!: unknown;

  @Field(() => String, { nullable: true, description: "Its own result index; null when results go to the product's." })
  resultIndex!: string | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When its configuration was last changed; null where the vendor does not say.',
  })
  updatedAt!: number | null;

  @Field(() => SafeIntScalar, {
    description: 'Grows with every change that was seen of it, its job or its two latest tasks: drop a copy that is older than yours.',
  })
  revision!: number;
}
