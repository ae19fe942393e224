import { describe, expect, it } from 'vitest';
import { createEnds } from '../../../src/progress/results/ends.js';
import type { JobRecord } from '../../../src/progress/results/record.js';
import { createShelfOfRecords } from '../../../src/progress/results/shelf.js';
import { createSharedStore } from '../../support/shared-store.js';

/** Two gateways that know the same job, each with a clock of its own, and all they say of how it ended. */
const begin = async (turnsOf: (instance: number) => number) => {
  const shared = createSharedStore();
  const told: JobRecord['end'][] = [];
  const make = async (instance: number) => {
    const { store } = shared.open();
    /** Each write is held up for so many turns, before and after it. */
    const slow = async <T>(write: () => Promise<T>): Promise<T> => {
      for (let turn = turnsOf(instance); turn > 0; turn -= 1) await new Promise(setImmediate);
      const done = await write();
      for (let turn = turnsOf(instance); turn > 0; turn -= 1) await new Promise(setImmediate);
      return done;
    };
    const shelf = createShelfOfRecords({
      backendKey: 'one',
      store: { ...store, put: (...put) => slow(() => store.put(...put)), append: (...entry) => slow(() => store.append(...entry)) },
      now: () => 1_000 + instance,
      damaged: () => undefined,
      changed: ({ record }) => void told.push(record.end),
      dropped: () => undefined,
      stirred: () => undefined,
      settleTwins: async () => undefined,
      fault: () => undefined,
    });
    const leave = shelf.follow();
    const ends = createEnds(shelf, { lost: () => undefined, late: () => undefined }, () => 2_000 + instance);
    await shelf.load();
    return { shelf, ends, leave };
  };
  const all = [await make(0), await make(1)] as const;
  const { entry } = await all[0].shelf.bear('7', async () => false, { ours: true, job: null, task: null });
  await all[1].shelf.sync();
  const entries = [entry, [...all[1].shelf.all()][0] ?? entry] as const;
  return { all, entries, told };
};

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 60; turn += 1) await new Promise(setImmediate);
};

describe('two gateways that find the same result at the same time', () => {
  it.each([0, 1, 2, 3, 5, 8].flatMap((left) => [0, 1, 2, 3, 5, 8].map((right) => [left, right] as const)))(
    'say the same of how its job ended, and hold the same record: held up for %i and %i turns',
    async (...turns) => {
      const { all, entries, told } = await begin((instance) => turns[instance] ?? 0);
      await Promise.all(all.map(({ ends }, index) => ends.received(entries[index] ?? entries[0], 5)));
      await settle();
      await Promise.all(all.map(({ shelf }) => shelf.sync()));
      const [one, other] = entries;
      expect(one.record.end).not.toBeNull();
      expect(other.record).toEqual(one.record);
      expect(new Set(told.map((end) => end?.at)).size).toBe(1);
      for (const { leave } of all) leave();
    },
  );
});
