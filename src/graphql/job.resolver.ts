import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { isUnfinished, type Progress, parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { JobConnectionType, TaskConnectionType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { DatafeedType } from './datafeed.type.js';
import { at } from './filters.js';
import { JobFilterInput, JobOrderInput } from './job.input.js';
import { JobType } from './job.type.js';
import { JobDetails, type JobDetailsSource } from './job-details.type.js';
import { type JobConnectionSource, readJobList } from './job-list.js';
import { NodeStatsType } from './node-stats.type.js';
import { refuseMissing, subRead } from './sub-read.js';
import { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { TaskType } from './task.type.js';
import { currentTaskOf, worksOn } from './task-job.js';
import { readTaskList, type TaskConnectionSource } from './task-list.js';
import { ProgressType } from './values.js';
import {
  type DatafeedView,
  type JobView,
  type NodeStatsView,
  type TaskView,
  viewBackend,
  viewDatafeed,
  viewJob,
  viewNode,
  viewTask,
} from './views.js';

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
    const job = await context.loaders(info).job(parsed);
    return job && viewJob(job, context.ownerOf(job.backendKey));
  }

  @Query(() => JobConnectionType, {
    description:
      'Jobs of all backends that the filter can touch. A backend that fails is an entry in `unavailable`. INVALID_INPUT: a malformed id, cursor or `first`; NOT_FOUND: a backend in the filter is not configured.',
  })
  jobs(
    @Arg('filter', () => JobFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: JobFilterInput | null,
    @Arg('orderBy', () => JobOrderInput, { nullable: true, description: 'Absent or null: by id.' }) orderBy: JobOrderInput | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50, description: 'Rows of the page, 0 to 500. Null: 50.' }) first:
      | number
      | null,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' }) after: string | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<JobConnectionSource> {
    return readJobList(context, info, { filter, orderBy, first, after });
  }

  @FieldResolver(() => BackendType, { description: 'Whose job it is.' })
  backend(@Root() { source }: JobView, @Ctx() context: GatewayContext): BackendType {
    return viewBackend(context.ownerOf(source.backendKey));
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

  @FieldResolver(() => TaskConnectionType, {
    description: 'Its unfinished tasks, and the ends of those the gateway started or saw end. One call for all jobs of a backend together.',
  })
  tasks(
    @Root() { source }: JobView,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: 'Rows of the page, 0 to 500. Null: 20.' }) first:
      | number
      | null,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' }) after: string | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    const scope = {
      name: `tasks of ${source.id}`,
      backends: [context.ownerOf(source.backendKey)],
      holds: (task: Parameters<typeof worksOn>[0]) => worksOn(task, source),
      defaultFirst: 20,
    };
    return readTaskList(context, info, { filter, orderBy, first, after }, scope);
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
    const tasks = await subRead(info, context.loaders(info).tasks(source.backendKey));
    const read = tasks && currentTaskOf(source, tasks.items);
    // The list may have been read a while ago: a task that has ended since is none any more.
    const [task] = read ? context.ledger.newestTasks([read]) : [];
    return task && isUnfinished(task) ? viewTask(task, context.ownerOf(task.backendKey)) : null;
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
