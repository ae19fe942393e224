import type { Json, JsonObject } from '../../json.js';
import { allValues, asText, fieldOf, requireField } from './agg-metrics.js';
import { type Aggregation, aggregate, checkAll, paramsOf, type ReadAggregation } from './aggregation.js';
import type { Shard, Value } from './entry.js';
import { itemsOf, membersOf, onlyFields, type Part, withinField } from './part.js';
import { illegalArgument } from './search-failure.js';
import { ShardFailure } from './shard-failure.js';
import { refuseText, type Scored } from './sort.js';

interface Bucket {
  readonly key: Value;
  readonly found: readonly Scored[];
}

interface BucketOrder {
  readonly path: string;
  readonly descending: boolean;
}

const keys = ['field', 'size', 'shard_size', 'order', 'min_doc_count', 'shard_min_doc_count', 'missing', 'include', 'exclude'];
const ignored = ['execution_hint', 'collect_mode', 'show_term_doc_count_error', 'value_type', 'format'];

function sizeOf(name: string, body: Part): number {
  const part = body.at('size');
  if (part.value === null) return 10;
  return withinField('terms', part, () => {
    if (Number(part.value) > 0) return Number(part.value);
    throw illegalArgument(`[size] must be greater than 0. Found [${String(part.value)}] in [${name}]`);
  });
}

/** By count, the most first, and by key where that leaves it open. */
function readOrders(part: Part): readonly BucketOrder[] {
  const asked = part.value === null ? [{ path: '_count', descending: true }] : itemsOf(part).flatMap(readOrder);
  return asked.some(({ path }) => path === '_key') ? asked : [...asked, { path: '_key', descending: false }];
}

const readOrder = (item: Part): readonly BucketOrder[] =>
  membersOf(item).map(({ name, value }) => {
    const direction = String(value).toLowerCase();
    if (direction !== 'asc' && direction !== 'desc') throw illegalArgument(`Unknown order direction [${String(value)}]`);
    return { path: name.replace(/[.[]value\]?$/, ''), descending: direction === 'desc' };
  });

function checkOrders(shard: Shard, orders: readonly BucketOrder[], parts: readonly Aggregation[]): void {
  const known = ['_count', '_key', ...parts.flatMap(({ name, measure }) => (measure === undefined ? [] : [name]))];
  const unknown = orders.find(({ path }) => !known.includes(path));
  if (unknown === undefined) return;
  const why = 'either does not exist, or is a pipeline aggregation and cannot be used to sort the buckets.';
  const reason = `The provided aggregation [${unknown.path}] ${why}`;
  const type = 'aggregation_execution_exception';
  const causedBy = { type: 'illegal_argument_exception', reason };
  throw new ShardFailure(shard, { type, reason: `Invalid aggregation order path [${unknown.path}]. ${reason}`, causedBy }, 500);
}

function compareBy(order: BucketOrder, parts: readonly Aggregation[]): (left: Bucket, right: Bucket) => number {
  const measure = parts.find(({ name }) => name === order.path)?.measure;
  const measured = ({ key, found }: Bucket): Value => {
    if (order.path === '_key') return key;
    return order.path === '_count' || measure === undefined ? found.length : measure(found);
  };
  return (left, right) => {
    const [first, second] = [measured(left), measured(right)];
    // What has no value comes last either way.
    if (Number.isNaN(first) || Number.isNaN(second)) return Number(Number.isNaN(first)) - Number(Number.isNaN(second));
    if (first === second) return 0;
    return (first < second ? -1 : 1) * (order.descending ? -1 : 1);
  };
}

/** Which keys are let in: a list of values, or a pattern. */
function admits(value: Json | undefined): ((key: Value) => boolean) | undefined {
  if (Array.isArray(value)) {
    const listed = new Set(value.map(String));
    return (key) => listed.has(String(key));
  }
  if (typeof value !== 'string') return undefined;
  const pattern = new RegExp(`^(?:${value})$`);
  return (key) => pattern.test(String(key));
}

function bucketsOf(found: readonly Scored[], field: string, missing: Json | undefined): readonly Bucket[] {
  const buckets = new Map<Value, Scored[]>();
  for (const one of found) {
    const own = allValues([one], field);
    const instead: readonly Value[] = typeof missing === 'string' || typeof missing === 'number' ? [missing] : [];
    for (const value of own.length > 0 ? own : instead) {
      const bucket = buckets.get(value);
      if (bucket === undefined) buckets.set(value, [one]);
      else bucket.push(one);
    }
  }
  return [...buckets].map(([key, inside]) => ({ key, found: inside }));
}

export const terms: ReadAggregation = (name, body, parts) => {
  onlyFields('terms', body, [...keys, ...ignored]);
  const { field: asked, missing, include, exclude, min_doc_count: least = 1 } = paramsOf(body);
  const size = sizeOf(name, body);
  const field = requireField(asked);
  const orders = readOrders(body.at('order'));
  const [admitted, refused] = [admits(include), admits(exclude)];
  return {
    name,
    check(shard) {
      const known = shard.fields.get(field);
      const failure = known && refuseText(shard, known);
      if (failure !== undefined) throw failure;
      checkOrders(shard, orders, parts);
      checkAll(parts)(shard);
    },
    sum(found, everything): JsonObject {
      const compare = orders.map((order) => compareBy(order, parts));
      const buckets = bucketsOf(found, field, missing)
        .filter(({ key }) => (admitted?.(key) ?? true) && !(refused?.(key) ?? false))
        .filter((bucket) => bucket.found.length >= Number(least))
        .sort((left, right) => compare.map((by) => by(left, right)).find((result) => result !== 0) ?? 0);
      const mapped = fieldOf(found, field);
      const print = ({ key, found: inside }: Bucket): JsonObject => {
        const text = typeof key === 'number' ? asText(mapped, key) : undefined;
        return {
          key,
          ...(text !== undefined && { key_as_string: text }),
          doc_count: inside.length,
          ...aggregate(parts, inside, everything),
        };
      };
      return {
        doc_count_error_upper_bound: 0,
        sum_other_doc_count: buckets.slice(size).reduce((sum, bucket) => sum + bucket.found.length, 0),
        buckets: buckets.slice(0, size).map(print),
      };
    },
  };
};
