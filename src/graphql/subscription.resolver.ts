import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, ID, Resolver, Root, Subscription } from 'type-graphql';
import { type Job, type JobState, parseIdOf, type Task, type TaskState } from '../domain/index.js';
import type { CountedStep, ListStep, TaskStep, WatchOptions } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { at, parseJobFilter, parseTaskFilter } from './filters.js';
import { JobFilterInput } from './job.input.js';
import { TaskFilterInput } from './task.input.js';
import { BackendsUpdateType, JobsUpdateType, TasksUpdateType, TaskUpdateType } from './update.type.js';

/** What type-graphql hands to `subscribe`, with the arguments of the field. */
interface Start<A> {
  readonly args: A & { readonly after?: string | null };
  readonly context: GatewayContext;
  readonly info: GraphQLResolveInfo;
}

const resumption = (argument: string | null | undefined, context: GatewayContext): Pick<WatchOptions, 'after'> => {
  const after = context.after ?? argument;
  return typeof after === 'string' ? { after } : {};
};

/** Null means the default of the argument, too. */
const watching = ({ args, context, info }: Start<object>, snapshot: boolean | null = true): WatchOptions => ({
  fields: context.fields(info),
  snapshot: snapshot ?? true,
  ...resumption(args.after, context),
});

const watchTask = (start: Start<{ readonly id: string }>): AsyncIterableIterator<TaskStep> =>
  start.context.hub.watchTask(
    at(['id'], () => parseIdOf('task', start.args.id)),
    watching(start),
  );

const watchTasks = (
  start: Start<{ readonly filter?: TaskFilterInput | null; readonly snapshot: boolean }>,
): AsyncIterableIterator<CountedStep<Task, TaskState>> =>
  start.context.hub.watchTasks(parseTaskFilter(start.context, start.args.filter), watching(start, start.args.snapshot));

const watchJobs = (
  start: Start<{ readonly filter?: JobFilterInput | null; readonly snapshot: boolean }>,
): AsyncIterableIterator<CountedStep<Job, JobState>> =>
  start.context.hub.watchJobs(parseJobFilter(start.context, start.args.filter), watching(start, start.args.snapshot));

const watchBackends = ({ args, context }: Start<object>): AsyncIterableIterator<ListStep<never>> =>
  context.hub.watchBackends(resumption(args.after, context));

const after = 'Cursor to resume after; one that is unknown or too old gives `reset: true`, never an error.';
const snapshot =
  '`false` is for lists that a query filled: after a `reset` nothing is sent but the changes from then on, and the client fetches its page again.';

/* The arguments are only declared here: `subscribe` reads them, the methods see the event alone. */
@Resolver()
export class SubscriptionResolver {
  @Subscription(() => TaskUpdateType, {
    subscribe: watchTask,
    description: 'One task until it has ended. Begins with its state now. NOT_FOUND: no such task; INVALID_INPUT: not the id of a task.',
  })
  taskProgress(
    @Root() step: TaskStep,
    @Arg('id', () => ID, { description: 'Global id of the task.' }) _id: string,
    @Arg('after', () => String, { nullable: true, description: after }) _after: string | null,
  ): TaskStep {
    return step;
  }

  @Subscription(() => TasksUpdateType, { subscribe: watchTasks, description: 'A watched list of tasks. Begins with what matches now.' })
  tasksProgress(
    @Root() step: CountedStep<Task, TaskState>,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) _filter: TaskFilterInput | null,
    @Arg('after', () => String, { nullable: true, description: after }) _after: string | null,
    @Arg('snapshot', () => Boolean, { defaultValue: true, description: snapshot }) _snapshot: boolean,
  ): CountedStep<Task, TaskState> {
    return step;
  }

  @Subscription(() => JobsUpdateType, { subscribe: watchJobs, description: 'A watched list of jobs. Begins with what matches now.' })
  jobsChanged(
    @Root() step: CountedStep<Job, JobState>,
    @Arg('filter', () => JobFilterInput, { nullable: true, description: 'Absent or null: all.' }) _filter: JobFilterInput | null,
    @Arg('after', () => String, { nullable: true, description: after }) _after: string | null,
    @Arg('snapshot', () => Boolean, { defaultValue: true, description: snapshot }) _snapshot: boolean,
  ): CountedStep<Job, JobState> {
    return step;
  }

  @Subscription(() => BackendsUpdateType, {
    subscribe: watchBackends,
    description: 'Whether the backends answer. Begins with all of them.',
  })
  backendsChanged(
    @Root() step: ListStep<never>,
    @Arg('after', () => String, { nullable: true, description: after }) _after: string | null,
  ): ListStep<never> {
    return step;
  }
}
