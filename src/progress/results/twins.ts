import type { Ends } from './ends.js';
import { isAnotherJob } from './incarnations.js';
import { byAge, type Entry, isOpen, type ShelfOfRecords } from './shelf.js';

/** What has become of a record: an end is more than a question that was intended, and that is more than nothing. */
const worth = ({ record }: Entry): number => {
  if (record.end) return 2;
  return record.intendedAt === null ? 0 : 1;
};

/** Whether the younger was made for another job than the older, as far as can be told. */
const isLaterJob = (older: Entry, { record: { job } }: Entry): boolean =>
  job !== null && isAnotherJob({ ...older, learntAt: 0, goneAt: 0 }, job, 1);

/** Numbers are given again: that a job which has ended and one which has not are the same, only their start tells. */
const isSameRun = ({ record: { job: one } }: Entry, { record: { job: other } }: Entry): boolean =>
  one?.startedAt != null && one.startedAt === other?.startedAt && one.type === other.type && one.owner === other.owner;

/**
 * Instances that could not hear one another may have made a record each of one job. Every instance that finds them lets the same one stand: that has come
 * furthest, else the older. Those of another job each, because the server was restarted meanwhile, all stand, and the older ones have ended.
 */
export const settleTwins = async (
  all: readonly Entry[],
  shelf: Pick<ShelfOfRecords, 'amend' | 'drop'>,
  ends: Pick<Ends, 'lost'>,
): Promise<void> => {
  for (const entry of all.filter(isOpen).sort(byAge)) {
    const younger = all.filter((other) => isOpen(other) && byAge(entry, other) < 0);
    if (younger.some((other) => isLaterJob(entry, other))) {
      await ends.lost(entry, 'renumbered');
      continue;
    }
    // Its result may be on its way, by this name.
    if (worth(entry) > 0) continue;
    const standing = all.find((other) => {
      if (other === entry || (!isOpen(other) && !other.record.end)) return false;
      if (other.record.end) return isSameRun(other, entry);
      return worth(other) > 0 || byAge(other, entry) < 0;
    });
    if (!standing) continue;
    if (isOpen(standing) && entry.record.ours && !standing.record.ours)
      await shelf.amend(standing, (record) => ({ ...record, ours: true }));
    await shelf.drop(entry);
  }
};
