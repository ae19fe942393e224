import fc from 'fast-check';
import type { Event } from './events.js';

const of = fc.nat(7);
const at = fc.nat(2);
/** Clocks tick in poll intervals of half a second to a second. */
const passing = fc.integer({ min: 200, max: 1_500 });

type FactsOf<E, K> = E extends { readonly is: infer I } ? (K extends I ? Omit<E, 'is'> : never) : never;
type Facts<K extends Event['is']> = FactsOf<Event, K>;

const event = <K extends Event['is']>(
  weight: number,
  is: K,
  facts: { readonly [F in keyof Facts<K>]: fc.Arbitrary<Facts<K>[F]> },
): fc.WeightedArbitrary<Event> => ({
  weight,
  // The two together are what the type says.
  arbitrary: fc.record({ is: fc.constant(is), ...facts }) as unknown as fc.Arbitrary<Event>,
});

/** What happens whatever the gateways are on. */
const everywhere: readonly fc.WeightedArbitrary<Event>[] = [
  event(6, 'time passes', { ms: passing }),
  event(4, 'task begins', { of }),
  event(3, 'task moves', { of }),
  event(4, 'task ends', { of, well: fc.boolean() }),
  event(1, 'task vanishes', { of }),
  event(4, 'job is', { of, open: fc.boolean() }),
  event(2, 'job goes', { of }),
  event(1, 'vendor fails', {}),
  event(1, 'vendor is back', {}),
  event(1, 'vendor takes its time', { ms: fc.constantFrom(0, 0, 100, 700) }),
  event(4, 'client comes', { list: fc.nat(3), slow: fc.boolean(), at }),
  event(1, 'client joins a query', { at, to: at }),
  event(1, 'a query reads', { at, ms: fc.constantFrom(0, 0, 300, 1_300) }),
  event(3, 'client reads', { of }),
  event(2, 'client goes', { of }),
  event(4, 'client comes back', { of, stepsLost: fc.nat(3), at }),
  event(1, 'client comes with a foreign cursor', { of, at }),
  event(2, 'one task is watched', { of, at }),
  event(1, 'all leave', {}),
  event(2, 'gateway restarts', { at, crashes: fc.boolean() }),
];

/** A few things one after the other that seldom meet by chance. */
const story = (...events: readonly fc.Arbitrary<Event>[]): fc.Arbitrary<readonly Event[]> => fc.tuple(...events);
const one = <K extends Event['is']>(is: K, facts: { readonly [F in keyof Facts<K>]: fc.Arbitrary<Facts<K>[F]> }): fc.Arbitrary<Event> =>
  event(1, is, facts).arbitrary;
const single = (events: readonly fc.WeightedArbitrary<Event>[]): fc.Arbitrary<readonly Event[]> =>
  fc.oneof(...events).map((each) => [each]);

const aWhile = one('time passes', { ms: fc.integer({ min: 900, max: 2_000 }) });
/** Until leases have ended. */
const long = one('time passes', { ms: fc.integer({ min: 4_000, max: 8_000 }) });
const begins = one('task begins', { of });
const moves = one('task moves', { of });
const ends = one('task ends', { of, well: fc.boolean() });
const comesBack = one('client comes back', { of, stepsLost: fc.nat(2), at });

const stories: readonly fc.Arbitrary<readonly Event[]>[] = [
  story(begins, aWhile, ends, aWhile),
  story(one('client comes', { list: fc.nat(3), slow: fc.constant(true), at }), aWhile, begins, aWhile, ends, aWhile),
  story(begins, aWhile, one('client goes', { of }), ends, aWhile, comesBack),
];

const storiesOfSeveral: readonly fc.Arbitrary<readonly Event[]>[] = [
  story(begins, aWhile, one('leader dies', {}), ends, long),
  story(one('leader is stopped', {}), moves, long, ends, one('gateway goes on', { at }), aWhile),
  story(
    one('vendor takes its time', { ms: fc.constant(700) }),
    aWhile,
    one('leader is stopped', {}),
    ends,
    long,
    one('gateway goes on', { at }),
  ),
  story(
    one('store is cut off', { at, how: fc.constant('away' as const) }),
    begins,
    aWhile,
    ends,
    aWhile,
    one('store is back', { at }),
    comesBack,
  ),
  story(
    one('store is cut off', { at, how: fc.constantFrom('silent' as const, 'heard' as const) }),
    moves,
    long,
    one('store is back', { at }),
  ),
];

const told = (events: fc.Arbitrary<readonly Event[]>): fc.Arbitrary<readonly Event[]> =>
  fc.array(events, { minLength: 3, maxLength: 40, size: 'max' }).map((parts) => parts.flat());

export const eventsAlone: fc.Arbitrary<readonly Event[]> = told(
  fc.oneof(
    { weight: 12, arbitrary: single([...everywhere, event(1, 'an entry is refused', {})]) },
    ...stories.map((arbitrary) => ({ weight: 1, arbitrary })),
  ),
);

export const eventsAmongSeveral: fc.Arbitrary<readonly Event[]> = told(
  fc.oneof(
    {
      weight: 20,
      arbitrary: single([
        ...everywhere,
        event(1, 'leader dies', {}),
        event(1, 'leader is stopped', {}),
        event(1, 'gateway is stopped', { at }),
        event(2, 'gateway goes on', { at }),
        event(1, 'store is cut off', { at, how: fc.constantFrom('silent' as const, 'heard' as const, 'away' as const) }),
        event(2, 'store is back', { at }),
      ]),
    },
    ...[...stories, ...storiesOfSeveral].map((arbitrary) => ({ weight: 1, arbitrary })),
  ),
);
