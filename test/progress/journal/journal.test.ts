import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createJournal, type JournalLimits } from '../../../src/progress/journal/journal.js';
import { createLedger, type LedgerChange } from '../../../src/progress/watch/ledger.js';
import { createMemoryStore, type Store } from '../../../src/store/index.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();
const watch = 'tasks';

const runOn = async (
  store: Store,
  options: { limits?: Partial<JournalLimits>; isKnown?: (key: string) => boolean; maxObjects?: number } = {},
) => {
  const faults: string[] = [];
  const heard: LedgerChange[] = [];
  const ledger = createLedger(options.maxObjects === undefined ? {} : { maxObjects: options.maxObjects });
  const journal = createJournal({
    ledger,
    store,
    isKnown: options.isKnown ?? (() => true),
    fault: (message) => faults.push(message),
    ...(options.limits ? { limits: options.limits } : {}),
  });
  journal.listen((change) => heard.push(change));
  await journal.load();
  return {
    ledger,
    journal,
    faults,
    heard,
    /** The ledger sees a task, and everybody has been told. */
    see: async (nativeId: string, progress: number) => {
      ledger.stampTasks([makeTask(nativeId, { progress })], Date.now());
      await journal.settled();
      // The view is written beside.
      await turn();
      await turn();
    },
    cursor: () => journal.cursors.encode(journal.position(), watch),
    since: (cursor: string) => {
      const place = journal.cursors.decode(cursor, watch, '*');
      return place && journal.since(place)?.map(({ change }) => ('value' in change ? change.value.id : change.id));
    },
  };
};
const id = (nativeId: string): string => makeTask(nativeId).id;
/** Checkpoints whose body is there, or that are known to be under way. */
const bodiesIn = async (store: Store): Promise<number> => {
  const marks = await store.list('changes-view/', { limit: 100 });
  const bodies = await Promise.all(marks.map(({ key }) => store.openLarge(key)));
  expect(marks.every(({ value }) => value.includes('"isWhole":true'))).toBe(true);
  return bodies.filter((body) => body !== undefined).length;
};
const nothing = JSON.stringify({ by: 'somebody', changes: [] });

