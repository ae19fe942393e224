import type { Instances } from './instances.js';
import { createLoad, type Load } from './load.js';
import { createWatchers, sayVerdict, type Verdict, type Watchers, type WatchersOptions } from './watchers.js';

/** Clients of instances that run already, and what these are made to do while they are watched. */
export interface Scene {
  readonly watchers: Watchers;
  readonly load: Load;
  /** Waits until everything has ended, and says in one line how it came out. */
  judge(scenario: string): Promise<Verdict>;
  /** Leaves the instances as they are. */
  dispose(): Promise<void>;
}

/** Starts those that the scene before has ended. */
export const createScene = async (instances: Instances, options: WatchersOptions = {}): Promise<Scene> => {
  for (const instance of instances.all) if (instance.url() === undefined) await instance.start();
  const watchers = createWatchers(instances, options);
  const load = createLoad(instances);
  try {
    await watchers.ready();
  } catch (error) {
    await watchers.dispose();
    throw error;
  }
  return {
    watchers,
    load,
    judge: async (scenario) => {
      const verdict = await watchers.verdict(load);
      sayVerdict(scenario, verdict);
      return verdict;
    },
    dispose: watchers.dispose,
  };
};

/** How every scenario has to come out. Who may begin anew is said by each. */
export const nothingLostOrRepeated = { lost: [], repeated: [] } as const;

/** How those come out in which Redis is there all the time. */
export const asIfNothingHadHappened = { ...nothingLostOrRepeated, resets: [], renumbered: [] } as const;
