import type { Json, JsonObject } from './json.js';

/** Two things that are the same, once as recorded and once as the simulator calls it. */
export type Pair = readonly [recorded: string, actual: string];

/** What a vendor's answers say, and what in them is another in every run. */
export interface Vocabulary {
  /** Whether a text at this place has to be the recorded one. */
  tells(path: readonly string[]): boolean;
  /** The number that has to be at this place; undefined where any number may be. */
  numberAt(recorded: number, path: readonly string[]): number | undefined;
  /** Whether the plain items of a list have to be the recorded ones. */
  isExactList(key: string): boolean;
  /** A text without what differs from run to run. */
  normalise(text: string): string;
  /** The end of a text that was cut. */
  readonly cutText: RegExp;
  /** How many items the recording left out in place of this one; undefined for an item that was recorded, `any` where it does not matter. */
  leftOut(item: Json): number | 'any' | undefined;
  /** Whether members of an object are named by ids. */
  isMap(path: readonly string[], keys: readonly string[]): boolean;
  /** Ids that two objects name. */
  idsIn(recorded: JsonObject, actual: JsonObject, path: readonly string[]): readonly Pair[];
  /** What makes things the same whose ids are not known yet. */
  signature(value: Json): string;
  /** What names items of a list, where their order says nothing; undefined for a list in order. */
  sameness(items: readonly Json[], path: readonly string[]): ((item: Json) => string) | undefined;
}
