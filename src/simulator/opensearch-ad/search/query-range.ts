import { isJsonObject, type Json } from '../../json.js';
import { parseDate } from './dates.js';
import { indexed, type Shard, type Value, valuesOf } from './entry.js';
import type { Field } from './fields.js';
import { boostOf, fieldPart, onlyParameters, unreadableDate } from './query-leaves.js';
import { constant, nothing, type ReadQuery } from './scoring.js';
import { uncreatable } from './shard-failure.js';

type Side = 'gt' | 'gte' | 'lt' | 'lte';

function limitOf(shard: Shard, field: Field, side: Side, value: Json, format: string): Value {
  if (field.kind !== 'date') {
    const limit = indexed(field, value, shard.now);
    if (limit === undefined || Number.isNaN(limit)) {
      throw uncreatable(shard, { type: 'number_format_exception', reason: `For input string: "${String(value)}"` });
    }
    return limit;
  }
  const roundUp = side === 'gt' || side === 'lte';
  const limit = parseDate(String(value), { format, roundUp, now: shard.now });
  if (limit === undefined) throw unreadableDate(shard, { ...field, format }, value);
  return limit;
}

const holds: Readonly<Record<Side, (value: Value, limit: Value) => boolean>> = {
  gt: (value, limit) => value > limit,
  gte: (value, limit) => value >= limit,
  lt: (value, limit) => value < limit,
  lte: (value, limit) => value <= limit,
};

const sides: readonly Side[] = ['gt', 'gte', 'lt', 'lte'];

/** `from`, `to` and the inclusions are the older spelling that Java clients still send. */
function limitsOf(value: Json): readonly (readonly [side: Side, limit: Json])[] {
  if (!isJsonObject(value)) return [];
  const { from = null, to = null, include_lower: lower, include_upper: upper } = value;
  const older: readonly (readonly [Side, Json])[] = [
    [lower === false ? 'gt' : 'gte', from],
    [upper === false ? 'lt' : 'lte', to],
  ];
  return [...sides.map((side) => [side, value[side] ?? null] as const), ...older].filter(([, limit]) => limit !== null);
}

export const readRange: ReadQuery = (body) => {
  const field = fieldPart('range', body);
  const known = [...sides, 'from', 'to', 'include_lower', 'include_upper', 'format', 'time_zone', 'relation'];
  onlyParameters('range', field, known);
  const limits = limitsOf(field.value);
  const format = isJsonObject(field.value) && typeof field.value.format === 'string' ? field.value.format : undefined;
  return {
    bind(shard) {
      const mapped = shard.fields.get(field.name);
      if (mapped === undefined) return nothing;
      const tests = limits.map(([side, value]) => ({ side, limit: limitOf(shard, mapped, side, value, format ?? mapped.format) }));
      const fits = (value: Value) => tests.every(({ side, limit }) => holds[side](value, limit));
      return constant((entry) => valuesOf(entry, mapped).some(fits), boostOf(field) * boostOf(body));
    },
  };
};
