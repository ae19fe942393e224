import 'reflect-metadata';
import { Field, ID, InputType } from 'type-graphql';
import type { TaskState } from '../domain/index.js';
import { OrderDirectionEnum, TaskKindEnum, TaskOrderFieldEnum, TaskStateEnum, VendorEnum } from './enums.js';
import { UuidScalar } from './scalars.js';

@InputType('TaskFilter', {
  description: 'Which tasks. Fields are ANDed, a list is ORed and has at most 500 entries; absent or null: any; an empty list: none.',
})
export class TaskFilterInput {
  @Field(() => [ID], { nullable: true, description: 'Global ids of tasks. One without its `~incarnation` means the latest.' })
  ids?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of backends.' })
  backends?: string[] | null;

  @Field(() => [VendorEnum], { nullable: true, description: 'Of these vendors.' })
  vendors?: string[] | null;

  @Field(() => [TaskKindEnum], { nullable: true, description: 'Doing one of these.' })
  kinds?: string[] | null;

  @Field(() => [TaskStateEnum], { nullable: true, description: 'In one of these states.' })
  states?: TaskState[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of the jobs they work on.' })
  jobs?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of the detectors they work for.' })
  detectors?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of the tasks they are part of.' })
  parents?: string[] | null;

  @Field(() => [UuidScalar], { nullable: true, description: 'Everything these mutations began: choose the UUID, subscribe, then mutate.' })
  idempotencyKeys?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Tasks of single entities too (true), none of them (false). Absent or null: only when `ids`, `kinds` or `parents` ask for them, or the list is the children of a task.',
  })
  includeEntities?: boolean | null;
}

export type TaskOrderField = 'ID' | 'STARTED_AT' | 'ENDED_AT' | 'UPDATED_AT' | 'STATE';

@InputType('TaskOrder', { description: 'Order of tasks. Ties are broken by id, nulls come last. Without an order: newest first.' })
export class TaskOrderInput {
  @Field(() => TaskOrderFieldEnum, { description: 'By what.' })
  field!: TaskOrderField;

  @Field(() => OrderDirectionEnum, { nullable: true, description: 'Absent or null: descending.' })
  direction?: 'ASC' | 'DESC' | null;
}
