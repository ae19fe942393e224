import { parseId, type Task } from '../../domain/index.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import type { Interest } from './interest.js';
import type { Poller } from './poller.js';

/** What it takes. */
export interface FollowUpOptions {
  readonly pollerOf: (key: string) => Poller;
  readonly keeper: Pick<TaskKeeper, 'waitFor'>;
}

const interest: Interest = { fields: new Set(), lists: ['tasks'] };
/** A task that nobody watches is asked about for so long at a time; whoever looks again begins again. */
const longestMs = 10 * 60_000;

/** Has the loops ask about tasks that a query no longer found where they had been seen running, until it is known how they ended. */
export const createFollowUp = ({ pollerOf, keeper }: FollowUpOptions): ((tasks: readonly Task[]) => void) => {
  const followed = new Set<string>();
  return (tasks) => {
    for (const task of tasks) {
      const poller = pollerOf(parseId(task.id).backend);
      // Whoever watches tasks has it asked about already.
      if (followed.has(task.id) || poller.parts.tasks() !== undefined) continue;
      followed.add(task.id);
      const leave = poller.watch(interest);
      poller.track(task);
      void keeper.waitFor(task.id, { waitMs: longestMs }).finally(() => {
        followed.delete(task.id);
        leave();
      });
    }
  };
};
