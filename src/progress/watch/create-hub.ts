import type { Backend, Backends, Instant } from '../../domain/index.js';
import type { ListStep, ProgressHub } from '../hub.js';
import type { Journal } from '../journal/journal.js';
import type { WritableTaskBook } from '../verbs/task-book.js';
import type { TaskKeeper } from '../verbs/task-keeper.js';
import { createFollowUp } from './follow-up.js';
import type { ObservableLedger } from './ledger.js';
import type { Poller } from './poller.js';
import { createDetectorWatches } from './watch-detectors.js';
import { createJobWatches } from './watch-jobs.js';
import { createWatchLists } from './watch-lists.js';
import { createNodeWatches } from './watch-nodes.js';
import { createTaskWatch } from './watch-task.js';
import { createTaskWatches } from './watch-tasks.js';

/** What the hub is made from. */
export interface HubOptions {
  readonly backends: Backends;
  readonly pollerOf: (key: string) => Poller;
  readonly ledger: ObservableLedger;
  readonly journal: Journal;
  readonly book: WritableTaskBook;
  readonly keeper: TaskKeeper;
  readonly now?: () => Instant;
}

/** The hub, and the hand that tells it of health. */
export interface ManagedHub extends ProgressHub {
  backendChanged(backend: Backend): void;
  /** Watches now open, for metrics. */
  watches(): number;
}

export const createHub = (options: HubOptions): ManagedHub => {
  const { backends, pollerOf, keeper } = options;
  const lists = createWatchLists(options);
  const followUp = createFollowUp(options);
  const { view, settled } = options.journal;
  const sources = { ...options, lists, view, settled, now: options.now ?? Date.now };
  const watchTasks = createTaskWatches(sources);

  const watchBackends = (): AsyncIterableIterator<ListStep<never>> =>
    lists.watch<never, never>({
      touched: backends.all,
      interest: { fields: new Set(), lists: [] },
      matches: () => false,
      stateOf: (value) => value,
      current: () => [],
      feed: () => undefined,
      options: { fields: new Set() },
    });

  return {
    watchTask: createTaskWatch({ ...sources, watchTasks }),
    watchTasks: (filter, watching) => watchTasks(filter, watching),
    watchJobs: createJobWatches(sources),
    watchDetectors: createDetectorWatches(sources),
    watchNodes: createNodeWatches(sources),
    watchBackends,
    followUp: followUp.follow,
    liveCursor: lists.liveCursor,
    backendChanged: lists.backendChanged,
    watches: lists.open,
    dispose: async () => {
      keeper.release();
      lists.endAll();
      followUp.dispose();
      await Promise.all(backends.all.map((backend) => pollerOf(backend.key).dispose()));
    },
  };
};
