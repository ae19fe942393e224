import { type ErrorFieldsFragment, WatchTasksDocument, type WatchTasksSubscription } from '../client/index.js';
import { VigilError } from '../errors.js';
import type { Connected } from './gateway-connection.js';
import { isFinalState } from './task-text.js';

type Task = WatchTasksSubscription['tasksProgress']['added'][number];

/** One step of the scenario: a mutation. What it begins is found in the stream by its key. */
export interface Act {
  readonly key: string;
  send(): Promise<{
    readonly task: { readonly id: string } | null;
    readonly errors: readonly Pick<ErrorFieldsFragment, 'code' | 'message'>[];
  }>;
}

const unplanned = (what: string): VigilError => new VigilError('INTERNAL', `The demo did not go as planned: ${what}`);

/**
 * Plays several lines of acts side by side, each act when the one before it has succeeded, and shows all their tasks in one live stream until the last
 * has ended.
 */
export const playTogether = async ({ client, printer, io }: Connected, lines: readonly (readonly Act[])[]): Promise<void> => {
  /** What comes after a task that is under way. */
  const onStage = new Map<string, readonly Act[]>();
  const perform = async ([act, ...rest]: readonly Act[]): Promise<void> => {
    if (!act) return;
    const { task, errors } = await act.send();
    const [error] = errors;
    if (error) throw unplanned(`${error.code}, ${error.message}`);
    if (task) onStage.set(task.id, rest);
    else await perform(rest);
  };
  const view = printer.progress();
  const tell = async (task: Task): Promise<void> => {
    if (!isFinalState(task.state)) return view.show(task);
    view.settle(task);
    if (task.state !== 'SUCCEEDED') throw unplanned(`${task.kind} is ${task.state}. ${task.error?.message ?? ''}`);
    const next = onStage.get(task.id);
    onStage.delete(task.id);
    if (next) await perform(next);
  };
  const filter = { idempotencyKeys: lines.flat().map(({ key }) => key) };
  let hasBegun = false;
  try {
    for await (const { tasksProgress } of client.subscribe(WatchTasksDocument, { filter }, { signal: io.signal })) {
      for (const task of [...tasksProgress.added, ...tasksProgress.changed]) await tell(task);
      if (!hasBegun && tasksProgress.synced) {
        hasBegun = true;
        await Promise.all(lines.map(perform));
      }
      if (hasBegun && onStage.size === 0) return;
    }
  } finally {
    view.dispose();
  }
  throw unplanned('the gateway ended the stream before the tasks did.');
};
