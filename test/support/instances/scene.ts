import { createInstances, type Instances, type InstancesOptions } from './instances.js';
import { createLoad, type Load } from './load.js';
import { createWatchers, sayVerdict, type Verdict, type Watchers, type WatchersOptions } from './watchers.js';

/** Instances, their clients, and what they are made to do. */
export interface Scene extends Pick<Instances, 'all' | 'redis' | 'vendors' | 'leaderOf'> {
  readonly instances: Instances;
  readonly watchers: Watchers;
  readonly load: Load;
  /** Waits until everything has ended, and says in one line how it came out. */
  judge(scenario: string): Promise<Verdict>;
  dispose(): Promise<void>;
}

export interface SceneOptions extends InstancesOptions {
  readonly watchers?: WatchersOptions;
}

export const createScene = async (options: SceneOptions = {}): Promise<Scene> => {
  const instances = await createInstances(options);
  const watchers = createWatchers(instances, options.watchers);
  const load = createLoad(instances);
  const dispose = async (): Promise<void> => {
    await watchers.dispose();
    await instances.dispose();
  };
  try {
    await watchers.ready();
  } catch (error) {
    await dispose();
    throw error;
  }
  const { all, redis, vendors, leaderOf } = instances;
  return {
    instances,
    all,
    redis,
    vendors,
    leaderOf,
    watchers,
    load,
    judge: async (scenario) => {
      const verdict = await watchers.verdict(load);
      sayVerdict(scenario, verdict);
      return verdict;
    },
    dispose,
  };
};

/** How every scenario has to come out. Who may begin anew is said by each. */
export const nothingLostOrRepeated = { lost: [], repeated: [] } as const;

/** How those come out in which Redis is there all the time. */
export const asIfNothingHadHappened = { ...nothingLostOrRepeated, resets: [], renumbered: [] } as const;
