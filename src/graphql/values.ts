import 'reflect-metadata';
import { Field, Float, ObjectType } from 'type-graphql';
import { DateTimeScalar, SafeIntScalar } from './scalars.js';

/*
 * Values: no identity, no relations, replaced as a whole. They import nothing, so that type files can use them without importing each other.
 */

@ObjectType('Progress', { simpleResolvers: true, description: 'How much is done, of how much.' })
export class ProgressType {
  @Field(() => SafeIntScalar, { description: 'Done so far, in `unit`.' })
  current!: number;

  @Field(() => SafeIntScalar, { nullable: true, description: 'All there is to do, in `unit`. Null where unknown.' })
  maximum!: number | null;

  @Field(() => String, {
    nullable: true,
    description: 'RECORDS, BYTES, ITERATIONS, DOCUMENTS, ENTITIES, INTERVALS; an open set. Null where the vendor does not say.',
  })
  unit!: string | null;
}

@ObjectType('DateRange', { simpleResolvers: true, description: 'From start (included) to end (excluded).' })
export class DateRangeType {
  @Field(() => DateTimeScalar, { description: 'First instant in the range.' })
  start!: number;

  @Field(() => DateTimeScalar, { description: 'First instant after the range.' })
  end!: number;
}

@ObjectType('EntityValue', { simpleResolvers: true, description: 'One category field and its value.' })
export class EntityValueType {
  @Field(() => String, { description: 'The field.' })
  name!: string;

  @Field(() => String, { description: 'Its value.' })
  value!: string;
}

@ObjectType('Metric', { simpleResolvers: true, description: "A metric under the vendor's own name." })
export class MetricType {
  @Field(() => String, { description: "The vendor's name for it, with the way to it: `mem.ml.max_in_bytes`." })
  name!: string;

  @Field(() => String, { description: 'Its value as sent.' })
  text!: string;

  @Field(() => Float, { nullable: true, description: 'Its value as a number; null for what is none.' })
  number!: number | null;
}
