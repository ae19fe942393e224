import { describe, expect, it } from 'vitest';
import { createRecentEntries, type Entry } from '../../../src/progress/journal/recent.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();

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

describe('entries of an outage', () => {
  const local = 'LLLLLLLL';
  const value = (progress: number, revision = progress) => ({ ...makeTask('n:1', { progress }), revision });
  const step = (of: string, sequence: number, before: number, after: number, seam?: true): Entry => ({
    epoch: of,
    sequence,
    bytes: 10,
    changes: [{ change: { kind: 'task', value: value(after), stirs: true, readAt: 0 }, before: value(before) }],
    ...(seam ? { seam } : {}),
  });

  it('are found by their own epoch, and lead over the seam to what the journal says', () => {
    const recent = recentWith([entry(10), step(local, 1, 0.1, 0.2), step(epoch, 10, 0.2, 0.1, true), step(epoch, 20, 0.1, 0.5)]);
    const progress = (of: string, sequence: number) =>
      recent.since({ epoch: of, sequence })?.map(({ change }) => change.kind === 'task' && change.value.progress);
    expect(progress(local, 1)).toEqual([0.1, 0.5]);
    expect(progress(epoch, 20)).toEqual([]);
    expect(progress('BBBBBBBB', 1)).toBeUndefined();
  });

  it('place who knows the journal up to there behind the outage, for it has not heard of that', () => {
    const recent = recentWith([entry(10), step(local, 1, 0.1, 0.2), step(epoch, 10, 0.2, 0.1, true), step(epoch, 20, 0.1, 0.5)]);
    expect(recent.since(at(10))).toHaveLength(1);
  });

  it('are not repeated to who was told of them, when the journal comes to say the same', () => {
    const recent = recentWith([entry(10), step(local, 1, 0.1, 0.2), step(epoch, 10, 0.2, 0.1, true), step(epoch, 20, 0.1, 0.2)]);
    expect(recent.since({ epoch: local, sequence: 1 })).toEqual([]);
    expect(recent.since(at(10))).toHaveLength(1);
  });
});

describe('many clients that come back at once', () => {
  it('are given one answer when they stand at one point, until there is more to tell', () => {
    const recent = recentWith([entry(10), entry(20), entry(30)]);
    const answer = recent.since(at(10));
    expect(recent.since(at(10))).toBe(answer);
    recent.add(entry(40));
    expect(recent.since(at(10))).toHaveLength(3);
  });
});
