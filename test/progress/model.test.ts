import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createVirtualTime, type VirtualTime } from '../support/model/virtual-time.js';
import { createWorld, type Event } from '../support/model/world.js';

let time: VirtualTime;
beforeEach(() => {
  time = createVirtualTime();
});
afterEach(() => time.stop());

const of = fc.nat(7);
const only = <const K extends string>(is: K): fc.Arbitrary<{ is: K }> => fc.record({ is: fc.constant(is) });
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ is: fc.constant('time passes' as const), ms: fc.integer({ min: 10, max: 60 }) }) },
  { weight: 4, arbitrary: only('task begins') },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('task moves' as const), of }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('task ends' as const), of, well: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('task vanishes' as const), of }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('job is' as const), of, open: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('job goes' as const), of }) },
  { weight: 1, arbitrary: only('vendor fails') },
  { weight: 1, arbitrary: only('vendor is back') },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('client comes' as const), list: fc.nat(3), slow: fc.boolean() }) },
  { weight: 1, arbitrary: only('client joins a query') },
  { weight: 1, arbitrary: only('a query reads') },
  { weight: 3, arbitrary: fc.record({ is: fc.constant('client reads' as const), of }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('client goes' as const), of }) },
  { weight: 4, arbitrary: fc.record({ is: fc.constant('client comes back' as const), of, stepsLost: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('client comes with a foreign cursor' as const), of }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('one task is watched' as const), of }) },
  { weight: 1, arbitrary: only('all leave') },
  { weight: 1, arbitrary: only('an entry is refused') },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('gateway restarts' as const), crashes: fc.boolean() }) },
);

/** The seed of a failure, to see it again: `MODEL_SEED=… npx vitest run --project progress test/progress/model.test.ts`. */
const seed = process.env.MODEL_SEED === undefined ? undefined : Number(process.env.MODEL_SEED);
const runs = Number(process.env.MODEL_RUNS ?? 3_000);

describe('whatever happens in whatever order', () => {
  it('nobody misses anything, hears anything twice, or is left with what is not so', { timeout: 300_000 }, async () => {
    const outcome = await fc.check(
      fc.asyncProperty(
        fc.array(event, { minLength: 5, maxLength: 60, size: 'max' }),
        fc.constantFrom(3, 512),
        async (events, checkpointEntries) => {
          const world = await createWorld(time, checkpointEntries);
          try {
            for (const each of events) await world.happen(each);
            await world.rest();
            if (world.faults.length > 0) throw new TypeError(world.faults.join('\n'));
          } finally {
            await world.dispose();
          }
          // Nothing waits any more but the patience of watches that began a moment ago.
          vi.advanceTimersByTime(10_000);
          expect(vi.getTimerCount()).toBe(0);
        },
      ),
      { numRuns: runs, ...(seed === undefined ? {} : { seed }), endOnFailure: process.env.MODEL_QUICK !== undefined },
    );
    expect(outcome.failed, `${fc.defaultReportMessage(outcome)}\n${String(outcome.errorInstance)}`).toBe(false);
  });
});
