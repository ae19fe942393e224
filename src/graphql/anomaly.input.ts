import 'reflect-metadata';
import { Field, Float, InputType } from 'type-graphql';
import { DateTimeScalar } from './scalars.js';

@InputType('EntityValueInput', { description: 'One category field and its value.' })
export class EntityValueInput {
  @Field(() => String, { description: 'The field.' })
  name!: string;

  @Field(() => String, { description: 'Its value.' })
  value!: string;
}

@InputType('AnomalyFilter', { description: 'Which anomalies. Fields are ANDed; absent or null: any.' })
export class AnomalyFilterInput {
  @Field(() => DateTimeScalar, { nullable: true, description: 'That begin then or later. Absent or null: from the beginning.' })
  from?: number | null;

  @Field(() => DateTimeScalar, { nullable: true, description: 'That begin before then. Absent or null: to the end.' })
  to?: number | null;

  @Field(() => Float, { nullable: true, description: 'With this score at least, 0 to 1. Absent or null: any.' })
  minScore?: number | null;

  @Field(() => [EntityValueInput], {
    nullable: true,
    description: 'About all of these at once, at most 500. Absent or null, or an empty list: about anything.',
  })
  entity?: EntityValueInput[] | null;
}
