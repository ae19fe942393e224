import { createHash } from 'node:crypto';
import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import type { Entity, Model, RealTimeRun } from './runtime.js';
import type { World } from './world.js';

/** The id of a model: of an entity by a hash of it (AD source, `Entity.getModelId`). */
export const modelIdOf = (detectorId: string, entity: Entity | undefined): string =>
  entity === undefined
    ? `${detectorId}_model_rcf_0`
    : `${detectorId}_entity_${createHash('md5').update(JSON.stringify(entity)).digest('base64url')}`;

/** The model of a real-time analysis, brought into memory and checkpointed when it is not there. */
export function useModel(world: World, detector: Detector, run: RealTimeRun, entity: Entity | undefined): Model {
  const id = modelIdOf(detector.id, entity);
  const now = world.schedule.now();
  const known = run.models.get(id);
  if (known !== undefined) {
    known.lastUsed = now;
    return known;
  }
  const model: Model = { id, node: world.cluster.nodeFor(id).id, entity, lastUsed: now, lastCheckpoint: now };
  run.models.set(id, model);
  storeCheckpoint(world, detector, entity);
  return model;
}

/** The index of stored models comes with the first real-time start, or the first single run. */
export function ensureCheckpointIndex({ indices, dialect, cluster }: World): void {
  const { checkpoints } = dialect.names;
  const alone = dialect.expandingIndices.includes('checkpoints') && cluster.dataNodes().length < 2;
  const settings = { number_of_shards: '1', number_of_replicas: alone ? '0' : '1' };
  if (!indices.exists(checkpoints)) indices.create(checkpoints, { settings });
}

/** Stores a model, once. */
export function storeCheckpoint(world: World, detector: Detector, entity: Entity | undefined): void {
  const { checkpoints } = world.dialect.names;
  const id = modelIdOf(detector.id, entity);
  if (world.indices.get(checkpoints, id) !== undefined) return;
  ensureCheckpointIndex(world);
  const timestamp = world.schedule.now();
  world.indices.put(checkpoints, id, { detectorId: detector.id, modelId: id, timestamp, ...(entity !== undefined && { entity }) });
}

/** Whether models of a detector have been stored: they outlive a crash. */
export const hasCheckpoint = (world: World, detectorId: string): boolean =>
  world.indices.all(world.dialect.names.checkpoints).some(({ source }) => source.detectorId === detectorId);

/** Forgets stored models. */
export function deleteCheckpoints(world: World, detectorId: string): void {
  const { checkpoints } = world.dialect.names;
  for (const { id, source } of world.indices.all(checkpoints)) {
    if (source.detectorId === detectorId) world.indices.delete(checkpoints, id);
  }
}

/** A model as profiles show it. */
export const profiledModelJson = (world: World, model: Model): JsonObject => ({
  model_id: model.id,
  ...(model.entity !== undefined && { entity: model.entity }),
  model_size_in_bytes: world.dialect.modelBytes.realTime,
  node_id: model.node,
});

/** A model as statistics list it; since 2.15 they lost the detector's id (AD source, ADModelsOnNodeSupplier). */
export const countedModelJson = (world: World, detectorId: string, model: Model): JsonObject => ({
  model_type: world.dialect.modern ? 'trcf' : 'rcf',
  last_used_time: model.lastUsed,
  model_id: model.id,
  ...(world.dialect.modern ? { last_checkpoint_time: model.lastCheckpoint } : { detector_id: detectorId }),
  ...(model.entity !== undefined && { entity: model.entity }),
});
