import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Int, Query, Resolver, Root } from 'type-graphql';
import { parseId, parseIdOf, type Task } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { TaskConnectionType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { at } from './filters.js';
import { JobType } from './job.type.js';
import { subRead } from './sub-read.js';
import { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { TaskType } from './task.type.js';
import { jobIdOf } from './task-job.js';
import { readTaskList, type TaskConnectionSource } from './task-list.js';
import { type JobView, type TaskView, viewBackend, viewJob, viewTask } from './views.js';

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
    const task = await context.loaders(info).task(parsed);
    return task && viewTask(task, context.ownerOf(task.backendKey));
  }

  @Query(() => TaskConnectionType, {
    description:
      'Unfinished tasks of all backends that the filter can touch, and the ends of those the gateway started or saw end. A backend that fails is an entry in `unavailable`. INVALID_INPUT: a malformed id, cursor or `first`; NOT_FOUND: a backend in the filter is not configured.',
  })
  tasks(
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 50, description: 'Rows of the page, 0 to 500. Null: 50.' }) first:
      | number
      | null,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' }) after: string | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    const scope = { name: 'tasks', backends: context.backends.all, holds: () => true, defaultFirst: 50 };
    return readTaskList(context, info, { filter, orderBy, first, after }, scope);
  }

  @FieldResolver(() => BackendType, { description: 'Where it runs.' })
  backend(@Root() { source }: TaskView, @Ctx() context: GatewayContext): BackendType {
    return viewBackend(context.ownerOf(source.backendKey));
  }

  @FieldResolver(() => JobType, {
    nullable: true,
    description:
      'The job it works on; null when it is not about one job, or the job is gone. One call for all tasks of a backend together.',
  })
  async job(@Root() { source }: TaskView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<JobView | null> {
    const id = jobIdOf(source);
    const job = id ? await subRead(info, context.loaders(info).job(id)) : null;
    return job && viewJob(job, context.ownerOf(job.backendKey));
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description: 'The task it is part of; null when it stands alone, or that one is forgotten.',
  })
  async parent(@Root() { source }: TaskView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<TaskView | null> {
    const task = source.parentId === null ? null : await subRead(info, context.loaders(info).task(parseId(source.parentId)));
    return task && viewTask(task, context.ownerOf(task.backendKey));
  }

  @FieldResolver(() => TaskConnectionType, { description: 'The tasks that are part of it. One call for all tasks of a backend together.' })
  children(
    @Root() { source }: TaskView,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Arg('first', () => Int, { nullable: true, defaultValue: 20, description: 'Rows of the page, 0 to 500. Null: 20.' }) first:
      | number
      | null,
    @Arg('after', () => String, { nullable: true, description: '`endCursor` of the page before.' }) after: string | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    const holds = (task: Task): boolean => task.parentId === source.id;
    return readTaskList(
      context,
      info,
      { filter, orderBy, first, after },
      { name: `children of ${source.id}`, backends: [context.ownerOf(source.backendKey)], holds, defaultFirst: 20 },
    );
  }
}
