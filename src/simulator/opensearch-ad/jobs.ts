import type { JsonObject } from '../json.js';
import type { Detector } from './detector.js';
import { jobMappings } from './index-mappings.js';
import type { StoredDoc } from './indices.js';
import { ensureCheckpointIndex } from './models.js';
import type { World } from './world.js';

/** The real-time job of a detector; its id is the detector's. */
export const jobOf = (world: World, detectorId: string): StoredDoc | undefined => world.indices.get(world.dialect.names.jobs, detectorId);

/** Whether the real-time job of a detector is enabled. */
export const hasEnabledJob = (world: World, detectorId: string): boolean => jobOf(world, detectorId)?.source.enabled === true;

const settings = { number_of_shards: '1', number_of_replicas: '1' };

/** The indices that real-time analysis needs come with its first start. */
function ensureJobIndices(world: World): void {
  const { indices, dialect } = world;
  const { jobs, locks } = dialect.names;
  if (!indices.exists(jobs)) indices.create(jobs, { mappings: jobMappings, settings });
  if (!indices.exists(locks)) indices.create(locks, { settings });
  ensureCheckpointIndex(world);
}

/** Enables the job of a detector, created when there is none. */
export function enableJob(world: World, detector: Detector): StoredDoc {
  ensureJobIndices(world);
  const now = world.schedule.now();
  const before = jobOf(world, detector.id)?.source;
  const minutes = detector.intervalMs / 60_000;
  const job: JsonObject = {
    name: detector.id,
    schedule: { interval: { start_time: now, period: minutes, unit: 'Minutes' } },
    window_delay: detector.source.window_delay ?? null,
    enabled: true,
    enabled_time: now,
    last_update_time: now,
    lock_duration_seconds: detector.intervalMs / 1000,
    ...(world.dialect.modern && { type: 'AD' }),
    // When it was disabled before stays in it (2.19).
    ...(before?.disabled_time !== undefined && { disabled_time: before.disabled_time }),
    ...(detector.source.user !== undefined && { user: detector.source.user }),
    ...(detector.resultIndex !== undefined && { result_index: detector.resultIndex }),
  };
  return world.indices.put(world.dialect.names.jobs, detector.id, job);
}

/** Disables the job of a detector. */
export function disableJob(world: World, detectorId: string): void {
  const job = jobOf(world, detectorId);
  if (job === undefined) return;
  const now = world.schedule.now();
  world.indices.put(world.dialect.names.jobs, detectorId, { ...job.source, enabled: false, last_update_time: now, disabled_time: now });
}
