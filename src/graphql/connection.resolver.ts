import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Detector, Job, Revised, Task } from '../domain/index.js';
import { BackendFailureType } from './backend.type.js';
import type { ConnectionSource, EdgeSource } from './connection.js';
import {
  DetectorConnectionType,
  DetectorEdgeType,
  JobConnectionType,
  JobEdgeType,
  PartialListInterface,
  TaskConnectionType,
  TaskEdgeType,
} from './connection.type.js';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import type { DetectorConnectionSource } from './detector-list.js';
import { JobStateCountType, JobType } from './job.type.js';
import type { JobConnectionSource } from './job-list.js';
import { TaskStateCountType, TaskType } from './task.type.js';
import type { TaskConnectionSource } from './task-list.js';
import type { DetectorView, JobView, TaskView } from './views.js';

@Resolver(() => PartialListInterface)
export class PartialListResolver {
  @FieldResolver(() => [BackendFailureType], { description: 'What is missing from this list and why; empty when nothing is.' })
  unavailable(@Root() list: ConnectionSource<unknown, unknown>): readonly BackendFailureType[] {
    return list.unavailable;
  }
}

@Resolver(() => JobConnectionType)
export class JobConnectionResolver {
  @FieldResolver(() => [JobEdgeType], { description: 'The rows with their cursors.' })
  edges(@Root() list: JobConnectionSource): readonly EdgeSource<Revised<Job>>[] {
    return list.edges;
  }

  @FieldResolver(() => [JobType], { description: 'The rows without their cursors.' })
  nodes(@Root() list: JobConnectionSource, @Ctx() context: GatewayContext): readonly JobView[] {
    return list.edges.map(({ value }) => context.shown.job(value));
  }

  @FieldResolver(() => [JobStateCountType], { description: 'On all pages together, of the backends that answered.' })
  stateCounts(@Root() list: JobConnectionSource): JobConnectionSource['stateCounts'] {
    return list.stateCounts;
  }
}

@Resolver(() => JobEdgeType)
export class JobEdgeResolver {
  @FieldResolver(() => JobType, { description: 'The job.' })
  node(@Root() { value }: EdgeSource<Revised<Job>>, @Ctx() context: GatewayContext): JobView {
    return context.shown.job(value);
  }
}

@Resolver(() => TaskConnectionType)
export class TaskConnectionResolver {
  @FieldResolver(() => [TaskEdgeType], { description: 'The rows with their cursors.' })
  edges(@Root() list: TaskConnectionSource): readonly EdgeSource<Revised<Task>>[] {
    return list.edges;
  }

  @FieldResolver(() => [TaskType], { description: 'The rows without their cursors.' })
  nodes(@Root() list: TaskConnectionSource, @Ctx() context: GatewayContext): readonly TaskView[] {
    return list.edges.map(({ value }) => context.shown.task(value));
  }

  @FieldResolver(() => [TaskStateCountType], { description: 'On all pages together, of the backends that answered.' })
  stateCounts(@Root() list: TaskConnectionSource): TaskConnectionSource['stateCounts'] {
    return list.stateCounts;
  }
}

@Resolver(() => TaskEdgeType)
export class TaskEdgeResolver {
  @FieldResolver(() => TaskType, { description: 'The task.' })
  node(@Root() { value }: EdgeSource<Revised<Task>>, @Ctx() context: GatewayContext): TaskView {
    return context.shown.task(value);
  }
}

@Resolver(() => DetectorConnectionType)
export class DetectorConnectionResolver {
  @FieldResolver(() => [DetectorEdgeType], { description: 'The rows with their cursors.' })
  edges(@Root() list: DetectorConnectionSource): readonly EdgeSource<Revised<Detector>>[] {
    return list.edges;
  }

  @FieldResolver(() => [DetectorType], { description: 'The rows without their cursors.' })
  nodes(@Root() list: DetectorConnectionSource, @Ctx() context: GatewayContext): readonly DetectorView[] {
    return list.edges.map(({ value }) => context.shown.detector(value));
  }
}

@Resolver(() => DetectorEdgeType)
export class DetectorEdgeResolver {
  @FieldResolver(() => DetectorType, { description: 'The detector.' })
  node(@Root() { value }: EdgeSource<Revised<Detector>>, @Ctx() context: GatewayContext): DetectorView {
    return context.shown.detector(value);
  }
}
