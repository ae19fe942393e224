import { type Detector, type DetectorFeature, formatId } from '../../domain/index.js';
import { periodMs } from './durations.js';
import type { Hit } from './search.js';
import type { WireDetector } from './wire.js';

/** One model for each value of its category fields. The type is called differently in the oldest versions, the fields are not. */
export const isHighCardinality = ({ category_field: fields = [] }: WireDetector): boolean => fields.length > 0;

const mapFeatures = (detectorId: string, { feature_attributes: features = [] }: WireDetector): readonly DetectorFeature[] =>
  features.map((feature) => ({
    id: `${detectorId}/features/${feature.feature_id}`,
    name: feature.feature_name ?? feature.feature_id,
    enabled: feature.feature_enabled ?? true,
    aggregationQuery: feature.aggregation_query ?? null,
  }));

/** Its configuration, as a search shows it. */
export const mapDetector = (backend: string, { id: nativeId, wire }: Hit<WireDetector>): Detector => {
  const id = formatId('detector', backend, nativeId);
  return {
    id,
    backendKey: backend,
    nativeId,
    name: wire.name ?? nativeId,
    description: wire.description || null,
    highCardinality: isHighCardinality(wire),
    indices: wire.indices ?? [],
    timeField: wire.time_field ?? '',
    categoryFields: wire.category_field ?? [],
    intervalMs: periodMs(wire.detection_interval),
    windowDelayMs: periodMs(wire.window_delay),
    shingleSize: wire.shingle_size ?? null,
    features: mapFeatures(id, wire),
    filterQuery: wire.filter_query ?? null,
    resultIndex: wire.result_index || null,
    updatedAt: wire.last_update_time ?? null,
  };
};
