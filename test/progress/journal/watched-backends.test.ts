import { describe, expect, it } from 'vitest';
import { type Backend, matchesTask, type Task, type TaskState } from '../../../src/domain/index.js';
import { createJournal } from '../../../src/progress/journal/journal.js';
import { createLedger } from '../../../src/progress/watch/ledger.js';
import { createWatchLists, type WatchLists } from '../../../src/progress/watch/watch-lists.js';
import { createMemoryStore } from '../../../src/store/index.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';

/** Watches over these backends of one journal, as gateways have them that are configured differently. */
const rig = async () => {
  const ledger = createLedger();
  const journal = createJournal({ ledger, store: createMemoryStore(), isKnown: () => true, fault: () => undefined });
  await journal.load();
  const { makeTask } = createScriptedVendor();
  ledger.stampTasks([makeTask('n:1')], Date.now());
  await journal.settled();
  const over = (...keys: readonly string[]): readonly Backend[] => keys.map((key) => ({ key }) as Backend);
  const listsOver = (...keys: readonly string[]): WatchLists =>
    createWatchLists({
      backends: { all: over(...keys) },
      journal,
      pollerOf: () => {
        throw new TypeError('nobody is asked');
      },
    });
  const first = async (lists: WatchLists, touched: readonly string[], after?: string) => {
    const watch = lists.watch<Task, TaskState>({
      touched: over(...touched),
      kind: 'task',
      name: 'tasks',
      matches: (task) => matchesTask({}, 'TOY', task),
      stateOf: ({ state }) => state,
      current: ({ key }) => journal.view.tasksOf(key),
      feed: () => undefined,
      options: { fields: new Set(), ...(after === undefined ? {} : { after }) },
    });
    const { value } = await watch.next();
    await watch.return?.();
    return value;
  };
  return { listsOver, first };
};

describe('a cursor of a watch', () => {
  it('is good for the same backends, in whatever order they are configured', async () => {
    const { listsOver, first } = await rig();
    const { cursor } = await first(listsOver('one', 'two'), ['one', 'two']);
    expect(await first(listsOver('two', 'one'), ['two', 'one'], cursor)).toMatchObject({ reset: false });
    expect(await first(listsOver('one', 'two', 'three'), ['one', 'two'], cursor)).toMatchObject({ reset: false });
  });

  it('means nothing where one that the watch touched is missing, or one more would be touched', async () => {
    const { listsOver, first } = await rig();
    const { cursor } = await first(listsOver('one', 'two'), ['one', 'two']);
    expect(await first(listsOver('one'), ['one'], cursor)).toMatchObject({ reset: true });
    expect(await first(listsOver('one', 'two', 'three'), ['one', 'two', 'three'], cursor)).toMatchObject({ reset: true });
  });

  it('that only touches others goes on when a backend is taken out', async () => {
    const { listsOver, first } = await rig();
    const { cursor } = await first(listsOver('one', 'two'), ['one']);
    expect(await first(listsOver('one'), ['one'], cursor)).toMatchObject({ reset: false });
  });
});

describe('a cursor of a query', () => {
  it('is joined by any watch where the same backends are configured, and nowhere else', async () => {
    const { listsOver, first } = await rig();
    const cursor = listsOver('one', 'two').liveCursor();
    expect(await first(listsOver('two', 'one'), ['one'], cursor)).toMatchObject({ reset: false });
    expect(await first(listsOver('one'), ['one'], cursor)).toMatchObject({ reset: true });
  });
});
