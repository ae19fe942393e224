import { bucketSpanMs } from './growth.js';
import type { AnomalyRecord, JobRecord } from './records.js';
import type { World } from './world.js';

const dayMs = 24 * 3_600_000;

/** An anomaly record of a detector that counts. */
export const anomaly = (job: JobRecord, timestamp: number, score: number, detector = 0): AnomalyRecord => ({
  timestamp,
  score,
  body: {
    job_id: job.id,
    result_type: 'record',
    probability: 10 ** -(2 + score / 12),
    multi_bucket_impact: -5,
    record_score: score,
    initial_record_score: Math.min(100, score + 1.5),
    bucket_span: bucketSpanMs(job) / 1000,
    detector_index: detector,
    is_interim: false,
    timestamp,
    function: 'count',
    function_description: 'count',
    typical: [118.4],
    actual: [Math.round(118.4 * (2 + score / 10))],
  },
});

/** Gives a job a snapshot a day and some anomalies. */
export function addSeedResults(_world: World, job: JobRecord): void {
  const { latestRecord, earliestRecord } = job.counts;
  if (latestRecord === undefined || earliestRecord === undefined) return;
  const days = Math.min(5, Math.floor((latestRecord - earliestRecord) / dayMs));
  for (let day = days; day >= 1; day -= 1) {
    const takenAt = latestRecord - (day - 1) * dayMs;
    const id = String(Math.floor(takenAt / 1000));
    job.snapshots.push({
      id,
      description: `State persisted due to job close at ${new Date(takenAt).toISOString()}`,
      retain: day === days,
      takenAt,
      documents: 1,
      modelBytes: Math.floor(job.modelBytes * (1 - day / 20)),
      latestRecord: takenAt,
      latestResult: takenAt - (takenAt % bucketSpanMs(job)),
    });
    job.snapshotId = id;
  }
  for (let index = 0; index < 12; index += 1) {
    const timestamp = latestRecord - (latestRecord % bucketSpanMs(job)) - index * 7 * bucketSpanMs(job);
    const score = Math.round((96 / (index + 1) + (index % 3)) * 1000) / 1000;
    job.anomalies.push(anomaly(job, timestamp, score, index % 2));
  }
}