describe('the journal', () => {
  it('tells a change once it is in the store, and the view shows it by then', async () => {
    const store = createMemoryStore();
    const run = await runOn(store);
    const seen: unknown[] = [];
    run.journal.listen(() => seen.push(run.journal.view.task(id('n:1'))?.progress));
    run.ledger.stampTasks([makeTask('n:1', { progress: 0.5 })], Date.now());
    expect(run.heard).toEqual([]);
    expect(run.journal.view.task(id('n:1'))).toBeUndefined();
    await run.journal.settled();
    expect(seen).toEqual([0.5]);
    expect((await store.read('changes', { after: 0, limit: 10 })).entries.at(-1)?.value).toContain('"progress":0.5');
  });

  it('says what came after a cursor, in the same run and in the next one', async () => {
    const store = createMemoryStore();
    const first = await runOn(store);
    await first.see('n:1', 0.1);
    const cursor = first.cursor();
    await first.see('n:2', 0.1);
    expect(first.since(cursor)).toEqual([id('n:2')]);
    await first.journal.dispose();
    const second = await runOn(store);
    expect(second.since(cursor)).toEqual([id('n:2')]);
    expect(second.ledger.task(id('n:1'))).toMatchObject({ progress: 0.1 });
    expect(second.cursor()).toBe(first.cursor());
    expect(second.heard).toEqual([]);
  });

  it('shows what becomes known of an object that has not changed, tells nobody, and has it after a restart', async () => {
    const store = createMemoryStore();
    const first = await runOn(store);
    const { state: _state, ...partial } = { ...createScriptedVendor().setJob('a', 'OPENED') };
    first.ledger.stampJobs([partial], 1);
    await first.journal.settled();
    const cursor = first.cursor();
    first.ledger.stampJobs([{ ...partial, state: 'OPENED' }], 2);
    await first.journal.settled();
    expect(first.heard).toHaveLength(1);
    expect(first.journal.view.jobsOf('one')).toMatchObject([{ state: 'OPENED' }]);
    expect(first.since(cursor)).toEqual([]);
    const second = await runOn(store);
    expect(second.journal.view.jobsOf('one')).toMatchObject([{ state: 'OPENED' }]);
    expect(second.since(cursor)).toEqual([]);
  });

  it('reaches back over at least one checkpoint, after a restart as well, and keeps no more than that', async () => {
    const store = createMemoryStore();
    const limits = { checkpointEntries: 5 };
    const first = await runOn(store, { limits });
    for (let step = 0; step < 43; step += 1) await first.see('n:1', step / 100);
    const cursor = first.cursor();
    for (let step = 43; step < 47; step += 1) await first.see('n:1', step / 100);
    await first.journal.dispose();
    const second = await runOn(store, { limits });
    expect(second.since(cursor)).toHaveLength(4);
    expect((await store.read('changes', { after: 0, limit: 1_000 })).entries.length).toBeLessThanOrEqual(16);
    expect(await bodiesIn(store)).toBe(2);
    expect(second.faults).toEqual([]);
  });

  it('forgets cursors that are too old', async () => {
    const run = await runOn(createMemoryStore(), { limits: { maxChanges: 3 } });
    const cursor = run.cursor();
    for (let step = 0; step < 3; step += 1) await run.see('n:1', step / 100);
    expect(run.since(cursor)).toHaveLength(3);
    await run.see('n:1', 0.9);
    expect(run.since(cursor)).toBeUndefined();
  });

  it('tells what the store does not take all the same, and lets everybody who comes back begin anew', async () => {
    const store = createMemoryStore();
    let refuses = false;
    const run = await runOn({
      ...store,
      append: async (...given) => {
        if (refuses) throw new TypeError('full');
        return store.append(...given);
      },
    });
    await run.see('n:1', 0.1);
    const before = run.cursor();
    refuses = true;
    await run.see('n:2', 0.1);
    expect(run.heard).toHaveLength(2);
    expect(run.faults).toEqual(['changes could not be written into the journal; clients that come back begin anew']);
    expect(run.since(before)).toBeUndefined();
    const after = run.cursor();
    refuses = false;
    await run.see('n:3', 0.1);
    expect(run.since(after)).toEqual([id('n:3')]);
    await run.journal.dispose();
    const next = await runOn(store);
    expect(next.since(before)).toBeUndefined();
    expect(next.since(after)).toEqual([id('n:3')]);
    expect(next.ledger.task(id('n:2'))).toBeDefined();
  });

  it('lets those begin anew after a restart, too, who missed the very first entry because it was refused', async () => {
    const store = createMemoryStore();
    let refuses = true;
    const run = await runOn({
      ...store,
      append: async (...given) => (refuses && given[1].includes('n:1') ? Promise.reject(new TypeError('full')) : store.append(...given)),
    });
    const before = run.cursor();
    await run.see('n:1', 0.1);
    refuses = false;
    await run.journal.dispose();
    const next = await runOn(store);
    expect(next.since(before)).toBeUndefined();
    expect(next.ledger.task(id('n:1'))).toBeDefined();
  });

  it('does not take a place that was lost with the disk for one between two that are there', async () => {
    let clock = 1_800_000_000_000;
    const [store, lost] = [createMemoryStore({ now: () => clock }), createMemoryStore({ now: () => clock })];
    let failing = false;
    const run = await runOn({ ...store, append: (...given) => (failing ? lost : store).append(...given) });
    await run.see('n:1', 0.1);
    const kept = run.cursor();
    failing = true;
    clock += 10;
    await run.see('n:2', 0.1);
    clock += 10;
    const cursor = run.cursor();
    await run.journal.dispose();
    const next = await runOn(store);
    await next.see('n:3', 0.1);
    expect(next.since(cursor)).toBeUndefined();
    expect(next.since(kept)).toEqual([id('n:3')]);
  });

  it('begins anew when something is missing in between, with what it knows', async () => {
    const store = createMemoryStore();
    const first = await runOn(store);
    for (let step = 0; step < 5; step += 1) await first.see(`n:${step}`, 0.1);
    const cursor = first.cursor();
    await first.journal.dispose();
    await store.append('changes', nothing, { keep: 2 });
    const second = await runOn(store);
    expect(second.since(cursor)).toBeUndefined();
    expect(second.ledger.task(id('n:4'))).toBeDefined();
    const again = second.cursor();
    await second.see('n:9', 0.1);
    expect(second.since(again)).toEqual([id('n:9')]);
  });

  it.each([
    ['an entry that is no JSON', async (store: Store) => void (await store.append('changes', '{', { keep: 100 }))],
    [
      'an entry of something else',
      async (store: Store) => void (await store.append('changes', '{"by":"me","changes":[{"kind":"cat"}]}', { keep: 100 })),
    ],
    ['a view of another version', async (store: Store) => store.put('changes-view/9', '{"layout":99}')],
    ['a view that is described by no JSON', async (store: Store) => store.put('changes-view/9', 'x')],
    [
      'a view that is not there',
      async (store: Store) => {
        const [mark] = await store.list('changes-view/', { limit: 1 });
        await store.deleteLarge(mark?.key ?? '');
      },
    ],
  ])('begins anew, says so, and works after %s, and the next run goes on from there', async (_, damage) => {
    const store = createMemoryStore();
    const first = await runOn(store);
    await first.see('n:1', 0.1);
    const cursor = first.cursor();
    await first.journal.dispose();
    await damage(store);
    const second = await runOn(store);
    expect(second.faults).toEqual(['the journal of changes cannot be read; clients that come back begin anew']);
    expect(second.since(cursor)).toBeUndefined();
    expect(second.journal.view.tasksOf('one')).toEqual([]);
    const fresh = second.cursor();
    await second.see('n:2', 0.1);
    await second.journal.dispose();
    const third = await runOn(store);
    expect(third.faults).toEqual([]);
    expect(third.since(fresh)).toEqual([id('n:2')]);
    expect(third.journal.view.tasksOf('one')).toHaveLength(1);
  });

  it('tells nothing of a backend that was taken out, and goes on where it was when that is put back', async () => {
    const store = createMemoryStore();
    const first = await runOn(store);
    const cursor = first.cursor();
    await first.see('n:1', 0.1);
    await first.journal.dispose();
    const second = await runOn(store, { isKnown: (key) => key !== 'one' });
    expect(second.since(cursor)).toEqual([]);
    expect(second.ledger.task(id('n:1'))).toBeUndefined();
    expect(second.heard).toEqual([]);
    await second.journal.dispose();
    const third = await runOn(store);
    expect(third.ledger.task(id('n:1'))).toMatchObject({ progress: 0.1 });
    expect(third.since(cursor)).toEqual([id('n:1')]);
  });

  it('is told what the ledger has no room for, so that nobody keeps it for ever', async () => {
    const run = await runOn(createMemoryStore(), { maxObjects: 3 });
    for (let step = 0; step < 5; step += 1) await run.see(`n:${step}`, 0.1);
    expect(run.journal.view.tasksOf('one')).toHaveLength(3);
    expect(run.heard.filter(({ kind }) => kind === 'task-gone')).toHaveLength(2);
  });

  it('goes on when a listener fails', async () => {
    const run = await runOn(createMemoryStore());
    run.journal.listen(() => {
      throw new TypeError('broken');
    });
    await run.see('n:1', 0.1);
    await run.see('n:2', 0.1);
    expect(run.heard).toHaveLength(2);
    expect(run.faults).toEqual(['a watch could not be told of a change', 'a watch could not be told of a change']);
  });

  it('goes on when its view cannot be written, and does not fill the store', async () => {
    const store = createMemoryStore();
    let refuses = false;
    const limits = { checkpointEntries: 2 };
    const run = await runOn(
      {
        ...store,
        writeLarge: async (...given) => {
          if (refuses) throw new TypeError('full');
          return store.writeLarge(...given);
        },
      },
      { limits },
    );
    refuses = true;
    for (let step = 0; step < 80; step += 1) await run.see('n:1', step / 100);
    expect(run.faults.length).toBeGreaterThan(0);
    expect((await store.read('changes', { after: 0, limit: 1_000 })).entries).toHaveLength(32);
    refuses = false;
    for (let step = 80; step < 90; step += 1) await run.see('n:1', step / 100);
    await run.journal.dispose();
    const next = await runOn(store, { limits });
    expect(next.since(run.cursor())).toEqual([]);
    expect(await bodiesIn(store)).toBe(2);
  });

  it('tells nothing after it was disposed of, and returns when everything is written', async () => {
    const store = createMemoryStore();
    const run = await runOn(store);
    run.ledger.stampTasks([makeTask('n:1')], Date.now());
    await run.journal.dispose();
    expect((await store.read('changes', { after: 0, limit: 10 })).entries.at(-1)?.value).toContain('n:1');
    run.ledger.stampTasks([makeTask('n:2')], Date.now());
    expect(run.heard).toHaveLength(1);
  });
});
