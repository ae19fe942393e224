import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Mutation, Resolver } from 'type-graphql';
import type { GatewayContext } from './context.js';
import {
  StartDetectorPayloadType,
  StartDetectorsPayloadType,
  StopDetectorPayloadType,
  StopDetectorsPayloadType,
} from './detector-payload.type.js';
import { StartDetectorInput, StartDetectorsInput, StopDetectorInput, StopDetectorsInput } from './detector-verb.input.js';
import {
  asksToStart,
  asksToStop,
  type DetectorPayloadSource,
  type DetectorsPayloadSource,
  runOnDetector,
  runOnDetectors,
} from './run-detector-verb.js';

const input = 'What to do.';

@Resolver()
export class DetectorVerbResolver {
  @Mutation(() => StartDetectorPayloadType, {
    description:
      'Starts one of the two runs of a detector. Vendors look at the data only after they have answered: a run that cannot go on is FAILED soon after, which `waitMs` waits for. Of the input, `detectorId` and `dateRange` can be to blame. WRONG_STATE: it runs already, see `idempotent`; REFUSED: no free slot (`retryAfterMs`), no enabled feature.',
  })
  startDetector(
    @Arg('input', () => StartDetectorInput, { description: input }) args: StartDetectorInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorPayloadSource> {
    return runOnDetector(context, info, args, asksToStart(args));
  }

  @Mutation(() => StopDetectorPayloadType, {
    description:
      'Stops one of the two runs of a detector. A historical run comes to rest after the piece it is working on. WRONG_STATE: it does not run, see `idempotent`.',
  })
  stopDetector(
    @Arg('input', () => StopDetectorInput, { description: input }) args: StopDetectorInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorPayloadSource> {
    return runOnDetector(context, info, args, asksToStop(args));
  }

  @Mutation(() => StartDetectorsPayloadType, {
    description: 'Starts many detectors: startDetector for each, side by side. Clusters run few historical analyses at a time.',
  })
  startDetectors(
    @Arg('input', () => StartDetectorsInput, { description: input }) args: StartDetectorsInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorsPayloadSource> {
    return runOnDetectors(context, info, args, asksToStart(args));
  }

  @Mutation(() => StopDetectorsPayloadType, { description: 'Stops many detectors: stopDetector for each, side by side.' })
  stopDetectors(
    @Arg('input', () => StopDetectorsInput, { description: input }) args: StopDetectorsInput,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorsPayloadSource> {
    return runOnDetectors(context, info, args, asksToStop(args));
  }
}
