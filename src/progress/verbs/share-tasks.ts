import type { Instances } from '../instances/instances.js';
import type { Journal } from '../journal/journal.js';
import type { ObservableLedger } from '../watch/ledger.js';
import { bookTopics, type WritableTaskBook } from './task-book.js';
import type { TaskKeeper } from './task-keeper.js';

/** What keeps the book in step with the ledger and with the books of other instances. */
export interface ShareTasksOptions {
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly ledger: Pick<ObservableLedger, 'listen'>;
  readonly journal: Pick<Journal, 'hear' | 'detached'>;
  readonly instances: Pick<Instances, 'gone'>;
  /** Wakes the loops that have something to follow by now: all, or that of one backend. */
  readonly follow: (backendKey?: string) => void;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
}

/** Returns the way out. */
export const shareTasks = ({ book, keeper, ledger, journal, instances, follow, fault }: ShareTasksOptions): (() => void) => {
  const unwritten = (cause: unknown): void => fault('what became of a task could not be written down', cause);
  const waysOut = [
    // Whoever saw a step first, a loop or a query: the book must not tell an older one, and an end is written down at once, for the vendor may forget it.
    ledger.listen((change) => {
      if (change.kind !== 'task') return;
      if (change.remote) keeper.hear(change.value);
      else keeper.absorb(change.value).catch(unwritten);
    }),
    ...bookTopics.map((topic) =>
      journal.hear(topic, (body) => {
        const news = book.hear(topic, body);
        if (news) follow(news.task.backendKey);
      }),
    ),
    journal.detached((isDetached) => {
      book
        .detached(isDetached)
        .then(() => (isDetached ? undefined : follow()))
        .catch((cause: unknown) => fault('the tasks of other instances could not be read', cause));
    }),
    // It may have told of an end and died before that was written; and what it had in hand is followed from now on.
    instances.gone(() => {
      book.settle().then(() => follow(), unwritten);
    }),
  ];
  return () => {
    for (const leave of waysOut) leave();
  };
};
