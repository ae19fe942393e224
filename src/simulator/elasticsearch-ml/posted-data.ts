import { isJsonObject, type Json, parseJson } from '../json.js';
import { badRequest } from './failures.js';
import { bucketSpanMs } from './growth.js';
import { type DataCounts, type JobRecord, noCounts } from './records.js';

function timeFieldOf(job: JobRecord): string {
  const description = job.config.data_description;
  const field = isJsonObject(description) ? description.time_field : undefined;
  return typeof field === 'string' ? field : 'time';
}

const parseTime = (value: Json | undefined): number =>
  typeof value === 'string' && !/^\d+$/.test(value) ? Date.parse(value) : Number(value);

/** The times of posted records: a list, or objects one after the other. */
export function readRecords(job: JobRecord, body: string): readonly number[] {
  const whole = parseJson(body);
  const lines = body.split('\n').filter((line) => line.trim() !== '');
  const records = Array.isArray(whole) ? whole : isJsonObject(whole) ? [whole] : lines.map((line) => parseJson(line));
  const field = timeFieldOf(job);
  return records.map((record: Json | undefined) => {
    if (!isJsonObject(record)) throw badRequest('The input JSON data is malformed.');
    return parseTime(record[field]);
  });
}

/** Adds posted records to the counts of a job, and says what these alone count for. */
export function countRecords(job: JobRecord, times: readonly number[], bytes: number, now: number): DataCounts {
  const span = bucketSpanMs(job);
  const added = noCounts();
  added.bytes = bytes;
  added.records = times.length;
  const { counts } = job;
  const before = counts.latestRecord;
  for (const time of times) {
    if (counts.earliestRecord === undefined) {
      counts.earliestRecord = time;
      added.earliestRecord = time;
    }
    const passed = counts.latestRecord === undefined ? 0 : Math.floor(time / span) - Math.floor(counts.latestRecord / span);
    if (passed > 0) added.buckets += passed;
    if (passed > 1) {
      added.emptyBuckets += passed - 1;
      added.latestEmptyBucket = (Math.floor(time / span) - 1) * span;
    }
    counts.latestRecord = Math.max(counts.latestRecord ?? time, time);
  }
  if (counts.latestRecord !== before) added.latestRecord = counts.latestRecord;
  added.lastData = now;
  counts.records += added.records;
  counts.bytes += bytes;
  counts.buckets += added.buckets;
  counts.emptyBuckets += added.emptyBuckets;
  counts.latestEmptyBucket = added.latestEmptyBucket ?? counts.latestEmptyBucket;
  counts.lastData = now;
  return added;
}
