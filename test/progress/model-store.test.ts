import { describe, expect, it } from 'vitest';
import { createSharedStore } from '../support/shared-store.js';

const keep = 100;

/** Two gateways on one store, by a clock of the test's. */
const pair = () => {
  const clock = { at: 1_000 };
  const shared = createSharedStore({ now: () => clock.at });
  return { clock, shared, left: shared.open(), right: shared.open() };
};
const valuesOf = async (read: Promise<{ readonly entries: readonly { readonly value: string }[] }>) =>
  (await read).entries.map(({ value }) => value);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the store in memory that several gateways of a test share', () => {
  it('shows each what the others have written', async () => {
    const { left, right } = pair();
    await left.store.put('a', '1');
    expect(await right.store.get('a')).toBe('1');
    expect(await right.store.putIfAbsent('a', '2')).toBe(false);
  });

  it('lets one of several add the entry after a certain one, and calls the others', async () => {
    const { left, right } = pair();
    let called = 0;
    const leave = right.store.listen('log', () => {
      called += 1;
    });
    const outcomes = await Promise.all([left, right].map(({ store }) => store.appendAfter('log', 'x', { keep, after: 0 })));
    expect(outcomes.map(({ status }) => status)).toEqual(['added', 'behind']);
    await turn();
    expect(called).toBe(1);
    leave();
    await left.store.append('log', 'y', { keep });
    await turn();
    expect(called).toBe(1);
  });

  it('is away for one that is cut off, who goes on alone and gives it back what is new', async () => {
    const { left, right } = pair();
    await left.store.put('both', 'old');
    left.cut();
    expect(await left.store.get('both')).toBeUndefined();
    expect(await left.store.appendAfter('log', 'x', { keep, after: 0 })).toEqual({ status: 'away' });
    expect(await left.store.read('log', { after: 0, limit: 10 })).toMatchObject({ entries: [], away: true });
    await left.store.put('both', 'left');
    await left.store.putIfAbsent('first', 'left');
    await left.store.putIfAbsent('second', 'left');
    await right.store.putIfAbsent('first', 'right');
    await left.store.append('log', 'of left', { keep });
    await right.store.append('log', 'of right', { keep });
    let called = 0;
    left.store.listen('log', () => {
      called += 1;
    });
    left.restore();
    await turn();
    expect(called).toBe(1);
    expect(await Promise.all(['both', 'first', 'second'].map((key) => right.store.get(key)))).toEqual(['left', 'right', 'left']);
    expect(await valuesOf(right.store.read('log', { after: 0, limit: 10 }))).toEqual(['of right', 'of left']);
  });

  it('leaves a lease with whoever holds it when one comes back that took it alone', async () => {
    const { clock, shared, left, right } = pair();
    await right.store.acquireLease('lead', 'right', 100);
    left.cut();
    expect(await left.store.acquireLease('lead', 'left', 100)).toBeDefined();
    left.restore();
    expect(shared.holderOf('lead')?.holder).toBe('right');
    clock.at += 100;
    expect(shared.holderOf('lead')).toBeUndefined();
    const fence = (await left.store.acquireLease('lead', 'left', 100))?.fence ?? 0;
    left.crash();
    expect(await right.store.acquireLease('lead', 'right', 100)).toBeUndefined();
    clock.at += 100;
    expect((await right.store.acquireLease('lead', 'right', 100))?.fence).toBeGreaterThan(fence);
  });

  it.each([true, false])('keeps one waiting that it does not answer, and does once what was asked; heard: %j', async (heard) => {
    const { shared, left, right } = pair();
    left.sever({ heard });
    const asked = left.store.appendAfter('log', 'x', { keep, after: 0 });
    await turn();
    expect(await valuesOf(right.store.read('log', { after: 0, limit: 10 }))).toEqual(heard ? ['x'] : []);
    left.restore();
    expect(await asked).toMatchObject({ status: 'added' });
    expect(await shared.entriesOf('log')).toHaveLength(1);
  });

  it('does in memory what was never answered, whether it was done or not', async () => {
    const { shared, left } = pair();
    left.sever({ heard: true });
    const asked = left.store.appendAfter('log', 'x', { keep, after: 0 });
    await turn();
    left.cut();
    expect(await asked).toEqual({ status: 'away' });
    expect(await shared.entriesOf('log')).toHaveLength(1);
  });

  it('brings what was sent in the order of sending, however long each takes', async () => {
    const late: (() => void)[] = [];
    const shared = createSharedStore({ schedule: (work) => late.push(work) });
    const { store } = shared.open();
    const steps = Promise.all([store.put('a', '1'), store.get('a'), store.put('a', '2'), store.get('a')]);
    while (late.length > 0) late.pop()?.();
    expect(await steps).toEqual([undefined, '1', undefined, '2']);
  });
});
