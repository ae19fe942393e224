import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { parseId, type Revised, type Task } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { JobType } from './job.type.js';
import { BackendUnavailableErrorType, ConflictErrorType, MutationErrorInterface } from './mutation-error.type.js';
import type { MutationErrorSource } from './mutation-errors.js';
import { CancelTaskPayloadType, JobOutcomeType, JobPayloadInterface, JobsPayloadInterface } from './payload.type.js';
import type { JobPayloadSource, JobsPayloadSource } from './run-job-verb.js';
import type { PayloadSource } from './run-verb.js';
import { settle } from './settle.js';
import { newestJob } from './single-objects.js';
import { TaskType } from './task.type.js';
import type { JobView, TaskView } from './views.js';

const taskOf = (task: Revised<Task>, context: GatewayContext): TaskView => {
  const [newest] = context.shown.newestTasks([task]);
  return context.shown.task(newest ?? task);
};

@Resolver(() => JobPayloadInterface)
export class JobPayloadResolver {
  @FieldResolver(() => JobType, {
    nullable: true,
    description:
      'As it is now, also when the verb was refused: it shows the state and the actions allowed. Null when there is no such job, or it cannot be read.',
  })
  async job(@Root() { job }: JobPayloadSource, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<JobView | null> {
    return job && context.shown.job((await newestJob(context, info, job)) ?? job);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'What the verb began; watch it with taskProgress. Of a reset with `closeFirst` it is the parent of both: counts are on its children, `tasksProgress(filter: { parents: [id] })`. Null when it was refused, or there is nothing to watch because it was done at once.',
  })
  async task(
    @Root() { job, task }: JobPayloadSource,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskView | null> {
    if (!task) return null;
    // `job.currentTask` is read after the verb: were this an older copy of it, one answer would hold two versions of one object.
    if (job) await newestJob(context, info, job);
    const read =
      job && context.fields(info).has('Job.currentTask') ? await settle(context.loaders(info).tasks(task.backendKey)) : undefined;
    const listed = read?.ok ? read.value.items.find(({ id }) => id === task.id) : undefined;
    return taskOf(listed ?? task, context);
  }

  @FieldResolver(() => [MutationErrorInterface], {
    description:
      'What is known when answering; empty when nothing speaks against it. Later failures are in `task.error`, with the same codes.',
  })
  errors(@Root() { errors }: JobPayloadSource): readonly MutationErrorSource[] {
    return errors;
  }
}

@Resolver(() => JobsPayloadInterface)
export class JobsPayloadResolver {
  @FieldResolver(() => [JobOutcomeType], { description: 'In the order of the input, one for each distinct id.' })
  results(@Root() { results }: JobsPayloadSource): JobsPayloadSource['results'] {
    return results;
  }

  @FieldResolver(() => [MutationErrorInterface], { description: 'About the whole request; empty when it was tried.' })
  errors(@Root() { errors }: JobsPayloadSource): readonly MutationErrorSource[] {
    return errors;
  }
}

@Resolver(() => CancelTaskPayloadType)
export class CancelTaskPayloadResolver {
  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'As it is now: the vendor ends it at its next step, not at once. Null when there is no such task, or it cannot be read.',
  })
  task(@Root() { task }: PayloadSource, @Ctx() context: GatewayContext): TaskView | null {
    return task && taskOf(task, context);
  }

  @FieldResolver(() => [MutationErrorInterface], { description: 'Why it cannot be cancelled; empty when the vendor was told to.' })
  errors(@Root() { errors }: PayloadSource): readonly MutationErrorSource[] {
    return errors;
  }
}

@Resolver(() => ConflictErrorType)
export class ConflictErrorResolver {
  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'What is in the way; null when the vendor does not say, or it cannot be read now.',
  })
  async task(
    @Root() { taskId }: MutationErrorSource,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskView | null> {
    if (taskId === undefined) return null;
    // The error is the answer; that its task cannot be read must not replace it by another error.
    const loaders = context.loaders(info);
    const read = await settle(loaders.task(parseId(taskId)));
    if (!read.ok || !read.value) return null;
    // A vendor may name the second entry of work that was handed on to another node; the lists show the first.
    const above = read.value.parentId === null ? undefined : await settle(loaders.task(parseId(read.value.parentId)));
    const isSecond = above?.ok && above.value?.vendorType === read.value.vendorType;
    return taskOf(isSecond ? above.value : read.value, context);
  }
}

@Resolver(() => BackendUnavailableErrorType)
export class BackendUnavailableErrorResolver {
  @FieldResolver(() => BackendType, { description: 'Who did not answer.' })
  backend(@Root() { backendKey }: MutationErrorSource, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(backendKey ?? '');
  }
}
