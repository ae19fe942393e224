import { eventually, pause } from './eventually.js';
import type { Instances } from './instances.js';
import type { Load, Work } from './load.js';
import { untilDone } from './load.js';
import { isFinal, type Row, type Told } from './told.js';
import { createWatcher, type Watcher } from './watcher.js';

/** Clients spread over all instances, and what they have been told altogether. */
export interface Watchers {
  readonly all: readonly Watcher[];
  /** Resolves once each has its lists. */
  ready(): Promise<void>;
  /** Follows a task by itself at so many of them. */
  follow(taskId: string, count?: number): void;
  /** Waits until every end has arrived everywhere, and finds what is missing, came twice, or is not as it is. */
  verdict(load: Load): Promise<Verdict>;
  dispose(): Promise<void>;
}

/** How it came out. */
export interface Verdict {
  /** Ends that a client was not told, and objects that are not as they are. */
  readonly lost: readonly string[];
  readonly repeated: readonly string[];
  /** Objects that are as they are under another revision than the instances have by now. */
  readonly renumbered: readonly string[];
  /** By the stream that began anew. */
  readonly resets: readonly string[];
  readonly events: number;
  readonly clients: number;
  readonly tasks: number;
  readonly reconnects: number;
}

export interface WatchersOptions {
  /** For each instance. */
  readonly count?: number;
  /** How many of those stay with an instance that does not answer. */
  readonly patient?: number;
}

/** The last end has to come within this after the vendors have done everything. */
const settleMs = 25_000;
/** A change of what these tests do not look at may still be on its way. */
const renumberedMs = 1_500;

const knows = (told: Told, id: string): string | undefined => told.ends().get(id);

/** Until it is so, or too late. */
const settled = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const until = Date.now() + settleMs;
  while (!(await isSo()) && Date.now() < until) await pause(100);
};

type Listing = ReadonlyMap<string, Row>;
const listed = async (instances: Instances, field: 'tasks' | 'jobs'): Promise<readonly (readonly [string, Listing])[]> =>
  Promise.all(
    instances.serving().map(async (instance) => {
      const data = await instance.ask<Readonly<Record<string, { readonly nodes: readonly Row[] }>>>(
        `{ ${field}(first: 500) { nodes { id revision state } } }`,
      );
      return [instance.name, new Map(data[field]?.nodes.map((row) => [row.id, row]))] as const;
    }),
  );

interface Differences {
  readonly lost: readonly string[];
  readonly renumbered: readonly string[];
}

/** Where a client's list is not what an instance answers. */
const differences = (
  name: string,
  held: Listing,
  [at, fresh]: readonly [string, Listing],
  isWanted: (row: Row) => boolean,
): Differences => {
  const ids = [...new Set([...held.keys(), ...[...fresh.values()].filter(isWanted).map(({ id }) => id)])];
  const say = (id: string): string => `${name}: ${JSON.stringify(held.get(id))}; ${at} answers ${JSON.stringify(fresh.get(id))}`;
  /** Whoever holds a later copy than there is drops those that come. */
  const isAhead = (id: string): boolean => (held.get(id)?.revision ?? 0) > (fresh.get(id)?.revision ?? Number.POSITIVE_INFINITY);
  const isLost = (id: string): boolean => held.get(id)?.state !== fresh.get(id)?.state || isAhead(id);
  return {
    lost: ids.filter(isLost).map(say),
    renumbered: ids.filter((id) => !isLost(id) && held.get(id)?.revision !== fresh.get(id)?.revision).map(say),
  };
};
const together = (parts: readonly Differences[]): Differences => ({
  lost: parts.flatMap(({ lost }) => lost),
  renumbered: parts.flatMap(({ renumbered }) => renumbered),
});

