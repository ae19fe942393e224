import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { Job, JobState, Revised, Task, TaskState } from '../domain/index.js';
import type { CountedStep, ListStep, TaskStep } from '../progress/hub.js';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { JobStateCountType, JobType } from './job.type.js';
import { TaskStateCountType, TaskType } from './task.type.js';
import { JobsUpdateType, ListUpdateInterface, TasksUpdateType, TaskUpdateType } from './update.type.js';
import { type JobView, type TaskView, viewBackend, viewJob, viewTask } from './views.js';

type JobsStep = CountedStep<Job, JobState>;
type TasksStep = CountedStep<Task, TaskState>;

const viewJobs = (jobs: readonly Revised<Job>[], context: GatewayContext): readonly JobView[] =>
  jobs.map((job) => viewJob(job, context.ownerOf(job.backendKey)));
const viewTasks = (tasks: readonly Revised<Task>[], context: GatewayContext): readonly TaskView[] =>
  tasks.map((task) => viewTask(task, context.ownerOf(task.backendKey)));

const added = 'Began to match.';
const changed = 'Still match, and changed. May be beyond the pages you hold.';

@Resolver(() => ListUpdateInterface)
export class ListUpdateResolver {
  @FieldResolver(() => [BackendType], {
    description: 'Those whose health changed: one entry instead of every object of theirs. All of them in the first message.',
  })
  backends(@Root() { backends }: ListStep<unknown>): BackendType[] {
    return backends.map(viewBackend);
  }
}

@Resolver(() => JobsUpdateType)
export class JobsUpdateResolver {
  @FieldResolver(() => [JobType], { description: added })
  added(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return viewJobs(step.added, context);
  }

  @FieldResolver(() => [JobType], { description: changed })
  changed(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return viewJobs(step.changed, context);
  }

  @FieldResolver(() => [JobType], { description: 'Stopped matching, in the state that made them.' })
  left(@Root() step: JobsStep, @Ctx() context: GatewayContext): readonly JobView[] {
    return viewJobs(step.left, context);
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
    return viewTasks(step.added, context);
  }

  @FieldResolver(() => [TaskType], { description: changed })
  changed(@Root() step: TasksStep, @Ctx() context: GatewayContext): readonly TaskView[] {
    return viewTasks(step.changed, context);
  }

  @FieldResolver(() => [TaskType], {
    description: 'Stopped matching, in the state that made them: for a filter on RUNNING, how the task ended.',
  })
  left(@Root() step: TasksStep, @Ctx() context: GatewayContext): readonly TaskView[] {
    return viewTasks(step.left, context);
  }

  @FieldResolver(() => [TaskStateCountType], { description: 'Of all that match now.' })
  stateCounts(@Root() step: TasksStep): TasksStep['stateCounts'] {
    return step.stateCounts;
  }
}

@Resolver(() => TaskUpdateType)
export class TaskUpdateResolver {
  @FieldResolver(() => TaskType, { description: 'The task as it is at this step.' })
  task(@Root() { task }: TaskStep, @Ctx() context: GatewayContext): TaskView {
    return viewTask(task, context.ownerOf(task.backendKey));
  }
}
