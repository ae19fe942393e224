import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { ClusterNode, Detector, Job, JobState, Task, TaskState } from '../domain/index.js';
import type { CountedStep, ListStep, TaskStep } from '../progress/hub.js';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { JobStateCountType, JobType } from './job.type.js';
import { NodeStatsType } from './node-stats.type.js';
import { TaskStateCountType, TaskType } from './task.type.js';
import {
  DetectorsUpdateType,
  JobsUpdateType,
  ListUpdateInterface,
  NodeStatsUpdateType,
  TasksUpdateType,
  TaskUpdateType,
} from './update.type.js';
import { type DetectorView, type JobView, type NodeStatsView, type TaskView, viewNode } from './views.js';

type JobsStep = CountedStep<Job, JobState>;
type TasksStep = CountedStep<Task, TaskState>;
type DetectorsStep = ListStep<Detector>;
type NodesStep = ListStep<ClusterNode>;

const added = 'Began to match.';
const left = 'Stopped matching, in the state that made them.';
const changed = 'Still match, and changed. May be beyond the pages you hold.';

@Resolver(() => ListUpdateInterface)
export class ListUpdateResolver {
  @FieldResolver(() => [BackendType], {
    description: 'Those whose health changed: one entry instead of every object of theirs. All of them in the first message.',
  })
  backends(@Root() { backends }: ListStep<unknown>, @Ctx() context: GatewayContext): readonly BackendType[] {
    return backends.map(({ key }) => context.shown.backend(key));
  }
}

@Resolver(() => JobsUpdateType)
export class JobsUpdateResolver {
  @FieldResolver(() => [JobType], { description: added })
  added(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return step.added.map(context.shown.job);
  }

  @FieldResolver(() => [JobType], { description: changed })
  changed(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return step.changed.map(context.shown.job);
  }

  @FieldResolver(() => [JobType], { description: left })
  left(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return step.left.map(context.shown.job);
  }

  @FieldResolver(() => [JobStateCountType], { description: 'Of all that match now.' })
  stateCounts(@Root() step: JobsStep): JobsStep['stateCounts'] {
    return step.stateCounts;
  }
}

@Resolver(() => TasksUpdateType)
export class TasksUpdateResolver {
  @FieldResolver(() => [TaskType], { description: added })
  added(@Root() step: TasksStep, @Ctx() context: GatewayContext): readonly TaskView[] {
    return step.added.map(context.shown.task);
  }

  @FieldResolver(() => [TaskType], { description: changed })
  changed(@Root() step: TasksStep, @Ctx() context: GatewayContext): readonly TaskView[] {
    return step.changed.map(context.shown.task);
  }

  @FieldResolver(() => [TaskType], {
    description: 'Stopped matching, in the state that made them: for a filter on RUNNING, how the task ended.',
  })
  left(@Root() step: TasksStep, @Ctx() context: GatewayContext): readonly TaskView[] {
    return step.left.map(context.shown.task);
  }

  @FieldResolver(() => [TaskStateCountType], {
    description: 'Of all that match now, as far as the stream shows them: the query `tasks` may count more ended ones.',
  })
  stateCounts(@Root() step: TasksStep): TasksStep['stateCounts'] {
    return step.stateCounts;
  }
}

@Resolver(() => DetectorsUpdateType)
export class DetectorsUpdateResolver {
  @FieldResolver(() => [DetectorType], { description: added })
  added(@Root() step: DetectorsStep, @Ctx() context: GatewayContext): readonly DetectorView[] {
    return step.added.map(context.shown.detector);
  }

  @FieldResolver(() => [DetectorType], { description: changed })
  changed(@Root() step: DetectorsStep, @Ctx() context: GatewayContext): readonly DetectorView[] {
    return step.changed.map(context.shown.detector);
  }

  @FieldResolver(() => [DetectorType], { description: left })
  left(@Root() step: DetectorsStep, @Ctx() context: GatewayContext): readonly DetectorView[] {
    return step.left.map(context.shown.detector);
  }
}

@Resolver(() => NodeStatsUpdateType)
export class NodeStatsUpdateResolver {
  @FieldResolver(() => [NodeStatsType], { description: 'Joined the cluster, or were there at the beginning.' })
  added(@Root() step: NodesStep): readonly NodeStatsView[] {
    return step.added.map(viewNode);
  }

  @FieldResolver(() => [NodeStatsType], { description: 'Changed.' })
  changed(@Root() step: NodesStep): readonly NodeStatsView[] {
    return step.changed.map(viewNode);
  }
}

@Resolver(() => TaskUpdateType)
export class TaskUpdateResolver {
  @FieldResolver(() => TaskType, { description: 'The task as it is at this step.' })
  task(@Root() { task }: TaskStep, @Ctx() context: GatewayContext): TaskView {
    return context.shown.task(task);
  }
}
