import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Mutation, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from './context.js';
import { StartDatafeedInput, StopDatafeedInput } from './datafeed.input.js';
import { DatafeedType } from './datafeed.type.js';
import { StartDatafeedPayloadType, StopDatafeedPayloadType } from './datafeed-payload.type.js';
import { given } from './given.js';
import { checkRange, type DatafeedPayloadSource, runOnDatafeed } from './run-datafeed-verb.js';
import { type DatafeedView, viewDatafeed } from './views.js';

const input = 'What to do.';
const asItIs = 'As it is now, also when the verb was refused. Null when there is no such datafeed, or it cannot be read.';

@Resolver(() => StartDatafeedPayloadType)
export class StartDatafeedResolver {
  @Mutation(() => StartDatafeedPayloadType, {
    description: 'Starts feeding an open job. Answers when the vendor has begun; the feeding itself is no task: watch the job.',
  })
  startDatafeed(
    @Arg('input', () => StartDatafeedInput, { description: input }) args: StartDatafeedInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DatafeedPayloadSource> {
    const { start, end, timeoutMs } = args;
    const request = { ...given('start', start), ...given('end', end), ...given('timeoutMs', timeoutMs) };
    return runOnDatafeed(context, info, args, { action: 'START_DATAFEED', ...request }, checkRange(args));
  }

  @FieldResolver(() => DatafeedType, { nullable: true, description: asItIs })
  datafeed(@Root() { datafeed }: DatafeedPayloadSource): DatafeedView | null {
    return datafeed && viewDatafeed(datafeed);
  }
}

@Resolver(() => StopDatafeedPayloadType)
export class StopDatafeedResolver {
  @Mutation(() => StopDatafeedPayloadType, {
    description: 'Stops feeding a job; the job stays open. Answers when the vendor has stopped it, which can take as long as one search.',
  })
  stopDatafeed(
    @Arg('input', () => StopDatafeedInput, { description: input }) args: StopDatafeedInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DatafeedPayloadSource> {
    const { force, timeoutMs } = args;
    return runOnDatafeed(context, info, args, { action: 'STOP_DATAFEED', ...given('force', force), ...given('timeoutMs', timeoutMs) });
  }

  @FieldResolver(() => DatafeedType, { nullable: true, description: asItIs })
  datafeed(@Root() { datafeed }: DatafeedPayloadSource): DatafeedView | null {
    return datafeed && viewDatafeed(datafeed);
  }
}
