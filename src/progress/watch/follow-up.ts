import { isFinal, parseId, type Task } from '../../domain/index.js';
import type { Interest } from './interest.js';
import type { ObservableLedger } from './ledger.js';
import type { Poller } from './poller.js';

/** Has the loops ask about tasks that a query no longer found where they had been seen running, until it is known how they ended. */
export interface FollowUp {
  follow(tasks: readonly Task[]): void;
  dispose(): void;
}

/** What it takes. */
export interface FollowUpOptions {
  readonly pollerOf: (key: string) => Poller;
  readonly ledger: Pick<ObservableLedger, 'listen' | 'task'>;
}

/** A task that nobody watches is asked about for so long at a time; whoever looks again begins again. */
const longestMs = 10 * 60_000;

export const createFollowUp = ({ pollerOf, ledger }: FollowUpOptions): FollowUp => {
  /** How to leave each, by task. */
  const followed = new Map<string, () => void>();
  const leave = (id: string): void => {
    followed.get(id)?.();
    followed.delete(id);
  };
  const stopListening = ledger.listen((change) => {
    if (change.kind === 'task' && isFinal(change.value.state)) leave(change.value.id);
    else if (change.kind === 'task-gone') leave(change.id);
  });

  const begin = (task: Task): void => {
    const poller = pollerOf(parseId(task.id).backend);
    // Whoever watches tasks has it asked about already.
    if (followed.has(task.id) || poller.parts.tasks() !== undefined || isFinal(ledger.task(task.id)?.state ?? 'LOST')) return;
    const interest: Interest = { fields: new Set(), lists: ['tasks'] };
    const stopWatching = poller.watch(interest);
    const timer = setTimeout(() => leave(task.id), longestMs);
    timer.unref();
    followed.set(task.id, () => {
      clearTimeout(timer);
      stopWatching();
    });
    poller.track(task);
  };

  return {
    follow: (tasks) => {
      for (const task of tasks) begin(task);
    },
    dispose: () => {
      stopListening();
      for (const id of [...followed.keys()]) leave(id);
    },
  };
};