export const createWatchers = (instances: Instances, { count = 3, patient = 1 }: WatchersOptions = {}): Watchers => {
  const all = instances.all.flatMap((instance, home) =>
    Array.from({ length: count }, (_, index) =>
      createWatcher({ name: `${instance.name}${index + 1}`, instances: instances.serving, home, impatient: index >= patient }),
    ),
  );
  /** Tasks that a client was told of before their end. */
  const seen = (load: Load): ReadonlySet<string> =>
    new Set([...load.works.map(({ taskId }) => taskId), ...all.flatMap(({ tasks }) => [...tasks.begun()])]);

  const unknown = (load: Load): readonly string[] =>
    all.flatMap(({ name, tasks, told }) => [
      ...[...seen(load)].filter((id) => knows(tasks, id) === undefined).map((id) => `${name}: the end of ${id} in the list`),
      ...told().flatMap((each) =>
        [...each.begun()].filter((id) => id.startsWith('task:') && knows(each, id) === undefined).map((id) => `${name}: the end of ${id}`),
      ),
    ]);
  const untrue = (works: readonly Work[], ends: ReadonlyMap<Work, string | undefined>): readonly string[] =>
    works.flatMap((work) =>
      all.flatMap(({ name, told }) =>
        told().flatMap((each) => {
          const end = knows(each, work.taskId);
          return end === undefined || end === ends.get(work) ? [] : [`${name}: ${work.what} ended ${end}, in truth ${ends.get(work)}`];
        }),
      ),
    );
  const different = async (load: Load): Promise<Differences> => {
    const [tasks, jobs] = await Promise.all([listed(instances, 'tasks'), listed(instances, 'jobs')]);
    const began = seen(load);
    const parts = (watcher: Watcher): readonly Differences[] => [
      ...tasks.map((at) =>
        differences(`${watcher.name}, tasks`, watcher.tasks.rows(), at, ({ id, state }) => began.has(id) || !isFinal(state)),
      ),
      ...tasks.map((at) => differences(`${watcher.name}, unended`, watcher.unended.rows(), at, ({ state }) => !isFinal(state))),
      ...jobs.map((at) => differences(`${watcher.name}, jobs`, watcher.jobs.rows(), at, () => true)),
    ];
    return together(all.flatMap(parts));
  };

  return {
    all,
    ready: async () => {
      for (const { tasks, unended, jobs } of all)
        await eventually(
          () => [tasks, unended, jobs],
          (lists) => lists.every((each) => each.synced()),
        );
    },
    follow: (taskId, followers = 2) => {
      for (const watcher of all.slice(0, followers)) watcher.follow(taskId).catch(() => undefined);
    },
    verdict: async (load) => {
      const truth = await untilDone(instances, load.works);
      const ends = new Map(load.works.map((work) => [work, work.end(truth)]));
      await settled(() => unknown(load).length === 0);
      // What is told after this one is behind all that went before: nothing more is on its way.
      await load.reset(100);
      const last = load.works.at(-1);
      if (last) ends.set(last, 'SUCCEEDED');
      await settled(() => unknown(load).length === 0);
      // Before anybody asks: a query may bring what a stream should have told by itself.
      const missed = unknown(load);
      let apart = together([]);
      const soon = Date.now() + renumberedMs;
      await settled(async () => {
        apart = await different(load);
        return apart.lost.length === 0 && (apart.renumbered.length === 0 || Date.now() > soon);
      });
      const told = all.flatMap((watcher) => watcher.told());
      return {
        lost: [
          ...missed,
          ...unknown(load).filter((each) => !missed.includes(each)),
          ...untrue(load.works, ends),
          ...apart.lost,
          ...all.flatMap(({ failures }) => failures()),
        ],
        repeated: [
          ...told.flatMap((each) => each.repeats()),
          ...load.works.filter((work) => work.done(truth) > 1).map(({ what }) => `${what} was done more than once`),
        ],
        renumbered: apart.renumbered,
        resets: told.filter((each) => each.resets() > 0).map(({ name }) => name),
        events: told.reduce((sum, each) => sum + each.events(), 0),
        clients: all.length,
        tasks: seen(load).size,
        reconnects: all.reduce((sum, { reconnects }) => sum + reconnects(), 0),
      };
    },
    dispose: async () => {
      await Promise.all(all.map((watcher) => watcher.dispose()));
    },
  };
};

/** One line for who reads the log of the tests. */
export const sayVerdict = (scenario: string, { lost, repeated, renumbered, resets, ...counts }: Verdict): void => {
  const { events, clients, tasks, reconnects } = counts;
  const counted = `events ${events}, clients ${clients}, tasks ${tasks}, reconnects ${reconnects}`;
  const apart = `resets ${resets.length}, renumbered ${renumbered.length}`;
  process.stdout.write(`${scenario}: lost ${lost.length}, repeated ${repeated.length} (${counted}; ${apart})\n`);
};
