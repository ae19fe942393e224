import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type IdKind, parseId, textOfId } from '../../src/domain/index.js';
import { type Answer, type Seen, type StandIn, startStandIn } from '../vendors/support/stand-in.js';
import { createGatewayRig, type GatewayRig } from './gateway-rig.js';

/*
 * A cluster that is broken, or was taken over, answers what it likes: nobody may be hurt but the objects it lies about. Every leaf of every answer, and every
 * id, is in turn whatever hurts somebody.
 */

export type Json = Readonly<Record<string, unknown>>;

/** Every part of every answer of a cluster, and its ids. */
export interface HostileCluster<World extends object, Ids extends object> {
  /** How the gateway knows it. */
  readonly backend: { readonly id: string; readonly vendor: string };
  /** What it answers when it does not lie. */
  readonly sane: World;
  readonly ids: Ids;
  readonly answerOf: (world: World, ids: Ids) => (seen: Seen) => Answer | undefined;
  /** Ids that are names of members, and so can only be texts. */
  readonly keys: readonly (keyof Ids)[];
  /** Paths without which it is no such object, and whatever else is in it is not even looked at. */
  readonly required: readonly string[];
  /** Kinds of object whose ids tell apart what was named alike. */
  readonly incarnated: readonly IdKind[];
  /** Whether a request line is one that is meant to be sent. */
  readonly isOwnTarget: (target: string) => boolean;
  /** A query for all there is. */
  readonly everything: string;
  /** What was not lied about is there. */
  readonly believed: (data: unknown) => void;
}

const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;

const hostile: readonly unknown[] = [
  null,
  '',
  'x~0',
  'a b\u0000\n',
  '\ud800',
  '../..',
  ' '.repeat(600),
  -1,
  1e300,
  -1e18,
  0.5,
  true,
  [],
  [null, 1, 'x'],
  [[['deep']]],
  { type: 'x' },
  JSON.parse('{"__proto__":{"polluted":1}}'),
  '@1e400',
  '@deep',
];

/** Ids that mean something else where ids stand. */
const names = ['_search', 'results', 'x:y', 'good/anomalies/1', '__proto__', 'hot_threads', '_all', 'good,bad', '*', '%2e%2e'];

/** What no JSON.stringify would write. */
const written = ({ body, ...rest }: Answer): Answer => ({
  ...rest,
  body: JSON.stringify(body)
    .replaceAll('"@1e400"', '1e400')
    .replaceAll('"@deep"', () => deep),
});

/** Every global id in an answer. */
const idsIn = (value: unknown): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap(idsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    name === 'raw' || name === 'filterQuery' ? [] : name === 'id' && typeof each === 'string' ? [each] : idsIn(each),
  );
};

const paths = (value: unknown, at: readonly string[] = []): readonly (readonly string[])[] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, each]) => paths(each, [...at, name])) : [at];

const withValue = (value: unknown, [name, ...rest]: readonly string[], put: unknown): unknown => {
  if (name === undefined) return put;
  if (Array.isArray(value)) return value.map((each, index) => (String(index) === name ? withValue(each, rest, put) : each));
  const record = value as Json;
  return { ...record, [name]: withValue(record[name], rest, put) };
};

/** What holds whatever a cluster says. */
export const describeLies = <World extends object, Ids extends object>(cluster: HostileCluster<World, Ids>): void => {
  const { backend, sane, ids, keys, everything } = cluster;
  const required: ReadonlySet<string> = new Set(cluster.required);
  const isRequired = (path: readonly string[]): boolean => required.has(path.join('.'));
  const answerOf = (world: World, itsIds: Ids = ids) => {
    const answer = cluster.answerOf(world, itsIds);
    return (seen: Seen): Answer | undefined => {
      const found = answer(seen);
      return found && written(found);
    };
  };

  describe('a cluster that lies', () => {
    let server: StandIn;
    let rig: GatewayRig;
    beforeAll(async () => {
      server = await startStandIn(answerOf(sane));
      const config = { http: { maxRetries: 0, breakerThreshold: 100 }, poll: { fastMs: 60_000, slowMs: 600_000 } };
      rig = await createGatewayRig({
        backends: [{ ...backend, url: server.url.href, config }],
        config: { limits: { maxDepth: 30, maxCost: 1_000_000 } },
      });
    });
    afterAll(async () => {
      await rig.dispose();
      await server.dispose();
    });
    beforeEach(() => {
      server.seen.length = 0;
    });

    /** Asks for everything; what was not lied about has to be there, and no fault of ours. */
    const survives = async (): Promise<void> => {
      const { status, data, errors } = await rig.query(everything);
      expect(status).toBe(200);
      expect(errors.filter(({ extensions }) => extensions.code === 'INTERNAL')).toEqual([]);
      cluster.believed(data);
      for (const id of idsIn(data)) {
        if (!/^(?:detector|task|job|datafeed|node|cluster):[^/]*$/.test(id)) continue;
        const parsed = parseId(id);
        expect(textOfId(parsed)).toBe(id);
        if (!cluster.incarnated.includes(parsed.kind)) expect(parsed.incarnation).toBeUndefined();
      }
      const asked = server.seen.map(({ target }) => target).filter((target) => !cluster.isOwnTarget(target));
      expect(asked).toEqual([]);
    };

    it('is believed where it does not', async () => {
      server.answerWith(answerOf(sane));
      await survives();
    });

    describe.each(Object.keys(sane) as (keyof World)[])('about a %s', (part) => {
      const lie = (value: unknown): void => server.answerWith(answerOf({ ...sane, [part]: value }));
      const leaves = paths(sane[part]);

      it.each(hostile)('that everything in it is %j hurts nobody else', async (value) => {
        const dispensable = leaves.filter((path) => !isRequired(path));
        lie(dispensable.reduce((whole, path) => withValue(whole, path, value), sane[part] as unknown));
        await survives();
        for (const path of leaves.filter(isRequired)) {
          lie(withValue(sane[part], path, value));
          await survives();
        }
        lie(value);
        await survives();
      });
    });

    it.each((Object.keys(ids) as (keyof Ids)[]).flatMap((part) => [...hostile, ...names].map((value) => [part, value] as const)))(
      'about the id of a %s, that it is %j, hurts nobody else',
      async (part, value) => {
        server.answerWith(answerOf(sane, { ...ids, [part]: keys.includes(part) ? String(value).replace('@', '') : value }));
        await survives();
      },
    );
  });
};
