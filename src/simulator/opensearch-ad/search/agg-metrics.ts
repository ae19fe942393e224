import type { Json, JsonObject } from '../../json.js';
import { paramsOf, type ReadAggregation } from './aggregation.js';
import { type Value, valuesOf } from './entry.js';
import type { Field } from './fields.js';
import { onlyFields } from './part.js';
import { illegalArgument } from './search-failure.js';
import { shardArgument } from './shard-failure.js';
import type { Scored } from './sort.js';

/** How a date or a boolean reads; undefined for kinds that read as they are. */
export function asText(field: Field | undefined, value: number): string | undefined {
  if (field?.kind === 'boolean') return String(value !== 0);
  if (field?.kind !== 'date') return undefined;
  return field.format.startsWith('epoch_millis') ? String(value) : new Date(value).toISOString();
}

/** The field of what was found, as any of its indices maps it. */
export const fieldOf = (found: readonly Scored[], name: string): Field | undefined =>
  found.map(({ entry }) => entry.shard.fields.get(name)).find((field) => field !== undefined);

/** All values of a field. */
export const allValues = (found: readonly Scored[], name: string): readonly Value[] =>
  found.flatMap(({ entry }) => {
    const field = entry.shard.fields.get(name);
    return field === undefined ? [] : valuesOf(entry, field);
  });

/** The field an aggregation is about. */
export function requireField(field: Json | undefined): string {
  if (typeof field === 'string') return field;
  throw illegalArgument('Required one of fields [field, script], but none were specified. ');
}

const metric =
  (
    kind: string,
    measure: (values: readonly number[]) => number,
    numeric: boolean,
    print: (value: number, field: Field | undefined) => JsonObject,
  ): ReadAggregation =>
  (name, body) => {
    onlyFields(kind, body, [
      'field',
      'missing',
      'format',
      'value_type',
      ...(kind === 'cardinality' ? ['precision_threshold', 'execution_hint'] : []),
    ]);
    const { field: asked, missing } = paramsOf(body);
    const field = requireField(asked);
    const measured = (found: readonly Scored[]) => {
      const values = found.flatMap((one) => {
        const own = allValues([one], field);
        return own.length === 0 && missing !== undefined && missing !== null ? [Number(missing)] : own;
      });
      return measure(numeric ? values.map(Number) : values.map((value) => (typeof value === 'number' ? value : hashOf(value))));
    };
    return {
      name,
      check(shard) {
        const known = shard.fields.get(field);
        if (known === undefined || !numeric || (known.kind !== 'keyword' && known.kind !== 'text')) return;
        throw shardArgument(shard, `Field [${field}] of type [${known.kind}] is not supported for aggregation [${kind}]`);
      },
      sum: (found) => print(measured(found), fieldOf(found, field)),
      measure: measured,
    };
  };

/** Texts as numbers, which is all that counting different ones needs. */
const hashes = new Map<string, number>();
function hashOf(text: string): number {
  const known = hashes.get(text) ?? hashes.size;
  hashes.set(text, known);
  return known;
}

function printValue(value: number, field: Field | undefined): JsonObject {
  if (!Number.isFinite(value)) return { value: null };
  const text = asText(field, value);
  return { value, ...(text !== undefined && { value_as_string: text }) };
}

const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);
const greatest = (values: readonly number[]) => values.reduce((best, value) => Math.max(best, value), Number.NEGATIVE_INFINITY);
const least = (values: readonly number[]) => values.reduce((best, value) => Math.min(best, value), Number.POSITIVE_INFINITY);

export const max = metric('max', greatest, true, printValue);
export const min = metric('min', least, true, printValue);
export const avg = metric('avg', (values) => total(values) / values.length, true, printValue);
export const sum = metric('sum', total, true, printValue);
export const valueCount = metric(
  'value_count',
  (values) => values.length,
  false,
  (value) => ({ value }),
);
export const cardinality = metric(
  'cardinality',
  (values) => new Set(values).size,
  false,
  (value) => ({ value }),
);
