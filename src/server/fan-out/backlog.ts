import type { FollowedStream } from '../../domain/index.js';

/** A stretch of the stream: what happened after event `from`, up to event `to`. */
interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly event: object;
  readonly weight: number;
}

/** The events that somebody has not been told yet. */
export interface Backlog {
  /** Number of the last event. */
  readonly head: number;
  /** Objects in all that is kept. */
  readonly weight: number;
  push(event: object): void;
  /** All that happened after event `position`, as one event; the same one for all who ask until the next comes. Undefined: nothing. */
  after(position: number): object | undefined;
  /** Drops what nobody needs any more, and joins what nobody stands between; `positions`: where those stand who have not been told all. */
  keepFor(positions: ReadonlySet<number>): void;
}

/** Stretches kept beyond two for each position: joining has its cost, so it is not done for every event. */
const spare = 16;

export const createBacklog = ({ join, weigh }: Pick<FollowedStream<object>, 'join' | 'weigh'>): Backlog => {
  let stretches: Stretch[] = [];
  let head = 0;
  let weight = 0;
  /** Joined events by position, for the head there is. */
  let joined = new Map<number, object>();

  const stretchOf = (from: number, to: number, event: object): Stretch => ({ from, to, event, weight: weigh(event) });
  const replace = (next: Stretch[]): void => {
    stretches = next;
    weight = next.reduce((sum, each) => sum + each.weight, 0);
  };

  return {
    get head() {
      return head;
    },
    get weight() {
      return weight;
    },
    push: (event) => {
      const stretch = stretchOf(head, head + 1, event);
      head += 1;
      stretches.push(stretch);
      weight += stretch.weight;
      joined = new Map();
    },
    after: (position) => {
      const first = stretches.findIndex(({ from }) => from >= position);
      if (first < 0) return undefined;
      // What is joined for later positions serves the earlier ones: however many stand apart, each stretch is joined once.
      const missing: Stretch[] = [];
      let event: object | undefined;
      for (let index = first; index < stretches.length && event === undefined; index += 1) {
        const stretch = stretches[index];
        if (stretch) event = joined.get(stretch.from);
        if (stretch && !event) missing.push(stretch);
      }
      for (const { from, event: earlier } of missing.toReversed()) {
        event = event ? join(earlier, event) : earlier;
        joined.set(from, event);
      }
      return event;
    },
    keepFor: (positions) => {
      for (const position of joined.keys()) if (!positions.has(position)) joined.delete(position);
      if (positions.size === 0) return replace([]);
      const first = Math.min(...positions);
      const needed = stretches.filter(({ from }) => from >= first);
      if (needed.length <= spare + 2 * positions.size) return replace(needed);
      const kept: Stretch[] = [];
      for (const each of needed) {
        const last = kept.at(-1);
        if (last === undefined || positions.has(each.from)) kept.push(each);
        else kept[kept.length - 1] = stretchOf(last.from, each.to, join(last.event, each.event));
      }
      replace(kept);
    },
  };
};
