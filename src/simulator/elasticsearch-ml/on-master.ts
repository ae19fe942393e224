import type { TaskRecord } from './tasks.js';
import type { World } from './world.js';

/** Forwards to the master, where a second task is created as child of the first; the first alone has a stored result. */
export async function onMaster<Result>(world: World, task: TaskRecord, run: (master: TaskRecord) => Promise<Result>): Promise<Result> {
  const node = world.cluster.master();
  if (node.id === task.node.id) return run(task);
  const master = world.tasks.start({
    node,
    action: task.action,
    description: task.description ?? '',
    parent: task.id,
    cancellable: task.cancellable,
    headers: task.headers,
  });
  try {
    return await run(master);
  } finally {
    world.tasks.finish(master);
  }
}
