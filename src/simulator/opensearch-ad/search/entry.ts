import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { tokensOf } from './analysis.js';
import { parseDate } from './dates.js';
import type { Field, Fields } from './fields.js';
import type { ShardPlace } from './shard-failure.js';

/** A document as a search sees it. */
export interface FoundDoc {
  readonly id: string;
  readonly version: number;
  readonly seqNo: number;
  readonly primaryTerm: number;
  readonly source: JsonObject;
}

/** An index as a search sees it: one shard. */
export interface Shard extends ShardPlace {
  readonly fields: Fields;
  readonly docs: readonly FoundDoc[];
  readonly now: number;
}

/** What queries are asked about: a document, or one object of a nested field of it. */
export interface Entry {
  readonly shard: Shard;
  readonly doc: FoundDoc;
  /** Place of the document in its shard. */
  readonly order: number;
  /** The object that fields are read from, and the path that leads to it. */
  readonly object: JsonObject;
  readonly path: string | undefined;
}

/** A value as it is indexed: text for keywords and words, a number for the rest. */
export type Value = number | string;

/** The documents of a shard. */
export const entriesOf = (shard: Shard): readonly Entry[] =>
  shard.docs.map((doc, order) => ({ shard, doc, order, object: doc.source, path: undefined }));

/** Whatever stands at a path, lists flattened. */
function rawAt(value: Json | undefined, steps: readonly string[], at = 0): readonly Json[] {
  if (Array.isArray(value)) return value.flatMap((item: Json) => rawAt(item, steps, at));
  const step = steps[at];
  if (step === undefined) return value === undefined || value === null ? [] : [value];
  return isJsonObject(value) ? rawAt(value[step], steps, at + 1) : [];
}

const below = (path: string | undefined, name: string): readonly string[] =>
  (path === undefined ? name : name.slice(path.length + 1)).split('.');

/** The source values of a field; one of a nested object is not seen from outside of it. */
export const rawValues = (entry: Entry, field: Field): readonly Json[] =>
  field.nested === entry.path ? rawAt(entry.object, field.steps) : [];

/** The objects of a nested field. */
export const nestedEntries = (entry: Entry, path: string): readonly Entry[] =>
  rawAt(entry.object, below(entry.path, path)).flatMap((object) => (isJsonObject(object) ? [{ ...entry, object, path }] : []));

const asBoolean = (value: Json): number | undefined =>
  value === true || value === 'true' ? 1 : value === false || value === 'false' || value === '' ? 0 : undefined;

/** One value as it is indexed; undefined where it is not. */
export function indexed(field: Field, value: Json, now: number): Value | undefined {
  switch (field.kind) {
    case 'keyword':
    case 'text':
      return typeof value === 'object' || String(value).length > field.ignoreAbove ? undefined : String(value);
    case 'boolean':
      return asBoolean(value);
    case 'date':
      // What the plugin writes, and so nearly everything there is.
      if (typeof value === 'number' && field.format.includes('epoch_millis')) return value;
      return typeof value === 'object' ? undefined : parseDate(String(value), { format: field.format, now });
    case 'float':
      return Math.fround(Number(value));
    default:
      return Number(value);
  }
}

const defined = <T>(value: T | undefined): value is T => value !== undefined;

/** The values of a field that sorting and aggregations see, each once. */
export function valuesOf(entry: Entry, field: Field): readonly Value[] {
  const values = rawValues(entry, field)
    .map((value) => indexed(field, value, entry.shard.now))
    .filter(defined);
  return values.length > 1 ? [...new Set(values)] : values;
}

/** The terms that queries look for: the words of a text, otherwise its values. */
export const termsOf = (entry: Entry, field: Field): readonly Value[] =>
  field.kind === 'text' ? rawValues(entry, field).flatMap((value) => tokensOf(String(value))) : valuesOf(entry, field);
