import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { isUnfinished, type Progress, parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { JobConnectionType, TaskConnectionType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { DatafeedType } from './datafeed.type.js';
import { DetectorType } from './detector.type.js';
import { at } from './filters.js';
import { JobFilterInput, JobOrderInput } from './job.input.js';
import { JobType } from './job.type.js';
import { JobDetails, type JobDetailsSource } from './job-details.type.js';
import { readDetectorOf } from './job-detector.js';
import { type JobConnectionSource, readJobList } from './job-list.js';
import { NodeStatsType } from './node-stats.type.js';
import { PageArgs, RootPageArgs } from './paging.args.js';
import { newestJob } from './single-objects.js';
import { refuseMissing, subRead } from './sub-read.js';
import { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { TaskType } from './task.type.js';
import { currentTaskOf } from './task-job.js';
import { readTaskList, type TaskConnectionSource } from './task-list.js';
import { tasksOfJob } from './task-scopes.js';
import { ProgressType } from './values.js';
import { type DatafeedView, type DetectorView, type JobView, type NodeStatsView, type TaskView, viewDatafeed, viewNode } from './views.js';

@Resolver(() => JobType)
export class JobResolver {
  @Query(() => JobType, {
    nullable: true,
    description: 'Null: no such job. Null with an error: not known now, or not the id of a job (extensions.code).',
  })
  async job(
    @Arg('id', () => ID, { description: 'Global id; without its `~incarnation` the latest job of that name.' }) id: string,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobView | null> {
    const parsed = at(['id'], () => parseIdOf('job', id));
    const read = await context.loaders(info).job(parsed);
    const job = read && (await newestJob(context, info, read));
    return job && context.shown.job(job);
  }

  @Query(() => JobConnectionType, {
    description:
      'Jobs of all backends that the filter can touch. A backend that fails is an entry in `unavailable`. INVALID_INPUT: a malformed id, cursor or `first`; NOT_FOUND: a backend in the filter is not configured.',
  })
  jobs(
    @Arg('filter', () => JobFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: JobFilterInput | null,
    @Arg('orderBy', () => JobOrderInput, { nullable: true, description: 'Absent or null: by id.' }) orderBy: JobOrderInput | null,
    @Args(() => RootPageArgs) page: RootPageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobConnectionSource> {
    return readJobList(context, info, { filter, orderBy, ...page });
  }

  @FieldResolver(() => BackendType, { description: 'Whose job it is.' })
  backend(@Root() { source }: JobView, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(source.backendKey);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: "The vendor's word for the state; null where it gave none (state not readable).",
  })
  vendorState(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): string | null {
    return source.vendorState === undefined ? refuseMissing(context, info, source.backendKey, 'STATE') : source.vendorState;
  }

  @FieldResolver(() => ProgressType, {
    nullable: true,
    description: 'Records, intervals or bytes worked on, whatever this vendor counts; null when statistics are not readable.',
  })
  processed(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Progress | null {
    return source.processed === undefined ? refuseMissing(context, info, source.backendKey, 'STATISTICS') : source.processed;
  }

  @FieldResolver(() => NodeStatsType, {
    nullable: true,
    description: 'The cluster node it runs on; null while it runs on none, or statistics are not readable.',
  })
  node(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): NodeStatsView | null {
    if (source.node === undefined) return refuseMissing(context, info, source.backendKey, 'STATISTICS');
    return source.node && viewNode(source.node);
  }

  @FieldResolver(() => DatafeedType, { nullable: true, description: 'What feeds it. Elasticsearch only; null when it has none.' })
  datafeed(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): DatafeedView | null {
    if (source.datafeed === undefined) return refuseMissing(context, info, source.backendKey, 'DATAFEEDS');
    return source.datafeed && viewDatafeed(source.datafeed);
  }

  @FieldResolver(() => DetectorType, {
    nullable: true,
    description:
      'The detector it is the real-time job of; null for a job that is not one, or when the detector is gone. Comes with the job, or costs one call for all jobs of a backend together.',
  })
  async detector(
    @Root() { source }: JobView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorView | null> {
    const detector = await subRead(info, readDetectorOf(context, info, source));
    return detector && context.shown.detector(detector);
  }

  @FieldResolver(() => TaskConnectionType, {
    description:
      'Its unfinished tasks, and the ends of those the gateway started or saw end; where the vendor remembers ended ones, those too. One call for all jobs of a backend together.',
  })
  tasks(
    @Root() { source }: JobView,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    return readTaskList(context, info, { filter, orderBy, ...page }, tasksOfJob(source, context.ownerOf(source.backendKey)));
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'The unfinished task; null when there is none; of several the newest that is part of no other. One call for all jobs of a backend together.',
  })
  async currentTask(
    @Root() { source }: JobView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskView | null> {
    const tasks = await subRead(info, context.together(context.loaders(info).tasks(source.backendKey)));
    const read = tasks && currentTaskOf(source, tasks.items);
    // The list may have been read a while ago: a task that has ended since is none any more.
    const [task] = read ? context.shown.newestTasks([read]) : [];
    return task && isUnfinished(task) ? context.shown.task(task) : null;
  }

  @FieldResolver(() => JobDetails, {
    nullable: true,
    description: 'What only its vendor knows; null where that is nothing, or statistics are not readable.',
  })
  details(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): JobDetailsSource | null {
    if (source.details === undefined) return refuseMissing(context, info, source.backendKey, 'STATISTICS');
    return source.details && { ...source.details, jobId: source.id };
  }
}
