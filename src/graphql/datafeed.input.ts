import 'reflect-metadata';
import { Field, ID, InputType, Int } from 'type-graphql';
import { DateTimeScalar } from './scalars.js';
import { VerbInput } from './verb-base.input.js';

/** What both verbs on a datafeed have in common; no type of the schema by itself. */
@InputType('DatafeedVerbInput')
abstract class DatafeedVerbInput extends VerbInput {
  @Field(() => ID, { description: 'Global id of the datafeed.' })
  datafeedId!: string;

  @Field(() => Int, {
    nullable: true,
    description: "How long the vendor waits for it to happen, in milliseconds. Absent or null: the vendor's default.",
  })
  timeoutMs?: number | null;
}

@InputType('StartDatafeedInput', { description: 'Input of startDatafeed.' })
export class StartDatafeedInput extends DatafeedVerbInput {
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
}

@InputType('StopDatafeedInput', { description: 'Input of stopDatafeed.' })
export class StopDatafeedInput extends DatafeedVerbInput {
  @Field(() => Boolean, { nullable: true, description: 'Stop without waiting for the work under way. Absent or null: no.' })
  force?: boolean | null;
}
