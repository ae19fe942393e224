import type { GraphQLResolveInfo } from 'graphql';
import { type GlobalId, parseId, type Task } from '../domain/index.js';
import type { GatewayContext } from './context.js';
import type { Failures } from './failures.js';
import { prefetchMessages } from './job-messages.js';
import { prefetchNodes } from './node-stats-list.js';
import { settle } from './settle.js';
import { jobIdOf } from './task-job.js';
import { nodeNamed } from './views.js';

/** The detector a task works for. */
export const detectorIdOf = ({ backendKey, detectorNativeId }: Task): GlobalId | undefined =>
  detectorNativeId ? { kind: 'detector', backend: backendKey, native: detectorNativeId } : undefined;

/** Reads what is wanted of the nodes that tasks name; what fails is said in `unavailable`. */
export const prefetchTaskNodes = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  tasks: readonly Task[],
  failures: Failures,
): Promise<void> => {
  const fields = context.fields(info);
  const nodes = tasks.flatMap(({ backendKey, coordinatingNodeId, workerNodeId }) => [
    ...(coordinatingNodeId && fields.has('Task.coordinatingNode') ? [nodeNamed(backendKey, coordinatingNodeId)] : []),
    ...(workerNodeId && fields.has('Task.workerNode') ? [nodeNamed(backendKey, workerNodeId)] : []),
  ]);
  await prefetchNodes(context, info, nodes, failures);
};

/** Reads the objects that a page's tasks name, as far as they are wanted; what fails is said in `unavailable`. */
export const prefetchTaskRelations = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  tasks: readonly Task[],
  failures: Failures,
): Promise<void> => {
  const fields = context.fields(info);
  const loaders = context.loaders(info);
  const ofTask = async (task: Task): Promise<void> => {
    const backend = context.ownerOf(task.backendKey);
    const [jobId, detectorId] = [jobIdOf(task, backend), detectorIdOf(task)];
    const [job, detector, parent] = await Promise.all([
      jobId && fields.has('Task.job') ? settle(loaders.job(jobId)) : undefined,
      detectorId && fields.has('Task.detector') ? settle(loaders.detector(detectorId)) : undefined,
      task.parentId !== null && fields.has('Task.parent') ? settle(loaders.task(parseId(task.parentId))) : undefined,
    ]);
    if (job && !job.ok) failures.add(backend, 'STATE', job.error);
    if (job?.ok && job.value) await prefetchMessages(context, info, [job.value], failures);
    if (detector && !detector.ok) failures.add(backend, 'STATE', detector.error);
    if (parent && !parent.ok) failures.add(backend, 'TASKS', parent.error);
    failures.addParts(backend, loaders.missing(backend.key));
  };
  await Promise.all([...tasks.map(ofTask), prefetchTaskNodes(context, info, tasks, failures)]);
};
