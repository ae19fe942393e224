import type { CallOptions, ModelSnapshot, Slice, Sliced } from '../../domain/index.js';
import type { AdapterContext } from './context.js';
import { isPossibleId } from './native-ids.js';
import { pageOf } from './paging.js';
import { noSuchJob } from './verb-ids.js';
import type { WireSnapshot } from './wire-results.js';

const mapSnapshot = (wire: WireSnapshot): ModelSnapshot => ({
  snapshotId: wire.snapshot_id,
  description: wire.description ?? null,
  createdAt: wire.timestamp,
  documentCount: wire.snapshot_doc_count ?? null,
  latestRecordAt: wire.latest_record_time_stamp ?? null,
  latestResultAt: wire.latest_result_time_stamp ?? null,
  retain: wire.retain ?? false,
});

export const readModelSnapshots = async (
  { client, origin }: AdapterContext,
  jobId: string,
  slice: Slice,
  call: CallOptions,
): Promise<Sliced<ModelSnapshot>> => {
  if (!isPossibleId(jobId)) throw noSuchJob(origin, jobId);
  const { items, count } = await client.modelSnapshots(jobId, { ...pageOf(origin, slice), sort: 'timestamp', desc: true }, call);
  return { items: items.map(({ wire }) => mapSnapshot(wire)), totalCount: count };
};
