import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type FieldSet, type GlobalId, parseId, textOfId, unionOf } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import type { Interest } from '../watch/interest.js';

/* Interests as instances tell one another. */

const told = z.object({
  fields: z.array(z.string()),
  lists: z.array(z.enum(['jobs', 'tasks', 'detectors', 'nodes'])),
  entities: z.object({ parents: z.array(z.string()).optional() }).optional(),
  pastOf: z.array(z.string()).optional(),
  named: z.array(z.string()).optional(),
  awaited: z.boolean().optional(),
});

export type ToldInterest = z.infer<typeof told>;
export const toldInterest = told;

/** More than so many different ones are told as fewer that want as much. */
const mostDifferent = 200;

const sorted = new WeakMap<FieldSet, string[]>();
const prints = new WeakMap<readonly string[], string>();

/** Remembered, because thousands of watches share one set. */
const fieldsOf = (fields: FieldSet): string[] => {
  const known = sorted.get(fields) ?? [...fields].sort();
  sorted.set(fields, known);
  return known;
};
const printOf = (fields: readonly string[]): string => {
  const known = prints.get(fields) ?? createHash('sha256').update(fields.join(' ')).digest('base64url').slice(0, 16);
  prints.set(fields, known);
  return known;
};

/** What of it concerns that backend. */
export const tellInterest = (backendKey: string, { fields, lists, entities, pastOf, named, awaited }: Interest): ToldInterest => {
  const ids = (all: readonly GlobalId[]): string[] => all.flatMap((id) => (id.backend === backendKey ? textOfId(id) : [])).sort();
  const past = ids(pastOf ?? []);
  const names = ids(named ?? []);
  return {
    fields: fieldsOf(fields),
    lists: [...lists].sort(),
    ...(entities ? { entities: entities.parents ? { parents: ids(entities.parents) } : {} } : {}),
    ...(past.length > 0 ? { pastOf: past } : {}),
    ...(names.length > 0 ? { named: names } : {}),
    ...(awaited ? { awaited } : {}),
  };
};

/** Without what is asked for once, to begin with, and has been. */
export const withoutOnce = ({ pastOf: _pastOf, named: _named, ...lasting }: ToldInterest): ToldInterest => lasting;

/** Undefined for what names no object, as an instance of another version might. */
export const readInterest = ({ fields, entities, pastOf, named, ...rest }: ToldInterest): Interest | undefined => {
  try {
    return {
      fields: new Set(fields),
      lists: rest.lists,
      ...(entities ? { entities: entities.parents ? { parents: entities.parents.map(parseId) } : {} } : {}),
      ...(pastOf ? { pastOf: pastOf.map(parseId) } : {}),
      ...(named ? { named: named.map(parseId) } : {}),
      ...(rest.awaited ? { awaited: true } : {}),
    };
  } catch (error) {
    if (isVigilError(error)) return undefined;
    throw error;
  }
};

/** Equal ones have the same. */
export const nameOf = ({ fields, ...rest }: ToldInterest): string => `${printOf(fields)} ${JSON.stringify(rest)}`;

const distinct = (all: Iterable<ToldInterest>): readonly ToldInterest[] => [
  ...new Map([...all].map((each) => [nameOf(each), each])).values(),
];

const unite = (left: string[] | undefined, right: string[] | undefined): string[] | undefined =>
  left && right ? [...new Set([...left, ...right])].sort() : (left ?? right);

const shapeOf = ({ lists, entities, awaited }: ToldInterest): string =>
  JSON.stringify([lists, entities && entities.parents === undefined, entities !== undefined, awaited ?? false]);

/** One that wants what both want. */
const join = (left: ToldInterest, right: ToldInterest): ToldInterest => {
  const [pastOf, named] = [unite(left.pastOf, right.pastOf), unite(left.named, right.named)];
  const parents = unite(left.entities?.parents, right.entities?.parents);
  return {
    ...left,
    fields: [...unionOf([new Set(left.fields), new Set(right.fields)])].sort(),
    ...(parents ? { entities: { parents } } : {}),
    ...(pastOf ? { pastOf } : {}),
    ...(named ? { named } : {}),
  };
};

/** The same wishes in a number that is bounded, however many there are. */
export const fold = (all: Iterable<ToldInterest>): readonly ToldInterest[] => {
  const different = distinct(all);
  if (different.length <= mostDifferent) return different;
  const byShape = new Map<string, ToldInterest>();
  for (const each of different) {
    const known = byShape.get(shapeOf(each));
    byShape.set(shapeOf(each), known ? join(known, each) : each);
  }
  return [...byShape.values()];
};
