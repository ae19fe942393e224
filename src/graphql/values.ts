import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
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
