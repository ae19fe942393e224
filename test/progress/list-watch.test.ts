import { describe, expect, it } from 'vitest';
import type { Backend, Revised, Task } from '../../src/domain/index.js';
import type { CountedStep } from '../../src/progress/hub.js';
import { createListWatch, type ListWatch } from '../../src/progress/watch/list-watch.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();
let revision = 0;
const task = (name: string, more: Partial<Task> = {}): Revised<Task> => {
  revision += 1;
  return { ...makeTask(name, more), revision };
};

interface Rig {
  readonly watch: ListWatch<Task, Task['state']>;
  readonly ended: () => number;
  step(): Promise<CountedStep<Task, Task['state']>>;
}

const rig = (
  options: {
    readonly current?: readonly Revised<Task>[];
    readonly snapshot?: boolean;
    readonly onlyRunning?: boolean;
    readonly begin?: () => Promise<void>;
  } = {},
): Rig => {
  let ended = 0;
  let sequence = 0;
  const watch: ListWatch<Task, Task['state']> = createListWatch<Task, Task['state']>({
    matches: (value) => !options.onlyRunning || value.state === 'RUNNING',
    stateOf: (value) => value.state,
    begin: options.begin ?? (async () => undefined),
    current: () => options.current ?? [],
    backends: () => [],
    snapshot: options.snapshot ?? true,
    cursor: () => `c${++sequence}`,
    unfinished: () => 'part',
    after: undefined,
    reach: async () => undefined,
    resume: () => undefined,
    end: () => {
      ended += 1;
    },
  });
  return {
    watch,
    ended: () => ended,
    step: async () => {
      const { done, value } = await watch.next();
      if (done) throw new Error('the watch is over');
      return value;
    },
  };
};

const names = (tasks: readonly Revised<Task>[]): readonly (string | null)[] => tasks.map((each) => each.nativeId);

describe('a watched list', () => {
  it('begins with a reset and all that matches, in parts, and is synced with the last', async () => {
    const all = Array.from({ length: 250 }, (_, index) => task(`t${index}`));
    const { step } = rig({ current: all });
    const parts = [await step(), await step(), await step()];
    expect(parts.map((part) => [part.reset, part.synced, part.added.length])).toEqual([
      [true, false, 100],
      [false, false, 100],
      [false, true, 50],
    ]);
    expect(parts.flatMap((part) => names(part.added))).toEqual(names(all));
    expect(parts[2]?.stateCounts).toEqual([{ state: 'RUNNING', count: 250 }]);
  });

  it('begins with one synced step when there is nothing', async () => {
    expect(await rig().step()).toMatchObject({ reset: true, synced: true, added: [] });
  });

  it('sends no snapshot to a client that has the list, yet only changes to what it has', async () => {
    const { watch, step } = rig({ current: [task('a')], snapshot: false });
    expect(await step()).toMatchObject({ reset: true, synced: true, added: [] });
    watch.touch(task('a', { progress: 0.5 }));
    watch.touch(task('b'));
    const next = await step();
    expect([names(next.changed), names(next.added)]).toEqual([['a'], ['b']]);
  });

  it('tells what stopped matching in the state that made it', async () => {
    const { watch, step } = rig({ current: [task('a')], onlyRunning: true });
    await step();
    watch.touch(task('a', { state: 'FAILED' }));
    const next = await step();
    expect(next.left.map((each) => each.state)).toEqual(['FAILED']);
    expect(next.stateCounts).toEqual([]);
  });

  it('conflates many changes into the latest, and never loses the end of what came and went between two steps', async () => {
    const { watch, step } = rig({ current: [task('a')], onlyRunning: true });
    await step();
    for (let index = 0; index < 1000; index += 1) watch.touch(task('a', { progress: index / 1000 }));
    watch.touch(task('short'));
    watch.touch(task('short', { state: 'SUCCEEDED' }));
    const next = await step();
    expect(next.changed.map((each) => each.progress)).toEqual([0.999]);
    expect(next.added).toEqual([]);
    expect(next.left.map((each) => [each.nativeId, each.state])).toEqual([['short', 'SUCCEEDED']]);
  });

  it('says nothing of what never matched', async () => {
    const { watch, step } = rig({ onlyRunning: true });
    await step();
    watch.touch(task('ended', { state: 'SUCCEEDED' }));
    watch.touch(task('mine'));
    const next = await step();
    expect([names(next.added), names(next.left)]).toEqual([['mine'], []]);
  });

  it('forgets only what the client has', async () => {
    const { watch, step } = rig({ current: [task('a')] });
    await step();
    watch.forget('task:one:unknown~1');
    watch.forget(task('a').id);
    expect((await step()).forgotten).toEqual([task('a').id]);
  });

  it('carries a backend whose health changed', async () => {
    const { watch, step } = rig();
    await step();
    const backend = { key: 'one' } as Backend;
    watch.touchBackend(backend);
    expect((await step()).backends).toEqual([backend]);
  });

  it('loses nothing that changes while it begins', async () => {
    let open: () => void = () => undefined;
    const current: Revised<Task>[] = [];
    const { watch, step } = rig({
      current,
      begin: () =>
        new Promise((resolve) => {
          open = resolve;
        }),
    });
    const first = step();
    await Promise.resolve();
    const early = task('early');
    current.push(early);
    watch.touch(early);
    open();
    expect(names((await first).added)).toEqual(['early']);
  });

  it('ends at once while it waits, and lets go exactly once', async () => {
    const { watch, step, ended } = rig();
    await step();
    const waiting = watch.next();
    await watch.return?.();
    await watch.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    expect(ended()).toBe(1);
  });

  it('fails the step that began it when it cannot begin, and is over', async () => {
    const { watch, ended } = rig({ begin: () => Promise.reject(new Error('no')) });
    await expect(watch.next()).rejects.toThrow('no');
    expect(await watch.next()).toEqual({ done: true, value: undefined });
    expect(ended()).toBe(1);
  });

  it('gives two readers two different steps', async () => {
    const { watch } = rig({ current: [task('a')] });
    const [first, second] = [watch.next(), watch.next()];
    expect((await first).value).toMatchObject({ reset: true });
    watch.touch(task('b'));
    expect(names((await second).value?.added ?? [])).toEqual(['b']);
  });
});
