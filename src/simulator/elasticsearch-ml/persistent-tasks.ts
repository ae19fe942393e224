import type { NodeRecord } from './cluster.js';
import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** Starts the persistent task that runs a job or a datafeed on its node. */
export const startPersistentTask = (
  world: World,
  kind: 'job' | 'datafeed',
  id: string,
  node: NodeRecord,
  onCancel: () => void,
): TaskRecord =>
  world.tasks.start({
    node,
    type: 'persistent',
    action: `xpack/ml/${kind}[c]`,
    description: `${kind}-${id}`,
    status: () => ({ state: 'STARTED' }),
    cancellable: true,
    parent: `cluster:${world.nextAllocation()}`,
    onCancel,
  });

/** The task of the node that watches over the health of the cluster (since 8). */
export const startHealthNode = (world: World): TaskRecord =>
  world.tasks.start({
    node: world.cluster.master(),
    type: 'persistent',
    action: 'health-node[c]',
    description: 'id=health-node',
    status: () => ({ state: 'STARTED' }),
    cancellable: true,
    parent: `cluster:${world.nextAllocation()}`,
  });

/** Ends one, if it runs. */
export function endPersistentTask(world: World, taskId: string | undefined): void {
  const task = taskId === undefined ? undefined : world.tasks.find(taskId);
  if (task !== undefined) world.tasks.finish(task);
}
