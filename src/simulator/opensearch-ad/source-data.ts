import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { Detector, Feature } from './detector.js';
import { matchingDocs } from './matching-docs.js';
import type { Entity } from './runtime.js';
import { resolveNames } from './search/index-names.js';
import type { World } from './world.js';

/** A document that a detector looks at. */
export interface Sample {
  readonly at: number;
  readonly source: JsonObject;
}

/** From, inclusive, to, exclusive: epoch milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

function timeOf(value: Json | undefined): number | undefined {
  const time =
    typeof value === 'number'
      ? value
      : typeof value === 'string'
        ? /^-?\d+$/.test(value)
          ? Number(value)
          : Date.parse(value)
        : Number.NaN;
  return Number.isFinite(time) ? time : undefined;
}

/** A field by its dotted path. */
function fieldOf(source: JsonObject, path: string): Json | undefined {
  const whole = source[path];
  if (whole !== undefined || !path.includes('.')) return whole;
  return path.split('.').reduce<Json | undefined>((value, key) => (isJsonObject(value) ? value[key] : undefined), source);
}

const isOf = (source: JsonObject, entity: Entity) => entity.every(({ name, value }) => String(fieldOf(source, name)) === value);

/** The documents of a detector, by time. Throws what the server says of an index that is missing. */
export function samplesOf(world: World, detector: Detector, range?: TimeRange, entity?: Entity): readonly Sample[] {
  const names = resolveNames(detector.indices, world.indices.names());
  const samples: Sample[] = [];
  for (const name of names) {
    for (const { source } of matchingDocs(world.indices, name, detector.filterQuery)) {
      const at = timeOf(fieldOf(source, detector.timeField));
      if (at === undefined || (range !== undefined && (at < range.from || at >= range.to))) continue;
      if (entity === undefined || isOf(source, entity)) samples.push({ at, source });
    }
  }
  return samples.sort((left, right) => left.at - right.at);
}

/** The entities of samples, those with the most documents first, and of as many the last by name (2.19). */
export function entitiesOf(detector: Detector, samples: readonly Sample[]): readonly Entity[] {
  const counted = new Map<string, { readonly entity: Entity; count: number }>();
  for (const { source } of samples) {
    const entity = detector.categoryFields.map((name) => ({ name, value: String(fieldOf(source, name)) }));
    if (entity.some(({ value }) => value === 'undefined')) continue;
    const key = JSON.stringify(entity);
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { entity, count: 1 });
    else known.count += 1;
  }
  return [...counted.entries()]
    .sort(([leftKey, left], [rightKey, right]) => right.count - left.count || (leftKey < rightKey ? 1 : -1))
    .map(([, { entity }]) => entity);
}

function reduce(kind: string, numbers: readonly number[]): number | undefined {
  const sum = numbers.reduce((total, value) => total + value, 0);
  switch (kind) {
    case 'sum':
      return sum;
    case 'min':
      return numbers.length === 0 ? undefined : Math.min(...numbers);
    case 'max':
      return numbers.length === 0 ? undefined : Math.max(...numbers);
    case 'value_count':
      return numbers.length;
    case 'cardinality':
      return new Set(numbers).size;
    default:
      return numbers.length === 0 ? undefined : sum / numbers.length;
  }
}

/** The aggregation of a feature: its kind and its field. */
export function aggregationOf(feature: Feature): { readonly kind: string; readonly field: string } | undefined {
  const [body] = Object.values(feature.aggregation);
  if (!isJsonObject(body)) return undefined;
  const [entry] = Object.entries(body);
  if (entry === undefined || !isJsonObject(entry[1])) return undefined;
  return { kind: entry[0], field: String(entry[1].field ?? '') };
}

/** The value of a feature over some documents; undefined where there is none. */
export function featureValue(feature: Feature, samples: readonly Sample[]): number | undefined {
  const aggregation = aggregationOf(feature);
  if (aggregation === undefined) return undefined;
  const numbers = samples.map(({ source }) => fieldOf(source, aggregation.field)).filter((value) => typeof value === 'number');
  return reduce(aggregation.kind, numbers);
}

/** The documents of each interval that has any, by the start of the interval. */
export function byInterval(samples: readonly Sample[], from: number, intervalMs: number): ReadonlyMap<number, readonly Sample[]> {
  const intervals = new Map<number, Sample[]>();
  for (const sample of samples) {
    const start = from + Math.floor((sample.at - from) / intervalMs) * intervalMs;
    const known = intervals.get(start);
    if (known === undefined) intervals.set(start, [sample]);
    else known.push(sample);
  }
  return intervals;
}
