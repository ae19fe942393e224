import { expand } from './expression.js';
import { conflict } from './failures.js';
import { plainMembers, readInput } from './input.js';
import { findJob, singleJobId } from './naming.js';
import { onMaster } from './on-master.js';
import { pageOf, readResultQuery } from './paging.js';
import type { JobRecord, SnapshotRecord } from './records.js';
import { revertOnMaster, unknownSnapshot } from './revert.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { snapshotJson } from './snapshot-json.js';

const actions = 'cluster:admin/xpack/ml/job/model_snapshots';

const sortKey = (snapshot: SnapshotRecord, sort: string): number | string => {
  if (sort === 'description') return snapshot.description;
  if (sort === 'snapshot_id') return snapshot.id;
  if (sort === 'latest_record_time_stamp') return snapshot.latestRecord ?? 0;
  return snapshot.takenAt;
};

function prepareGet(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const query = readResultQuery(call, 'cluster:monitor/xpack/ml/job/model_snapshots/get', 'timestamp');
  return {
    action: 'cluster:monitor/xpack/ml/job/model_snapshots/get',
    readsBody: true,
    run() {
      const job = findJob(world, id);
      const named = expand(call.path.snapshot_id ?? '_all', job.snapshots, true).items;
      const { count, items } = pageOf(
        query,
        named,
        ({ takenAt }) => takenAt,
        (snapshot) => sortKey(snapshot, query.sort),
      );
      return reply({ count, model_snapshots: items.map((snapshot) => snapshotJson(world, job, snapshot)) });
    },
  };
}

function findSnapshot(job: JobRecord, id: string): SnapshotRecord {
  const snapshot = job.snapshots.find((candidate) => candidate.id === id);
  if (snapshot === undefined) throw unknownSnapshot(id, job.id);
  return snapshot;
}

function prepareUpdate(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const action = `${actions}/update`;
  const { description, retain } = plainMembers(action, call.body, ['job_id', 'snapshot_id', 'description', 'retain']);
  return {
    action,
    readsBody: true,
    run() {
      const job = findJob(world, id);
      const snapshot = findSnapshot(job, call.path.snapshot_id ?? '');
      if (typeof description === 'string') snapshot.description = description;
      if (typeof retain === 'boolean') snapshot.retain = retain;
      return reply({ acknowledged: true, model: snapshotJson(world, job, snapshot) });
    },
  };
}

function prepareDelete(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  return {
    action: `${actions}/delete`,
    run() {
      const job = findJob(world, id);
      const snapshot = findSnapshot(job, call.path.snapshot_id ?? '');
      if (snapshot.id === job.snapshotId) {
        throw conflict(`Model snapshot '${snapshot.id}' is the active snapshot for job '${id}', so cannot be deleted`);
      }
      job.snapshots = job.snapshots.filter((other) => other !== snapshot);
      return reply({ acknowledged: true });
    },
  };
}

function prepareRevert(call: Call): Prepared {
  const { world } = call;
  const id = singleJobId(call);
  const action = `${actions}/revert`;
  const text = { kind: 'text' } as const;
  const fields = { job_id: text, snapshot_id: text, delete_intervening_results: { kind: 'flag' }, force: { kind: 'flag' } } as const;
  const input = readInput({ parser: action, fields }, call.body, call.params, call.warn);
  call.params.text('timeout');
  call.params.text('master_timeout');
  const deleteResults = input.flag('delete_intervening_results', false);
  return {
    action,
    readsBody: true,
    async run(task) {
      const revert = onMaster(world, task, (master) => revertOnMaster(world, id, call.path.snapshot_id ?? '', deleteResults, master));
      const { job, snapshot } = await revert;
      return reply({ model: snapshotJson(world, job, snapshot) });
    },
  };
}

const base = '/_ml/anomaly_detectors/{id}/model_snapshots';

/** Model snapshots: listing, changing, deleting, going back to one. */
export const snapshotRoutes: readonly Route[] = [
  { method: 'GET', template: base, prepare: prepareGet },
  { method: 'POST', template: base, prepare: prepareGet },
  { method: 'GET', template: `${base}/{snapshot_id}`, prepare: prepareGet },
  { method: 'POST', template: `${base}/{snapshot_id}`, prepare: prepareGet },
  { method: 'DELETE', template: `${base}/{snapshot_id}`, prepare: prepareDelete },
  { method: 'POST', template: `${base}/{snapshot_id}/_update`, prepare: prepareUpdate },
  { method: 'POST', template: `${base}/{snapshot_id}/_revert`, prepare: prepareRevert },
];
