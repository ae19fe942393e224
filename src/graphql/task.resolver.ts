import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { parseId, parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { TaskConnectionType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { at } from './filters.js';
import { JobType } from './job.type.js';
import { NodeStatsType } from './node-stats.type.js';
import { PageArgs, RootPageArgs } from './paging.args.js';
import { newestTask } from './single-objects.js';
import { subRead } from './sub-read.js';
import { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { TaskType } from './task.type.js';
import { jobIdOf } from './task-job.js';
import { readTaskList, type TaskConnectionSource } from './task-list.js';
import { detectorIdOf } from './task-relations.js';
import { allTasks, childrenOf } from './task-scopes.js';
import { type DetectorView, type JobView, type NodeStatsView, nodeNamed, type TaskView, viewNode } from './views.js';

@Resolver(() => TaskType)
export class TaskResolver {
  @Query(() => TaskType, {
    nullable: true,
    description:
      'Null: no such task, or its vendor has forgotten it and the gateway did not see it end. Null with an error: not known now, or not the id of a task (extensions.code).',
  })
  async task(
    @Arg('id', () => ID, { description: 'Global id; without its `~incarnation` the latest task of that name.' }) id: string,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskView | null> {
    const parsed = at(['id'], () => parseIdOf('task', id));
    const read = await context.loaders(info).task(parsed);
    const task = read && (await newestTask(context, info, read));
    return task && context.shown.task(task);
  }

  @Query(() => TaskConnectionType, {
    description:
      'Tasks of all backends that the filter can touch: the unfinished ones, the ends of those the gateway started or saw end, and, where the vendor remembers them, the other ended ones. A backend that fails is an entry in `unavailable`. INVALID_INPUT: a malformed id, cursor or `first`; NOT_FOUND: a backend in the filter is not configured.',
  })
  tasks(
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Args(() => RootPageArgs) page: RootPageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    return readTaskList(context, info, { filter, orderBy, ...page }, allTasks(context.backends.all));
  }

  @FieldResolver(() => BackendType, { description: 'Where it runs.' })
  backend(@Root() { source }: TaskView, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(source.backendKey);
  }

  @FieldResolver(() => JobType, {
    nullable: true,
    description:
      'The job it works on, of a real-time run the job of its detector; null when it is not about one job, or the job is gone. One call for all tasks of a backend together.',
  })
  async job(@Root() { source }: TaskView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<JobView | null> {
    const id = jobIdOf(source, context.ownerOf(source.backendKey));
    const job = id ? await subRead(info, context.loaders(info).job(id)) : null;
    return job && context.shown.job(job);
  }

  @FieldResolver(() => DetectorType, {
    nullable: true,
    description:
      'The detector it works for; null when it works for none, or the detector is gone. One call for all tasks of a backend together.',
  })
  async detector(
    @Root() { source }: TaskView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorView | null> {
    const id = detectorIdOf(source);
    const detector = id ? await subRead(info, context.loaders(info).detector(id)) : null;
    return detector && context.shown.detector(detector);
  }

  @FieldResolver(() => NodeStatsType, {
    nullable: true,
    description:
      'The node that coordinates it; null where the vendor does not say. What is wanted of it beside its id is one call for all.',
  })
  coordinatingNode(@Root() { source }: TaskView): NodeStatsView | null {
    return source.coordinatingNodeId ? viewNode(nodeNamed(source.backendKey, source.coordinatingNodeId)) : null;
  }

  @FieldResolver(() => NodeStatsType, {
    nullable: true,
    description: 'The node that does its work; null where the vendor does not say. What is wanted of it beside its id is one call for all.',
  })
  workerNode(@Root() { source }: TaskView): NodeStatsView | null {
    return source.workerNodeId ? viewNode(nodeNamed(source.backendKey, source.workerNodeId)) : null;
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'The task it is part of; null when it stands alone, or that one is forgotten.',
  })
  async parent(@Root() { source }: TaskView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<TaskView | null> {
    const task = source.parentId === null ? null : await subRead(info, context.loaders(info).task(parseId(source.parentId)));
    return task && context.shown.task(task);
  }

  @FieldResolver(() => TaskConnectionType, {
    description:
      'The tasks that are part of it: the steps of one the gateway runs, the entity tasks of a historical run. One call for all tasks of a backend together. For their number by state `stateCounts` is enough.',
  })
  children(
    @Root() { source }: TaskView,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    return readTaskList(context, info, { filter, orderBy, ...page }, childrenOf(source, context.ownerOf(source.backendKey)));
  }
}
