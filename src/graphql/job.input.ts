import 'reflect-metadata';
import { Field, ID, InputType } from 'type-graphql';
import type { JobState } from '../domain/index.js';
import { JobOrderFieldEnum, JobStateEnum, OrderDirectionEnum, VendorEnum } from './enums.js';

@InputType('JobFilter', {
  description: 'Which jobs. Fields are ANDed, a list is ORed and has at most 500 entries; absent or null: any; an empty list: none.',
})
export class JobFilterInput {
  @Field(() => [ID], { nullable: true, description: 'Global ids of jobs. One without its `~incarnation` means the latest.' })
  ids?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of backends.' })
  backends?: string[] | null;

  @Field(() => [VendorEnum], { nullable: true, description: 'Of these vendors.' })
  vendors?: string[] | null;

  @Field(() => [JobStateEnum], { nullable: true, description: 'In one of these states.' })
  states?: JobState[] | null;

  @Field(() => [String], { nullable: true, description: "Of these types, in the vendor's words." })
  types?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'In one of these groups.' })
  groups?: string[] | null;

  @Field(() => [String], { nullable: true, description: 'Made by one of these; a job without an owner is none of theirs.' })
  owners?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Part of the native id or description, in any case.' })
  text?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Has an unfinished task (true), has none (false).' })
  busy?: boolean | null;
}

export type JobOrderField = 'ID' | 'CREATED_AT' | 'STARTED_AT' | 'FINISHED_AT' | 'STATE' | 'LAST_ACTIVITY_AT';
export type OrderDirection = 'ASC' | 'DESC';

@InputType('JobOrder', { description: 'Order of jobs. Ties are broken by id, nulls come last. Without an order: by id.' })
export class JobOrderInput {
  @Field(() => JobOrderFieldEnum, { description: 'By what.' })
  field!: JobOrderField;

  @Field(() => OrderDirectionEnum, { nullable: true, description: 'Absent or null: ascending.' })
  direction?: OrderDirection | null;
}
