import { isFinal, type Task, taskStates } from '../../domain/index.js';

/*
 * Two readings of one object: whether they differ, and what is known after both. A field that one read did not ask for is absent and says nothing.
 */

/** Not facts but renderings of one answer: `raw`, and elapsed times (`…ForMs`), which move with the clock. `updatedAt` follows from the rest. */
const isVolatile = (key: string): boolean => key === 'raw' || key === 'updatedAt' || key === 'revision' || key.endsWith('ForMs');

const isRecord = (value: unknown): value is object => typeof value === 'object' && value !== null && !Array.isArray(value);

const comparison = (isIgnored: (key: string) => boolean): ((known: object, seen: object) => boolean) => {
  const sameFact = (left: unknown, right: unknown): boolean => {
    if (Object.is(left, right)) return true;
    if (Array.isArray(left) && Array.isArray(right)) {
      return left.length === right.length && left.every((each, index) => sameFact(each, right[index]));
    }
    return isRecord(left) && isRecord(right) && same(left, right);
  };
  const same = (known: object, seen: object): boolean => {
    const before: Record<string, unknown> = { ...known };
    return Object.entries(seen).every(
      ([key, value]) => isIgnored(key) || value === undefined || before[key] === undefined || sameFact(before[key], value),
    );
  };
  return same;
};

/** What the gateway itself knows of a task, and only the instance that began it knows at once: null says nothing. */
const lateFacts: readonly string[] = ['idempotencyKey', 'startedBy', 'parentId'] satisfies readonly (keyof Task)[];

const ends: ReadonlySet<unknown> = new Set(taskStates.filter(isFinal));
const hasEnded = (value: object): boolean => 'state' in value && ends.has(value.state);

/** An end that was told is not told again, because it became known later who had begun the task. */
const isLate = (known: object, key: string): boolean => lateFacts.includes(key) && hasEnded(known);

const sameFacts = comparison(isVolatile);

/** Whether two objects agree in every field that both have. */
export const sameFields = (known: object, seen: object): boolean => {
  if (!hasEnded(known)) return sameFacts(known, seen);
  const before: Record<string, unknown> = { ...known };
  const told = Object.entries(seen).filter(([key, value]) => !lateFacts.includes(key) || (value !== null && before[key] !== null));
  return sameFacts(known, Object.fromEntries(told));
};

/** The same, but for estimates: those are the gateway's own, and move when nothing else does. */
export const sameButEstimates = comparison((key) => isVolatile(key) || key === 'estimatedEndAt');

/** What an object embeds under the same id is the same object, read twice: a part of it must not wipe what a fuller reading knew. */
export const isOneObject = (left: unknown, right: unknown): boolean =>
  isRecord(left) && isRecord(right) && 'id' in left && 'id' in right && typeof left.id === 'string' && left.id === right.id;

/** `known`, with whatever the other reading says instead or besides. */
export const merge = <T extends object>(known: T, seen: T): T => {
  const merged: T = { ...known };
  for (const key of Object.keys(seen) as (keyof T)[]) {
    const before = known[key];
    const after = seen[key];
    if (after === undefined) continue;
    merged[key] = isOneObject(before, after) ? (merge(before as object, after as object) as T[keyof T]) : after;
  }
  return merged;
};

/** Whether a reading tells of fields that were not known. What the vendor sent as it was is no fact by itself. */
export const knowsMore = (before: object, seen: object): boolean => {
  const known = new Map<string, unknown>(Object.entries(before));
  return Object.entries(seen).some(([name, value]) => {
    if (name === 'raw' || value === undefined) return false;
    return known.get(name) === undefined || (value !== null && known.get(name) === null && isLate(before, name));
  });
};

/** `value`, with what the vendor sent as it was of an earlier reading: that does not travel between instances. */
export const withRawOf = <T extends object>(known: T, value: T): T => {
  const kept: T = { ...value };
  for (const key of Object.keys(known) as (keyof T)[]) {
    if (key === 'raw') kept[key] ??= known[key];
    else if (isOneObject(known[key], value[key])) kept[key] = withRawOf(known[key] as object, value[key] as object) as T[keyof T];
  }
  return kept;
};
