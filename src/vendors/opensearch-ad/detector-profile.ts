import { createHash } from 'node:crypto';
import {
  type CallOptions,
  type DetectorProfile,
  type EntityProfile,
  type EntityValue,
  type FieldSet,
  formatId,
} from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { getEntityProfile, getProfile } from './client.js';
import type { AdapterContext } from './context.js';
import { mapInitProgress, mapModel } from './model-mapper.js';
import { isPossibleId } from './native-ids.js';
import { withoutSecrets } from './raw.js';
import { mapTaskError } from './task-error.js';
import type { WireProfile } from './wire-results.js';

/** Which type of profile each field stands in. A type that has nothing to say is left out of the answer. */
const typeOfField: Readonly<Record<string, string>> = {
  vendorState: 'state',
  error: 'error',
  coordinatingNode: 'coordinating_node',
  totalBytes: 'total_size_in_bytes',
  initProgress: 'init_progress',
  estimatedMinutesLeft: 'init_progress',
  neededShingles: 'init_progress',
  totalEntities: 'total_entities',
  activeEntities: 'active_entities',
  modelCount: 'models',
  models: 'models',
  taskSlots: 'ad_task',
  pendingEntities: 'ad_task',
  runningEntities: 'ad_task',
};
const everyType = [...new Set(Object.values(typeOfField))];

/** Sizes and entities are gathered from all nodes: only what is selected is asked for. */
const typesFor = (fields: FieldSet): readonly string[] => {
  if (fields.has('DetectorProfile.raw')) return everyType;
  const types = Object.entries(typeOfField).flatMap(([field, type]) => (fields.has(`DetectorProfile.${field}`) ? [type] : []));
  return types.length === 0 ? ['state'] : [...new Set(types)];
};

export const noSuchDetector = (origin: Origin, id: string): VigilError =>
  errorAbout(origin, 'NOT_FOUND', `There is no detector "${id.length > 80 ? `${id.slice(0, 80)}…` : id}".`);

const mapProfile = (id: string, wire: WireProfile, types: ReadonlySet<string>): DetectorProfile => ({
  id: `${id}/profile`,
  vendorState: wire.state ?? null,
  // There as an empty text once anything was told; a detector that is disabled keeps its last one.
  error: mapTaskError(wire.error)?.message ?? null,
  coordinatingNodeId: wire.coordinating_node ?? null,
  totalBytes: wire.total_size_in_bytes ?? null,
  ...mapInitProgress(wire.init_progress),
  totalEntities: wire.total_entities ?? null,
  activeEntities: wire.active_entities ?? null,
  // Both are left out when there are none.
  modelCount: types.has('models') ? (wire.model_count ?? wire.models?.length ?? 0) : null,
  taskSlots: wire.ad_task?.detector_task_slots ?? null,
  pendingEntities: wire.ad_task?.pending_entities_count ?? null,
  runningEntities: wire.ad_task?.running_entities_count ?? null,
  models: (wire.models ?? []).map((model) => mapModel(model)),
});

/** By the types one by one: asked for everything at once, a detector that was never started does not even say that it is disabled (2.11.0 to 3.4.0, recorded). */
export const readProfile = async (
  context: AdapterContext,
  detectorId: string,
  fields: FieldSet,
  call: CallOptions,
): Promise<DetectorProfile> => {
  if (!isPossibleId(detectorId)) throw noSuchDetector(context.origin, detectorId);
  const types = typesFor(fields);
  const wire = await getProfile(context, detectorId, types, call);
  const profile = mapProfile(formatId('detector', context.origin.backend, detectorId), wire, new Set(types));
  return fields.has('DetectorProfile.raw') ? { ...profile, raw: withoutSecrets(wire) } : profile;
};

/** The same for the same pairs, whatever their order. */
const digestOf = (entity: readonly EntityValue[]): string => {
  const pairs = entity.map(({ name, value }) => JSON.stringify([name, value])).sort();
  return createHash('sha256').update(pairs.join()).digest('hex').slice(0, 16);
};

export const readEntityProfile = async (
  context: AdapterContext,
  detectorId: string,
  entity: readonly EntityValue[],
  fields: FieldSet,
  call: CallOptions,
): Promise<EntityProfile> => {
  if (!isPossibleId(detectorId)) throw noSuchDetector(context.origin, detectorId);
  const wire = await getEntityProfile(context, detectorId, entity, call);
  return {
    id: `${formatId('detector', context.origin.backend, detectorId)}/entities/${digestOf(entity)}`,
    vendorState: wire.state ?? null,
    active: wire.is_active ?? null,
    lastActiveAt: wire.last_active_timestamp ?? null,
    lastSampleAt: wire.last_sample_timestamp ?? null,
    ...mapInitProgress(wire.init_progress),
    model: wire.model ? mapModel(wire.model) : null,
    ...(fields.has('EntityProfile.raw') ? { raw: withoutSecrets(wire) } : {}),
  };
};
