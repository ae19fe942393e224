import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, ArgsType, Field, ID, Resolver, Root, Subscription } from 'type-graphql';
import { type ClusterNode, type Detector, type Job, type JobState, parseIdOf, type Task, type TaskState } from '../domain/index.js';
import type { CountedStep, ListStep, TaskStep, WatchOptions } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { DetectorFilterInput } from './detector.input.js';
import { at, parseDetectorFilter, parseJobFilter, parseTaskFilter } from './filters.js';
import { JobFilterInput } from './job.input.js';
import { parseNodes } from './node-stats-list.js';
import { TaskFilterInput } from './task.input.js';
import {
  BackendsUpdateType,
  DetectorsUpdateType,
  JobsUpdateType,
  NodeStatsUpdateType,
  TasksUpdateType,
  TaskUpdateType,
} from './update.type.js';

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

const watchDetectors = (
  start: Start<{ readonly filter?: DetectorFilterInput | null; readonly snapshot: boolean }>,
): AsyncIterableIterator<ListStep<Detector>> =>
  start.context.hub.watchDetectors(parseDetectorFilter(start.context, start.args.filter), watching(start, start.args.snapshot));

const watchNodes = (
  start: Start<{ readonly backend: string; readonly nodes?: readonly string[] | null }>,
): AsyncIterableIterator<ListStep<ClusterNode>> => {
  const { key, ids } = parseNodes(start.context, start.args.backend, start.args.nodes);
  return start.context.hub.watchNodes(
    key,
    ids?.map(({ native }) => native),
    watching(start),
  );
};

const watchBackends = ({ args, context }: Start<object>): AsyncIterableIterator<ListStep<never>> =>
  context.hub.watchBackends(resumption(args.after, context));

/** Of every subscription. */
@ArgsType()
class ResumeArgs {
  @Field(() => String, {
    nullable: true,
    description: 'Cursor to resume after; one that is unknown or too old gives `reset: true`, never an error.',
  })
  after!: string | null | undefined;
}

/** Of a watched list that a query may have filled. */
@ArgsType()
class WatchArgs extends ResumeArgs {
  @Field(() => Boolean, {
    defaultValue: true,
    description:
      '`false` is for lists that a query filled: after a `reset` nothing is sent but the changes from then on, and the client fetches its page again.',
  })
  snapshot!: boolean;
}

/* The arguments are only declared here: `subscribe` reads them, the methods see the event alone. */
@Resolver()
export class SubscriptionResolver {
  @Subscription(() => TaskUpdateType, {
    subscribe: watchTask,
    description:
      'One task until it has ended. Begins with its state now; after a cursor of its own, with the next change. NOT_FOUND: no such task; INVALID_INPUT: not the id of a task.',
  })
  taskProgress(
    @Root() step: TaskStep,
    @Arg('id', () => ID, { description: 'Global id of the task.' }) _id: string,
    @Args(() => ResumeArgs) _resume: ResumeArgs,
  ): TaskStep {
    return step;
  }

  @Subscription(() => TasksUpdateType, {
    subscribe: watchTasks,
    description:
      'A watched list of tasks: the unfinished ones, and the ends of those the gateway started or saw end. Begins with what matches now. Other ended ones that a vendor remembers stand still: they are in it only where the filter has `detectors` or asks for tasks of single entities (`parents`, `kinds`, `includeEntities`), while the query `tasks` shows them always.',
  })
  tasksProgress(
    @Root() step: CountedStep<Task, TaskState>,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) _filter: TaskFilterInput | null,
    @Args(() => WatchArgs) _watch: WatchArgs,
  ): CountedStep<Task, TaskState> {
    return step;
  }

  @Subscription(() => JobsUpdateType, { subscribe: watchJobs, description: 'A watched list of jobs. Begins with what matches now.' })
  jobsChanged(
    @Root() step: CountedStep<Job, JobState>,
    @Arg('filter', () => JobFilterInput, { nullable: true, description: 'Absent or null: all.' }) _filter: JobFilterInput | null,
    @Args(() => WatchArgs) _watch: WatchArgs,
  ): CountedStep<Job, JobState> {
    return step;
  }

  @Subscription(() => DetectorsUpdateType, {
    subscribe: watchDetectors,
    description:
      'A watched list of detectors. Begins with what matches now. A detector changes with its job and its two latest tasks; not with what it finds (`anomalies`) or holds in memory (`profile`).',
  })
  detectorsChanged(
    @Root() step: ListStep<Detector>,
    @Arg('filter', () => DetectorFilterInput, { nullable: true, description: 'Absent or null: all.' }) _filter: DetectorFilterInput | null,
    @Args(() => WatchArgs) _watch: WatchArgs,
  ): ListStep<Detector> {
    return step;
  }

  @Subscription(() => NodeStatsUpdateType, {
    subscribe: watchNodes,
    description:
      "The nodes of a backend's cluster with their statistics. Begins with all of them, or those named, whatever `after` says. The selection decides what is asked of the cluster. NOT_FOUND: the backend is not configured; INVALID_INPUT: a malformed id, or a node of another backend.",
  })
  nodeStatsUpdated(
    @Root() step: ListStep<ClusterNode>,
    @Arg('backend', () => ID, { description: 'Global id of the backend.' }) _backend: string,
    @Arg('nodes', () => [ID], { nullable: true, description: 'Global ids, at most 500. Absent or null: all.' }) _nodes: string[] | null,
    @Args(() => ResumeArgs) _resume: ResumeArgs,
  ): ListStep<ClusterNode> {
    return step;
  }

  @Subscription(() => BackendsUpdateType, {
    subscribe: watchBackends,
    description: 'Whether the backends answer. Begins with all of them, whatever `after` says.',
  })
  backendsChanged(@Root() step: ListStep<never>, @Args(() => ResumeArgs) _resume: ResumeArgs): ListStep<never> {
    return step;
  }
}
