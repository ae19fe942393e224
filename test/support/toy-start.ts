import { VigilError } from '../../src/errors.js';
import {
  Arg,
  Ctx,
  Field,
  type GatewayContext,
  type GraphQLResolveInfo,
  ID,
  Info,
  InputType,
  Int,
  JobPayload,
  type JobPayloadSource,
  Mutation,
  ObjectType,
  Resolver,
  ResultEntity,
  runStart,
  TaskVerbInput,
} from '../../src/graphql/kit.js';

/** A part of a result that only this vendor has. */
@ObjectType('ToyPaint', { implements: ResultEntity, simpleResolvers: true, description: 'What a toy job has painted.' })
export class ToyPaint extends ResultEntity {
  @Field(() => String, { description: 'Its colour.' })
  colour!: string;
}

@InputType('StartToyJobInput', { description: 'Input of startToyJob.' })
class StartToyJobInput extends TaskVerbInput {
  @Field(() => ID, { description: 'Global id of the backend.' })
  backendId!: string;

  @Field(() => Int, { description: 'Marbles to roll.' })
  marbles!: number;
}

@ObjectType('StartToyJobPayload', { implements: JobPayload, simpleResolvers: true, description: 'Answer of startToyJob.' })
class StartToyJobPayload {}

/** The vendor's own mutation, made of nothing but the kit. */
@Resolver()
export class StartToyResolver {
  @Mutation(() => StartToyJobPayload, { description: 'Rolls marbles.' })
  startToyJob(
    @Arg('input', () => StartToyJobInput, { description: 'What to do.' }) input: StartToyJobInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobPayloadSource> {
    return runStart(context, info, input, () => {
      if (input.marbles < 1) throw new VigilError('INVALID_INPUT', 'No marbles, no run.', { path: ['input', 'marbles'] });
      return { kind: 'ROLL', request: { marbles: input.marbles } };
    });
  }
}
