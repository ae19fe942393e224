import { describe, expect, it } from 'vitest';
import type { Backend, Revised } from '../../src/domain/index.js';
import type { CountedStep } from '../../src/progress/hub.js';
import { joinListSteps, weighListStep } from '../../src/progress/watch/join-steps.js';

interface Thing {
  readonly id: string;
  readonly state: 'RUNNING' | 'ENDED';
}
type Step = CountedStep<Thing, string>;

const thing = (id: string, revision: number, state: Thing['state'] = 'RUNNING'): Revised<Thing> => ({ id, state, revision });
const step = (more: Partial<Step>): Step => ({
  cursor: 'c',
  reset: false,
  synced: true,
  added: [],
  changed: [],
  left: [],
  forgotten: [],
  backends: [],
  stateCounts: [],
  ...more,
});

interface Client {
  readonly list: Map<string, number>;
  readonly ends: Map<string, number>;
}

/** Applies a step as clients are told to, and takes nothing amiss. */
const apply = (client: Client, { reset, left, forgotten, added, changed }: Step): Client => {
  const list = new Map(reset ? [] : client.list);
  const ends = new Map(client.ends);
  for (const { id, revision } of left) {
    list.delete(id);
    ends.set(id, revision);
  }
  for (const id of forgotten) list.delete(id);
  for (const { id, revision } of added) {
    if (list.has(id)) throw new Error(`${id} is added to a list that has it`);
    list.set(id, revision);
  }
  for (const { id, revision } of changed) {
    if (!list.has(id)) throw new Error(`${id} changed in a list that has it not`);
    list.set(id, revision);
  }
  return { list, ends };
};

/** Steps as a watch makes them: of a list of five, whose members come, change, end, end unseen, are forgotten. */
const randomSteps = (random: (below: number) => number, count: number): { readonly start: Client; readonly steps: readonly Step[] } => {
  let revision = 0;
  const has = new Map<string, number>();
  for (const id of ['a', 'b', 'c']) if (random(2) === 0) has.set(id, ++revision);
  const start: Client = { list: new Map(has), ends: new Map() };
  const steps = Array.from({ length: count }, () => {
    const news = {
      added: [] as Revised<Thing>[],
      changed: [] as Revised<Thing>[],
      left: [] as Revised<Thing>[],
      forgotten: [] as string[],
    };
    for (const id of ['a', 'b', 'c', 'd', 'e']) {
      revision += 1;
      const chance = random(6);
      if (has.has(id)) {
        if (chance === 0) news.left.push(thing(id, revision, 'ENDED'));
        if (chance === 1) news.forgotten.push(id);
        if (chance <= 1) has.delete(id);
        if (chance === 2) news.changed.push(thing(id, revision));
      } else {
        if (chance === 0) news.left.push(thing(id, revision, 'ENDED'));
        if (chance === 1) {
          news.added.push(thing(id, revision));
          has.set(id, revision);
        }
      }
    }
    return step(news);
  });
  return { start, steps };
};

const randomFrom = (seed: number): ((below: number) => number) => {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return (state >>> 12) % below;
  };
};

describe('steps joined into one', () => {
  it('bring a list where they bring it one by one, and tell every end, in whatever order they are joined', () => {
    for (let seed = 1; seed <= 3_000; seed += 1) {
      const random = randomFrom(seed);
      const { start, steps } = randomSteps(random, 2 + random(5));
      const oneByOne = steps.reduce(apply, start);
      const cut = 1 + random(steps.length - 1);
      const join = (some: readonly Step[]): Step => some.reduce((all, each) => joinListSteps(all, each));
      for (const joined of [join(steps), joinListSteps(join(steps.slice(0, cut)), join(steps.slice(cut)))]) {
        const atOnce = apply(start, joined);
        expect({ seed, list: [...atOnce.list].toSorted() }).toEqual({ seed, list: [...oneByOne.list].toSorted() });
        expect({ seed, ends: [...atOnce.ends].toSorted() }).toEqual({ seed, ends: [...oneByOne.ends].toSorted() });
        expect(weighListStep(joined)).toBeLessThanOrEqual(steps.reduce((sum, each) => sum + weighListStep(each), 0));
      }
    }
  });

  it('do not mention what came and was forgotten, and mention the end of what came and ended', () => {
    const came = step({ added: [thing('a', 1), thing('b', 2)] });
    const joined = joinListSteps(came, step({ forgotten: ['a'], left: [thing('b', 3, 'ENDED')] }));
    expect(joined).toMatchObject({ added: [], changed: [], forgotten: [], left: [{ id: 'b', revision: 3 }] });
  });

  it('tell an end although it is forgotten after that', () => {
    const joined = joinListSteps(step({ left: [thing('a', 1, 'ENDED')] }), step({ forgotten: ['a'] }));
    expect(joined).toMatchObject({ left: [{ id: 'a' }], forgotten: [] });
  });

  it('with a reset in the later keep nothing of the earlier but what is gone', () => {
    const joined = joinListSteps(
      step({ added: [thing('a', 1)], left: [thing('b', 2, 'ENDED')] }),
      step({ reset: true, synced: false, added: [thing('c', 3)] }),
    );
    expect(joined).toMatchObject({ reset: true, synced: false, added: [{ id: 'c' }], left: [{ id: 'b' }] });
  });

  it('with a reset in the earlier are a reset', () => {
    const joined = joinListSteps(step({ reset: true, added: [thing('a', 1)] }), step({ changed: [thing('a', 2)] }));
    expect(joined).toMatchObject({ reset: true, added: [{ id: 'a', revision: 2 }], changed: [] });
  });

  it('name each backend once, and count as the later does', () => {
    const [one, two] = [{ key: 'one' } as Backend, { key: 'two' } as Backend];
    const joined = joinListSteps(
      step({ backends: [one] }),
      step({ cursor: 'later', backends: [two, one], stateCounts: [{ state: 'RUNNING', count: 7 }] }),
    );
    expect(joined).toMatchObject({ cursor: 'later', backends: [one, two], stateCounts: [{ state: 'RUNNING', count: 7 }] });
  });
});
