import 'reflect-metadata';
import { Field, ID, InputType } from 'type-graphql';
import type { TaskState } from '../domain/index.js';
import { DetectorOrderFieldEnum, OrderDirectionEnum, TaskStateEnum, VendorEnum } from './enums.js';

@InputType('DetectorFilter', {
  description: 'Which detectors. Fields are ANDed, a list is ORed and has at most 500 entries; absent or null: any; an empty list: none.',
})
export class DetectorFilterInput {
  @Field(() => [ID], { nullable: true, description: 'Global ids of detectors.' })
  ids?: string[] | null;

  @Field(() => [ID], { nullable: true, description: 'Global ids of backends. One without detectors has none.' })
  backends?: string[] | null;

  @Field(() => [VendorEnum], { nullable: true, description: 'Of these vendors.' })
  vendors?: string[] | null;

  @Field(() => [TaskStateEnum], {
    nullable: true,
    description: 'Whose latest real-time run is in one of these states; one never started is in none.',
  })
  realtimeStates?: TaskState[] | null;

  @Field(() => [TaskStateEnum], {
    nullable: true,
    description: 'Whose latest historical run is in one of these states; one never started is in none.',
  })
  historicalStates?: TaskState[] | null;

  @Field(() => Boolean, { nullable: true, description: 'Keeps one model for each entity (true), a single stream (false).' })
  highCardinality?: boolean | null;

  @Field(() => [String], {
    nullable: true,
    description: 'Reads one of these indices, as configured in the detector: patterns are not expanded.',
  })
  indices?: string[] | null;

  @Field(() => String, { nullable: true, description: 'Part of the native id, name or description, in any case.' })
  text?: string | null;
}

export type DetectorOrderField = 'ID' | 'NAME' | 'UPDATED_AT';

@InputType('DetectorOrder', { description: 'Order of detectors. Ties are broken by id, nulls come last. Without an order: by name.' })
export class DetectorOrderInput {
  @Field(() => DetectorOrderFieldEnum, { description: 'By what.' })
  field!: DetectorOrderField;

  @Field(() => OrderDirectionEnum, { nullable: true, description: 'Absent or null: ascending.' })
  direction?: 'ASC' | 'DESC' | null;
}
