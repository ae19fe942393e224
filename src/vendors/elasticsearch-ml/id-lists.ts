import pLimit from 'p-limit';
import { isVigilError, type VigilError } from '../../errors.js';
import type { Understood } from './endpoint.js';
import { failureOf } from './errors.js';
import { isPossibleId } from './native-ids.js';
import { cutByBytes } from './request-line.js';

/** What is known of a list of ids after it was read. */
export interface IdListOutcome<T> {
  readonly found: ReadonlyMap<string, T>;
  /** The vendor said of these very ids that they name nothing. */
  readonly gone: ReadonlySet<string>;
  readonly failed: ReadonlyMap<string, VigilError>;
}

/** How a list of ids is read. */
export interface IdListRead<T> {
  readonly ids: readonly string[];
  /** Bytes an id list may take in the request line. */
  readonly budget: number;
  readonly read: (ids: readonly string[]) => Promise<Understood<T>>;
  /** The id of what was read: answers are sorted by id, and a group's name brings all of its jobs, so position says nothing. */
  readonly idOf: (value: T) => string;
}

/** Ids a 404 names as unknown: `No known job with id 'a,b'`, `No datafeed with id [a,b] exists`. */
export const unknownIdsIn = (error: VigilError): readonly string[] => {
  const reason = failureOf(error)?.reason ?? '';
  const named = /^No known job with id '(.*)'$/.exec(reason)?.[1] ?? /^No datafeed with id \[(.*)\] exists/.exec(reason)?.[1];
  return named?.split(',').map((id) => id.trim()) ?? [];
};

/** Parts of one list that are asked for at the same time. */
export const partsAtOnce = 4;

/** One round names every unknown id there is; more rounds only when objects vanish in between. */
const mostRounds = 4;

const readPart = async <T>(
  list: IdListRead<T>,
  part: readonly string[],
  outcome: { found: Map<string, T>; gone: Set<string>; failed: Map<string, VigilError> },
) => {
  let left = part;
  for (let round = 1; left.length > 0; round += 1) {
    try {
      const { items, unread } = await list.read(left);
      const asked = new Set(left);
      for (const value of items) if (asked.has(list.idOf(value))) outcome.found.set(list.idOf(value), value);
      for (const id of left.filter((each) => !outcome.found.has(each))) {
        // What could not be understood may be the one.
        if (unread) outcome.failed.set(id, unread);
        else outcome.gone.add(id);
      }
      return;
    } catch (error) {
      if (!isVigilError(error)) throw error;
      const unknown = new Set(error.code === 'NOT_FOUND' ? unknownIdsIn(error) : []);
      const rest = left.filter((id) => !unknown.has(id));
      if (rest.length === left.length || (rest.length > 0 && round === mostRounds)) {
        for (const id of left) outcome.failed.set(id, error);
        return;
      }
      for (const id of left) if (unknown.has(id)) outcome.gone.add(id);
      left = rest;
    }
  }
};

/** Reads objects by id, in parts that fit the request line. An unknown id makes the vendor refuse the whole part: it is asked again without. */
export const readIdList = async <T>(list: IdListRead<T>): Promise<IdListOutcome<T>> => {
  const outcome = { found: new Map<string, T>(), gone: new Set<string>(), failed: new Map<string, VigilError>() };
  const ids = [...new Set(list.ids)];
  for (const id of ids) if (!isPossibleId(id)) outcome.gone.add(id);
  const possible = ids.filter(isPossibleId);
  await pLimit(partsAtOnce).map(cutByBytes(possible, list.budget), (part) => readPart(list, part, outcome));
  return outcome;
};
