import type { JobRecord } from './records.js';
import { datafeedOf, type World } from './world.js';

const averageRecordBytes = 23;

/** The bucket span of a job in milliseconds. */
export function bucketSpanMs(job: JobRecord): number {
  const config = job.config.analysis_config;
  const span = typeof config === 'object' && config !== null && 'bucket_span' in config ? config.bucket_span : undefined;
  const [, count = '15', unit = 'm'] = /^(\d+)(s|m|h|d)$/.exec(typeof span === 'string' ? span : '') ?? [];
  const sizes: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
  return Number(count) * (sizes[unit] ?? 60_000);
}

/** Adds records to the counts of a job. */
export function addRecords(job: JobRecord, records: number, latestRecord: number, now: number): void {
  const { counts } = job;
  if (records <= 0) return;
  counts.records += records;
  counts.fields += records * 2;
  counts.bytes += records * averageRecordBytes;
  counts.earliestRecord ??= latestRecord - 24 * 3_600_000;
  counts.latestRecord = Math.max(counts.latestRecord ?? 0, latestRecord);
  counts.lastData = now;
  counts.buckets = Math.max(counts.buckets, Math.floor((counts.latestRecord - counts.earliestRecord) / bucketSpanMs(job)));
  job.logTime = now;
}

/** Counts what a started datafeed has brought since the last time; to be called before counts are shown or frozen. */
export function grow(world: World, job: JobRecord): void {
  const now = world.timers.now();
  const elapsedMs = (now - job.countedUntil) * world.timers.speed;
  const datafeed = datafeedOf(world, job.id);
  // A lookback brings its records when it ends.
  const feeding = job.state === 'opened' && datafeed?.state === 'started' && datafeed.realTime;
  if (!feeding) {
    job.countedUntil = now;
    return;
  }
  const records = Math.floor((elapsedMs / 1000) * job.recordsPerSecond);
  if (records === 0) return;
  job.countedUntil = now;
  addRecords(job, records, now - 60_000, now);
}
