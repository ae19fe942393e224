import 'reflect-metadata';
import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar, UuidScalar } from './scalars.js';

const datafeedId = 'Global id of the datafeed.';
const timeoutMs = "How long the vendor waits for it to happen, in milliseconds. Absent or null: the vendor's default.";
const idempotencyKey = 'A repeat with the same key returns the first outcome and does nothing. Absent or null: a repeat is a new request.';

@InputType('StartDatafeedInput', { description: 'Input of startDatafeed.' })
export class StartDatafeedInput {
  @Field(() => ID, { description: datafeedId })
  datafeedId!: string;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Feed data from then on. Absent or null: from where it stopped, or from the beginning of the data.',
  })
  start?: number | null;

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Feed data up to then, and stop. Absent or null: it goes on with new data as it comes.',
  })
  end?: number | null;

  @Field(() => Int, { nullable: true, description: timeoutMs })
  timeoutMs?: number | null;

  @Field(() => UuidScalar, { nullable: true, description: idempotencyKey })
  idempotencyKey?: string | null;
}

@InputType('StopDatafeedInput', { description: 'Input of stopDatafeed.' })
export class StopDatafeedInput {
  @Field(() => ID, { description: datafeedId })
  datafeedId!: string;

  @Field(() => Boolean, { nullable: true, description: 'Stop without waiting for the work under way. Absent or null: no.' })
  force?: boolean | null;

  @Field(() => Int, { nullable: true, description: timeoutMs })
  timeoutMs?: number | null;

  @Field(() => UuidScalar, { nullable: true, description: idempotencyKey })
  idempotencyKey?: string | null;
}
