import { randomBytes } from 'node:crypto';
import { printDuration } from '../elastic-rest/durations.js';
import { badRequest, conflict } from './failures.js';
import { bucketSpanMs } from './growth.js';
import { readInput } from './input.js';
import { dataCountsJson } from './job-stats-json.js';
import { singleJobId } from './naming.js';
import { countRecords, readRecords } from './posted-data.js';
import type { JobRecord } from './records.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { parseTimeValue } from './time-value.js';
import type { World } from './world.js';

/** The job, if its process runs; a job there is not is not open either. */
function requireProcess(world: World, id: string, verb: string): JobRecord {
  const job = world.jobs.get(id);
  if (job?.state === 'failed') throw conflict(`Cannot ${verb} because job [${id}] does not have a corresponding autodetect process`);
  if (job?.state !== 'opened') throw conflict(`Cannot perform requested action because job [${id}] is not open`);
  return job;
}

function prepareFlush(call: Call): Prepared {
  const id = singleJobId(call);
  const action = 'cluster:admin/xpack/ml/job/flush';
  const text = { kind: 'text' } as const;
  const fields = { job_id: text, calc_interim: { kind: 'flag' }, start: text, end: text, advance_time: text, skip_time: text } as const;
  readInput({ parser: action, fields }, call.body, call.params, call.warn);
  return {
    action,
    readsBody: true,
    run() {
      const job = requireProcess(call.world, id, 'flush');
      const { buckets, latestRecord } = job.counts;
      const finalized = buckets > 0 && latestRecord !== undefined ? latestRecord - (latestRecord % bucketSpanMs(job)) : undefined;
      return reply({ flushed: true, ...(finalized !== undefined && { last_finalized_bucket_end: finalized }) });
    },
  };
}

function prepareForecast(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const action = 'cluster:admin/xpack/ml/job/forecast';
  const text = { kind: 'text' } as const;
  const fields = { job_id: text, duration: text, expires_in: text, max_model_memory: text } as const;
  const input = readInput({ parser: action, fields }, call.body, call.params, call.warn);
  const duration = parseTimeValue('duration', input.text('duration') ?? '1d');
  return {
    action,
    readsBody: true,
    run() {
      const job = requireProcess(world, id, 'forecast');
      const span = bucketSpanMs(job);
      if (duration.ms < span) {
        const least = `${printDuration(span)}/${printDuration(span)}`;
        throw badRequest(`[duration] must be greater or equal to the bucket span: [${duration.text}/${least}]`);
      }
      if (job.counts.records === 0) {
        throw badRequest('Cannot run forecast: Forecast cannot be executed as job requires data to have been processed and modeled');
      }
      job.forecasts += 1;
      return reply({ acknowledged: true, forecast_id: randomBytes(15).toString('base64url') });
    },
  };
}

function prepareData(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  call.params.text('reset_start');
  call.params.text('reset_end');
  return {
    action: 'cluster:admin/xpack/ml/job/data/post',
    readsBody: true,
    run() {
      const job = requireProcess(world, id, 'process data');
      const counted = countRecords(job, readRecords(job, call.body), Buffer.byteLength(call.body), world.timers.now());
      return { status: 202, body: dataCountsJson(world, { ...job, counts: counted }) };
    },
  };
}

/** What is done with a job that is open. */
export const jobDataRoutes: readonly Route[] = [
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_flush', prepare: prepareFlush },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_forecast', prepare: prepareForecast },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/_data', prepare: prepareData },
];
