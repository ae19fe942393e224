import type { JsonObject } from '../json.js';
import { modelSizeJson } from './job-stats-json.js';
import type { JobRecord, SnapshotRecord } from './records.js';
import type { World } from './world.js';

/** A model snapshot as it is listed. */
export const snapshotJson = (world: World, job: JobRecord, snapshot: SnapshotRecord): JsonObject => ({
  job_id: job.id,
  min_version: world.dialect.modernNodes ? '8.3.0' : '6.4.0',
  timestamp: snapshot.takenAt,
  ...(snapshot.description !== '' && { description: snapshot.description }),
  snapshot_id: snapshot.id,
  snapshot_doc_count: snapshot.documents,
  model_size_stats: modelSizeJson(world, job, snapshot.modelBytes),
  ...(snapshot.latestRecord !== undefined && { latest_record_time_stamp: snapshot.latestRecord }),
  ...(snapshot.latestResult !== undefined && { latest_result_time_stamp: snapshot.latestResult }),
  retain: snapshot.retain,
});

/** The snapshot that stands for a model which has learnt nothing. */
export const emptySnapshot = (now: number): SnapshotRecord => ({
  id: 'empty',
  description: 'empty snapshot',
  retain: false,
  takenAt: now,
  documents: 0,
  modelBytes: 0,
});
