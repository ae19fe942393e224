import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { DetectorPayloadInterface } from './detector-payload.type.js';
import type { DetectorPayloadSource } from './run-detector-verb.js';
import { newestDetector } from './single-objects.js';
import { TaskType } from './task.type.js';
import type { DetectorView, TaskView } from './views.js';

@Resolver(() => DetectorPayloadInterface)
export class DetectorPayloadResolver {
  @FieldResolver(() => DetectorType, {
    nullable: true,
    description:
      'As it is now, also when the verb was refused: it shows the latest tasks and the actions allowed. Null when there is no such detector, or it cannot be read.',
  })
  async detector(
    @Root() { detector }: DetectorPayloadSource,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorView | null> {
    return detector && context.shown.detector((await newestDetector(context, info, detector)) ?? detector);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'The run that was started or stopped; watch it with taskProgress. A stopped run is CANCELLED only when it has come to rest. Null when it was refused, when there was nothing to stop, or when the vendor did not say which it is.',
  })
  async task(
    @Root() { detector, task }: DetectorPayloadSource,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskView | null> {
    if (!task) return null;
    // It stands below the detector, too, and that was read after it: one answer holds one version of an object.
    if (detector) await newestDetector(context, info, detector);
    const [newest] = context.shown.newestTasks([task]);
    return context.shown.task(newest ?? task);
  }
}
