import { findJob, singleJobId } from './naming.js';
import { pageOf, readResultQuery } from './paging.js';
import type { AnomalyRecord } from './records.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';

function sortKey(record: AnomalyRecord, sort: string): number | string {
  const value = record.body[sort];
  return typeof value === 'number' || typeof value === 'string' ? value : record.score;
}

function prepareRecords(call: Call): Prepared {
  const id = singleJobId(call);
  const action = 'cluster:monitor/xpack/ml/job/results/records/get';
  const query = readResultQuery(call, action, 'record_score', ['record_score', 'exclude_interim']);
  const least = Number(query.own.record_score ?? 0);
  const withoutInterim = query.own.exclude_interim === 'true';
  return {
    action,
    readsBody: true,
    run() {
      const job = findJob(call.world, id);
      const wanted = job.anomalies.filter(({ score, body }) => score >= least && !(withoutInterim && body.is_interim === true));
      const { count, items } = pageOf(
        query,
        wanted,
        ({ timestamp }) => timestamp,
        (record) => sortKey(record, query.sort),
      );
      return reply({ count, records: items.map(({ body }) => body) });
    },
  };
}

/** Results: the anomaly records. */
export const resultRoutes: readonly Route[] = [
  { method: 'GET', template: '/_ml/anomaly_detectors/{id}/results/records', prepare: prepareRecords },
  { method: 'POST', template: '/_ml/anomaly_detectors/{id}/results/records', prepare: prepareRecords },
];
