import fc from 'fast-check';
import { eventsAlone, eventsAmongSeveral } from './arbitrary-events.js';
import type { Plant } from './plants.js';
import type { VirtualTime } from './virtual-time.js';
import { createWorld, type WorldSetting } from './world.js';

const checkpointEntries = fc.constantFrom(3, 512);
const backends = fc.constantFrom(1 as const, 2 as const);

const worlds = {
  /** One instance over a store of its own. */
  alone: {
    all: eventsAlone,
    setting: fc.record({
      instances: fc.constant(1),
      shared: fc.constant(false),
      backends,
      skewMs: fc.constant(0),
      checkpointEntries,
      sharesWatches: fc.boolean(),
    }),
  },
  /** Several over one store. */
  several: {
    all: eventsAmongSeveral,
    setting: fc.record({
      instances: fc.constantFrom(2, 3),
      shared: fc.constant(true),
      backends,
      skewMs: fc.constantFrom(0, 20),
      checkpointEntries,
      sharesWatches: fc.boolean(),
    }),
  },
};

/** What came of many runs. */
export interface Outcome {
  /** Those that were made, and how they can be made again. */
  readonly runs: number;
  readonly seed: number;
  /** What is wrong, with the shortest way there that was found; undefined: nothing. */
  readonly failure: string | undefined;
}

/** Random interleavings of everything that may happen. `brief`: the way that was found first is told, and no shorter one looked for. */
export const checkModel = async (
  time: VirtualTime,
  options: {
    readonly world: keyof typeof worlds;
    readonly runs: number;
    readonly seed: number;
    readonly brief?: boolean;
    readonly plant?: () => Plant;
  },
): Promise<Outcome> => {
  const { setting, all } = worlds[options.world];
  const outcome = await fc.check(
    fc.asyncProperty(all, setting, async (events, chosen: WorldSetting) => {
      const world = await createWorld(time, options.plant ? { ...chosen, plant: options.plant() } : chosen);
      try {
        for (const each of events) await world.happen(each);
        await world.rest();
        if (world.faults.length > 0) throw new TypeError(world.faults.join('\n'));
      } finally {
        world.dispose();
      }
    }),
    { numRuns: options.runs, seed: options.seed, endOnFailure: options.brief === true },
  );
  return {
    runs: outcome.numRuns,
    seed: options.seed,
    failure: outcome.failed ? `${fc.defaultReportMessage(outcome)}\n${String(outcome.errorInstance)}` : undefined,
  };
};
