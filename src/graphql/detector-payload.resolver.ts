import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { DetectorPayloadInterface } from './detector-payload.type.js';
import type { DetectorPayloadSource } from './run-detector-verb.js';
import { TaskType } from './task.type.js';
import type { DetectorView, TaskView } from './views.js';

@Resolver(() => DetectorPayloadInterface)
export class DetectorPayloadResolver {
  @FieldResolver(() => DetectorType, {
    nullable: true,
    description:
      'As it is now, also when the verb was refused: it shows the latest tasks and the actions allowed. Null when there is no such detector, or it cannot be read.',
  })
  detector(@Root() { detector }: DetectorPayloadSource, @Ctx() context: GatewayContext): DetectorView | null {
    return detector && context.shown.detector(detector);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'The run that was started or stopped; watch it with taskProgress. A stopped run is CANCELLED only when it has come to rest. Null when it was refused, when there was nothing to stop, or when the vendor did not say which it is.',
  })
  task(@Root() { task }: DetectorPayloadSource, @Ctx() context: GatewayContext): TaskView | null {
    if (!task) return null;
    // It stands below the detector, too, and that was read after it: one answer holds one version of an object.
    const [newest] = context.shown.newestTasks([task]);
    return context.shown.task(newest ?? task);
  }
}
