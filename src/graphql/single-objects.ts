import type { GraphQLResolveInfo } from 'graphql';
import type { Detector, Job, Revised, Task } from '../domain/index.js';
import type { GatewayContext } from './context.js';
import { prefetchDetectorRelations } from './detector-list.js';
import { createFailures } from './failures.js';
import { prefetchJobRelations } from './job-list.js';
import { settle } from './settle.js';
import { prefetchTaskRelations } from './task-relations.js';

/*
 * Objects that an answer shows by themselves, as they are known when what is wanted below them has been read: an event that was sent meanwhile is in the
 * answer, too, and a cache that takes the answer for news is not put back. What fails below is the matter of its own field. Null: it is gone by now.
 */

const readTasksBelow = async (context: GatewayContext, info: GraphQLResolveInfo, { backendKey }: Job): Promise<void> => {
  const fields = context.fields(info);
  const isRemembered = context.ownerOf(backendKey).adapter.listTasks !== undefined;
  if (fields.has('Job.currentTask') || (fields.has('Job.tasks') && !isRemembered)) await settle(context.loaders(info).tasks(backendKey));
};

export const newestJob = async (context: GatewayContext, info: GraphQLResolveInfo, job: Revised<Job>): Promise<Revised<Job> | null> => {
  await Promise.all([readTasksBelow(context, info, job), prefetchJobRelations(context, info, [job], createFailures(context, []))]);
  return context.shown.newestJobs([job])[0] ?? null;
};

export const newestTask = async (context: GatewayContext, info: GraphQLResolveInfo, task: Revised<Task>): Promise<Revised<Task> | null> => {
  await prefetchTaskRelations(context, info, [task], createFailures(context, []));
  return context.shown.newestTasks([task])[0] ?? null;
};

export const newestDetector = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  detector: Revised<Detector>,
): Promise<Revised<Detector> | null> => {
  await prefetchDetectorRelations(context, info, [detector], createFailures(context, []));
  return context.shown.newestDetectors([detector])[0] ?? null;
};
