import 'reflect-metadata';
import { Field, Int, ObjectType } from 'type-graphql';
import { PageInfoType } from './connection.type.js';
import { DateTimeScalar, SafeIntScalar } from './scalars.js';
import { EntityValueType } from './values.js';

@ObjectType('DetectorModel', { simpleResolvers: true, description: 'A model of a detector in the memory of a node.' })
export class DetectorModelType {
  @Field(() => String, { description: "The vendor's id of it: tells it apart on its node, not over all backends." })
  modelId!: string;

  @Field(() => String, { nullable: true, description: "`rcf`, `threshold`, `entity`, in the vendor's words; null where it does not say." })
  type!: string | null;

  @Field(() => SafeIntScalar, { nullable: true, description: 'Bytes it takes; null where the vendor does not say.' })
  sizeBytes!: number | null;

  @Field(() => [EntityValueType], { description: 'Whom it is about; empty for a single stream.' })
  entity!: readonly EntityValueType[];

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it last judged data; null where the vendor does not say.' })
  lastUsedAt!: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'When it was last saved to disk; null when it never was, or the vendor does not say.',
  })
  lastCheckpointAt!: number | null;
}

@ObjectType('DetectorModelEdge', { simpleResolvers: true, description: 'A model in a page.' })
export class DetectorModelEdgeType {
  @Field(() => String, { description: 'Hand it in as `after` to go on behind this row.' })
  cursor!: string;

  @Field(() => DetectorModelType, { description: 'The model.' })
  node!: DetectorModelType;
}

@ObjectType('DetectorModelConnection', {
  simpleResolvers: true,
  description:
    "A page of the models in a node's memory, in the vendor's order. Paged by position: what comes and goes meanwhile moves the others.",
})
export class DetectorModelConnectionType {
  @Field(() => [DetectorModelEdgeType], { description: 'The rows with their cursors.' })
  edges!: readonly DetectorModelEdgeType[];

  @Field(() => [DetectorModelType], { description: 'The rows without their cursors.' })
  nodes!: readonly DetectorModelType[];

  @Field(() => PageInfoType, { description: 'Where this page stands.' })
  pageInfo!: PageInfoType;

  @Field(() => Int, {
    nullable: true,
    description: 'How many the vendor tells of, on all pages together. Null when statistics are not readable: `metrics` says why.',
  })
  totalCount!: number | null;
}
