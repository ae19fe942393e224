import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { World } from './world.js';

/** One value computed per interval. */
export interface Feature {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly aggregation: JsonObject;
}

/** A detector as its document describes it. */
export interface Detector {
  readonly id: string;
  /** As stored: what tasks carry a copy of. */
  readonly source: JsonObject;
  readonly name: string;
  readonly timeField: string;
  readonly indices: readonly string[];
  readonly features: readonly Feature[];
  readonly categoryFields: readonly string[];
  readonly intervalMs: number;
  readonly windowDelayMs: number;
  readonly filterQuery: JsonObject;
  readonly resultIndex: string | undefined;
}

const textOf = (value: Json | undefined) => (typeof value === 'string' ? value : '');
const listOf = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : []);

const unitMs: Readonly<Record<string, number>> = { seconds: 1000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 };

/** `{period: {interval, unit}}` in milliseconds. */
function periodMs(value: Json | undefined): number {
  const period = isJsonObject(value) ? value.period : undefined;
  if (!isJsonObject(period)) return 0;
  return Number(period.interval ?? 0) * (unitMs[textOf(period.unit).toLowerCase()] ?? 60_000);
}

const featureOf = (value: Json): Feature[] =>
  isJsonObject(value)
    ? [
        {
          id: textOf(value.feature_id),
          name: textOf(value.feature_name),
          enabled: value.feature_enabled !== false,
          aggregation: isJsonObject(value.aggregation_query) ? value.aggregation_query : {},
        },
      ]
    : [];

/** Reads a detector's document. */
export const readDetector = (id: string, source: JsonObject): Detector => ({
  id,
  source,
  name: textOf(source.name),
  timeField: textOf(source.time_field),
  indices: listOf(source.indices).map(textOf),
  features: listOf(source.feature_attributes).flatMap(featureOf),
  categoryFields: listOf(source.category_field).map(textOf),
  intervalMs: periodMs(source.detection_interval),
  windowDelayMs: periodMs(source.window_delay),
  filterQuery: isJsonObject(source.filter_query) ? source.filter_query : { match_all: {} },
  resultIndex: typeof source.result_index === 'string' ? source.result_index : undefined,
});

/** A detector by its id. */
export function findDetector(world: World, id: string): Detector | undefined {
  const doc = world.indices.get(world.dialect.names.detectors, id);
  return doc === undefined ? undefined : readDetector(id, doc.source);
}
