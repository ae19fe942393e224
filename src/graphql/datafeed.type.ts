import 'reflect-metadata';
import { Field, ObjectType } from 'type-graphql';
import type { DatafeedState } from '../domain/index.js';
import { DatafeedStateEnum } from './enums.js';
import { NodeInterface } from './node.type.js';
import { JsonScalar, SafeIntScalar } from './scalars.js';
import { DateRangeType } from './values.js';

@ObjectType('Datafeed', { implements: NodeInterface, simpleResolvers: true, description: 'What feeds an Elasticsearch job.' })
export class DatafeedType implements NodeInterface {
  id!: string;

  @Field(() => String, { description: "The vendor's id." })
  nativeId!: string;

  @Field(() => DatafeedStateEnum, { description: 'What it is doing.' })
  state!: DatafeedState;

  @Field(() => String, { nullable: true, description: "The vendor's word for the state; null where it gave none." })
  vendorState!: string | null;

  @Field(() => String, { nullable: true, description: "Why it is in this state, in the vendor's words; null where it gives no reason." })
  stateReason!: string | null;

  @Field(() => [String], { description: 'Indices and patterns it reads.' })
  indices!: readonly string[];

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'How often it looks for new data, in milliseconds. Null: the vendor chooses.',
  })
  frequencyMs!: number | null;

  @Field(() => SafeIntScalar, {
    nullable: true,
    description: 'How long it waits for late data, in milliseconds. Null: the vendor chooses.',
  })
  queryDelayMs!: number | null;

  @Field(() => Boolean, {
    nullable: true,
    description: 'Whether it has caught up and follows new data. Null where the vendor does not say, as while it is stopped.',
  })
  realtime!: boolean | null;

  @Field(() => DateRangeType, {
    nullable: true,
    description: 'What it reads now. Null where the vendor does not say, as while it is stopped.',
  })
  searchInterval!: { readonly start: number; readonly end: number } | null;

  @Field(() => JsonScalar, { nullable: true, description: 'As the vendor sent it, secrets removed. Null when it sent none.' })
  raw!: unknown;
}
