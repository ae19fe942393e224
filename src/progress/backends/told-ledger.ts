import type { Ledger, Revised } from '../../domain/index.js';
import type { View } from '../journal/view.js';

/** The ledger, for answers that may be made of what was told: such objects are no readings, and stay as they were told. */
export interface ToldLedger extends Ledger {
  /** It was told so. */
  mark<T extends object>(value: T): T;
}

export const createToldLedger = (ledger: Ledger, view: View): ToldLedger => {
  const told = new WeakSet<object>();

  const stamp =
    <T extends object>(stampRead: (read: readonly T[], readAt: number) => readonly Revised<T>[]) =>
    (seen: readonly T[], readAt: number): readonly Revised<T>[] => {
      if (!seen.some((each) => told.has(each))) return stampRead(seen, readAt);
      return seen.flatMap((each) => (told.has(each) ? [each as Revised<T>] : stampRead([each], readAt)));
    };

  const newest =
    <T extends { readonly id: string }>(
      newestRead: (stamped: readonly Revised<T>[]) => readonly Revised<T>[],
      shown: (id: string) => Revised<T> | undefined,
    ) =>
    (stamped: readonly Revised<T>[]): readonly Revised<T>[] => {
      if (!stamped.some((each) => told.has(each))) return newestRead(stamped);
      return stamped.flatMap((each) => (told.has(each) ? (shown(each.id) ?? []) : newestRead([each])));
    };

  return {
    ...ledger,
    stampJobs: stamp(ledger.stampJobs),
    stampTasks: stamp(ledger.stampTasks),
    stampDetectors: stamp(ledger.stampDetectors),
    newestJobs: newest(ledger.newestJobs, view.job),
    newestTasks: newest(ledger.newestTasks, view.task),
    newestDetectors: newest(ledger.newestDetectors, view.detector),
    // Every list of tasks asks for them: the view has them at hand.
    unfinishedTasks: view.unfinishedTasksOf,
    mark: (value) => {
      told.add(value);
      return value;
    },
  };
};
