import type { DetectorModel } from '../../domain/index.js';
import { isPossibleId } from './native-ids.js';
import type { WireInitProgress, WireModel } from './wire-results.js';

/** `<detector>_entity_<digest>`, `<detector>_model_rcf_0`: the field that named the detector got lost in 2.15 (AD source, ADModelsOnNodeSupplier). */
const detectorOf = ({ model_id: id, detector_id: told }: WireModel): string | null => {
  const detectorId = told ?? /^(.{1,512}?)_(?:entity_|model_(?:rcf|threshold)(?:_|$))/.exec(id)?.[1];
  return detectorId !== undefined && isPossibleId(detectorId) ? detectorId : null;
};

/** `node`: who holds it, where the model does not say. */
export const mapModel = (wire: WireModel, node: string | null = null): DetectorModel => ({
  modelId: wire.model_id,
  type: wire.model_type ?? null,
  detectorNativeId: detectorOf(wire),
  nodeId: wire.node_id ?? node,
  sizeBytes: wire.model_size_in_bytes ?? null,
  entity: wire.entity ?? [],
  lastUsedAt: wire.last_used_time ?? null,
  lastCheckpointAt: wire.last_checkpoint_time ?? null,
});

const shareOf = (percentage: string | undefined): number | null => {
  const match = /^(\d{1,3})%$/.exec(percentage ?? '');
  return match ? Math.min(1, Number(match[1]) / 100) : null;
};

/** What is left is only told as long as anything is. */
export const mapInitProgress = (wire: WireInitProgress | undefined) => ({
  initProgress: shareOf(wire?.percentage),
  estimatedMinutesLeft: wire?.estimated_minutes_left ?? null,
  neededShingles: wire?.needed_shingles ?? null,
});
