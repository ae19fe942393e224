import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { type Action, type DetectorRun, parseIdOf, type Task } from '../domain/index.js';
import { stamped } from '../loaders/index.js';
import { BackendType } from './backend.type.js';
import { DetectorConnectionType, TaskConnectionType } from './connection.type.js';
import type { GatewayContext } from './context.js';
import { DetectorFilterInput, DetectorOrderInput } from './detector.input.js';
import { DetectorType } from './detector.type.js';
import { readJobOf } from './detector-job.js';
import { type DetectorConnectionSource, readDetectorList } from './detector-list.js';
import { ActionEnum, DetectorRunEnum } from './enums.js';
import { at } from './filters.js';
import { JobType } from './job.type.js';
import { PageArgs, RootPageArgs } from './paging.args.js';
import { newestDetector } from './single-objects.js';
import { refuseMissing } from './sub-read.js';
import { TaskFilterInput, TaskOrderInput } from './task.input.js';
import { TaskType } from './task.type.js';
import { readTaskList, type TaskConnectionSource } from './task-list.js';
import { tasksOfDetector } from './task-scopes.js';
import type { DetectorView, JobView, TaskView } from './views.js';

/** The latest task of a run, as it came with the detector. */
const latest = async (
  { source }: DetectorView,
  task: Task | null | undefined,
  context: GatewayContext,
  info: GraphQLResolveInfo,
): Promise<TaskView | null> => {
  if (task === undefined) return refuseMissing(context, info, source.backendKey, 'TASKS');
  if (task === null) return null;
  // It may stand in this answer a second time, read later than its detector.
  await context.together(Promise.resolve());
  const [newest] = context.shown.newestTasks([stamped(task)]);
  return context.shown.task(newest ?? stamped(task));
};

@Resolver(() => DetectorType)
export class DetectorResolver {
  @Query(() => DetectorType, {
    nullable: true,
    description: 'Null: no such detector. Null with an error: not known now, or not the id of a detector (extensions.code).',
  })
  async detector(
    @Arg('id', () => ID, { description: 'Global id.' }) id: string,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorView | null> {
    const parsed = at(['id'], () => parseIdOf('detector', id));
    const read = await context.loaders(info).detector(parsed);
    const detector = read && (await newestDetector(context, info, read));
    return detector && context.shown.detector(detector);
  }

  @Query(() => DetectorConnectionType, {
    description:
      'Detectors of all backends that the filter can touch; a product without detectors has none. A backend that fails is an entry in `unavailable`. INVALID_INPUT: a malformed id, cursor or `first`; NOT_FOUND: a backend in the filter is not configured.',
  })
  detectors(
    @Arg('filter', () => DetectorFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: DetectorFilterInput | null,
    @Arg('orderBy', () => DetectorOrderInput, { nullable: true, description: 'Absent or null: by name.' })
    orderBy: DetectorOrderInput | null,
    @Args(() => RootPageArgs) page: RootPageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorConnectionSource> {
    return readDetectorList(context, info, { filter, orderBy, ...page });
  }

  @FieldResolver(() => BackendType, { description: 'Whose detector it is.' })
  backend(@Root() { source }: DetectorView, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(source.backendKey);
  }

  @FieldResolver(() => JobType, {
    description:
      'Its real-time run as a job, that can be opened and closed like any other; CLOSED when it was never started. Comes with the detector.',
  })
  async job(@Root() { source }: DetectorView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<JobView> {
    return context.shown.job(await readJobOf(context, info, source));
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'The latest real-time run, also one that has ended; null when it was never started, or the vendor has dropped it. Comes with the detector.',
  })
  realtimeTask(@Root() view: DetectorView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<TaskView | null> {
    return latest(view, view.source.realtimeTask, context, info);
  }

  @FieldResolver(() => TaskType, {
    nullable: true,
    description:
      'The latest historical run, also one that has ended; null when it was never started, or the vendor has dropped it. Comes with the detector.',
  })
  historicalTask(@Root() view: DetectorView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<TaskView | null> {
    return latest(view, view.source.historicalTask, context, info);
  }

  @FieldResolver(() => TaskConnectionType, {
    description:
      'Its runs, the ended ones its vendor remembers included; tasks of single entities only when the filter asks for them. One call for all detectors of a backend together.',
  })
  tasks(
    @Root() { source }: DetectorView,
    @Arg('filter', () => TaskFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: TaskFilterInput | null,
    @Arg('orderBy', () => TaskOrderInput, { nullable: true, description: 'Absent or null: newest first.' }) orderBy: TaskOrderInput | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<TaskConnectionSource> {
    const scope = tasksOfDetector(source, context.ownerOf(source.backendKey));
    return readTaskList(context, info, { filter, orderBy, ...page }, scope);
  }

  @FieldResolver(() => [ActionEnum], {
    description:
      "What would be accepted now for the run, by the vendor's rules: START_DETECTOR while it stands, STOP_DETECTOR while it runs. Empty when the backend is read-only, or the state is not readable.",
  })
  allowedActions(
    @Root() { actions }: DetectorView,
    @Arg('run', () => DetectorRunEnum, { defaultValue: 'REALTIME', description: 'Which run: the two differ.' }) run: DetectorRun,
  ): readonly Action[] {
    return actions[run];
  }
}
