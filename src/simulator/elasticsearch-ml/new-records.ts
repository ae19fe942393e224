import type { JsonObject } from '../json.js';
import { type DatafeedRecord, type JobRecord, noCounts } from './records.js';
import type { World } from './world.js';

/** Between the two numbers, anew each time. */
const between = (low: number, high: number) => Math.round(low + Math.random() * (high - low));

/** Adds a closed job that has read nothing, created some time ago. */
export function addJob(world: World, id: string, config: JsonObject, groups: readonly string[] = [], ageMs = 0): JobRecord {
  const now = world.timers.now();
  const job: JobRecord = {
    id,
    config,
    groups,
    createTime: now - ageMs,
    state: 'closed',
    counts: noCounts(),
    modelBytes: 0,
    logTime: now,
    recordsPerSecond: 40,
    countedUntil: now,
    durations: {
      openMs: between(120, 260),
      closeMs: between(220, 420),
      resetMs: between(1200, 2600),
      deleteMs: between(1100, 2400),
      revertMs: between(300, 600),
    },
    snapshots: [],
    anomalies: [],
    forecasts: 0,
    generation: 0,
    timesClosed: 0,
  };
  world.jobs.set(id, job);
  world.audit(id, 'Job created');
  return job;
}

/** Adds a stopped datafeed. */
export function addDatafeed(world: World, id: string, jobId: string, config: JsonObject, indices: readonly string[]): DatafeedRecord {
  const datafeed: DatafeedRecord = {
    id,
    jobId,
    config: { query_delay: `${between(60_000, 120_000)}ms`, ...config },
    indices,
    state: 'stopped',
    realTime: true,
    searches: 0,
    lookbackMs: 900,
    generation: 0,
  };
  world.datafeeds.set(id, datafeed);
  return datafeed;
}
