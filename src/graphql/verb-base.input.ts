import 'reflect-metadata';
import { Field, InputType, Int } from 'type-graphql';
import { UuidScalar } from './scalars.js';

/* What the inputs of verbs have in common. None of these is a type of the schema by itself. */

/** Of every verb. */
@InputType('VerbInput')
export abstract class VerbInput {
  @Field(() => UuidScalar, {
    nullable: true,
    description: 'A repeat with the same key returns the first outcome and does nothing. Absent or null: a repeat is a new request.',
  })
  idempotencyKey?: string | null;
}

/** Of a verb whose task ends by itself. */
@InputType('TaskVerbInput')
export abstract class TaskVerbInput extends VerbInput {
  @Field(() => Int, {
    nullable: true,
    description:
      'The answer waits so many milliseconds for the task to end, so that `task` and `errors` tell the outcome; at most 600000. When the time is over, `task` tells where it stands, which is no error. Absent or null: it does not wait.',
  })
  waitMs?: number | null;
}

/** Of a verb with a limit of the vendor's own. */
@InputType('LimitedVerbInput')
export abstract class LimitedVerbInput extends TaskVerbInput {
  @Field(() => Int, {
    nullable: true,
    description:
      "The vendor's own limit in milliseconds: after it the vendor stops waiting, and the work goes on. Absent or null: the vendor's default.",
  })
  timeoutMs?: number | null;
}
