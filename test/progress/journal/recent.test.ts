import { describe, expect, it } from 'vitest';
import { createRecentEntries, type Entry } from '../../../src/progress/journal/recent.js';

const epoch = 'AAAAAAAA';
const at = (sequence: number) => ({ epoch, sequence });
const entry = (sequence: number, changes = 1, bytes = 10): Entry => ({
  epoch,
  sequence,
  bytes,
  changes: Array.from({ length: changes }, (_, index) => ({
    change: { kind: 'job-gone', id: `job:one:${sequence}.${index}`, backendKey: 'one', readAt: 0 },
    before: undefined,
  })),
});
const recentWith = (entries: readonly Entry[], maxChanges = 100, maxBytes = 1_000) => {
  const recent = createRecentEntries({ maxChanges, maxBytes });
  recent.restart(at(0));
  for (const each of entries) recent.add(each);
  return recent;
};
const idsSince = (recent: ReturnType<typeof recentWith>, sequence: number) =>
  recent.since(at(sequence))?.map(({ change }) => ('id' in change ? change.id : ''));

describe('the recent entries', () => {
  it('tell what came after a place, oldest first', () => {
    const recent = recentWith([entry(10), entry(20, 2), entry(35)]);
    expect(idsSince(recent, 0)).toEqual(['job:one:10.0', 'job:one:20.0', 'job:one:20.1', 'job:one:35.0']);
    expect(idsSince(recent, 10)).toEqual(['job:one:20.0', 'job:one:20.1', 'job:one:35.0']);
    expect(idsSince(recent, 35)).toEqual([]);
  });

  it.each([5, 11, 34, 36])('know nothing of %d, which was never handed out', (sequence) => {
    expect(recentWith([entry(10), entry(20), entry(35)]).since(at(sequence))).toBeUndefined();
  });

  it('let the oldest go beyond so many changes, and reach back to just after them', () => {
    const recent = recentWith([entry(10, 3), entry(20, 3), entry(30, 3)], 6);
    expect(recent.since(at(0))).toBeUndefined();
    expect(recent.since(at(10))).toHaveLength(6);
    expect(recent.since(at(20))).toHaveLength(3);
  });

  it('let the oldest go beyond so many bytes, be it all of them', () => {
    const recent = recentWith([entry(10, 1, 600), entry(20, 1, 600)]);
    expect(recent.since(at(0))).toBeUndefined();
    expect(recent.since(at(10))).toHaveLength(1);
    recent.add(entry(30, 1, 5_000));
    expect(recent.since(at(20))).toBeUndefined();
    expect(recent.since(at(30))).toEqual([]);
  });

  it('know of no place before the one they begin anew at', () => {
    const recent = recentWith([entry(10), entry(20)]);
    recent.restart(at(20));
    expect(recent.since(at(10))).toBeUndefined();
    expect(recent.since(at(20))).toEqual([]);
  });
});
