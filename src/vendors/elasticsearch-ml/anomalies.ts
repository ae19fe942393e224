import type { Anomaly, AnomalyQuery, CallOptions, FieldSet, Sliced } from '../../domain/index.js';
import { errorAbout } from '../../http/index.js';
import { mapAnomaly } from './anomaly-mapper.js';
import type { AdapterContext } from './context.js';
import { isPossibleId } from './native-ids.js';
import { pageOf, resultWindow } from './paging.js';
import type { Query } from './request-line.js';
import { noSuchJob } from './verb-ids.js';

/** Records of one request while an entity is looked for; each has about a kilobyte. */
const stride = 1_000;

/** A score of 0..1 in the vendor's 0..100, without the dust that multiplying leaves (0.29 × 100). */
const recordScore = (score: number | undefined): number | undefined => (score === undefined ? undefined : Math.round(score * 1e8) / 1e6);

/** By score alone: among equals the vendor orders by field values. Equals of one page are shown newest first. */
const newestOfEquals = (left: Anomaly, right: Anomaly): number => right.score - left.score || right.startAt - left.startAt;

const matches = (anomaly: Anomaly, entity: NonNullable<AnomalyQuery['entity']>): boolean =>
  entity.every(({ name, value }) => anomaly.entity.some((each) => each.name === name && each.value === value));

/** Times as epoch milliseconds; from is included and to is not, as in the vendor's own range. */
export const readAnomalies = async (
  { client, origin }: AdapterContext,
  jobId: string,
  query: AnomalyQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Sliced<Anomaly>> => {
  if (!isPossibleId(jobId)) throw noSuchJob(origin, jobId);
  const wantsRaw = fields.has('Anomaly.raw');
  const asked: Query = { start: query.from, end: query.to, record_score: recordScore(query.minScore), sort: 'record_score', desc: true };
  const read = async (from: number, size: number): Promise<Sliced<Anomaly> & { readonly sent: number }> => {
    const { items, count, sent: came } = await client.records(jobId, { ...asked, from, size }, call);
    const anomalies = items.map((sent) => mapAnomaly(origin.backend, jobId, sent, wantsRaw));
    return { items: anomalies.sort(newestOfEquals), totalCount: count, sent: came };
  };
  const { from, size } = pageOf(origin, query);
  const { entity = [] } = query;
  if (entity.length === 0) {
    const { items, totalCount } = await read(from, size);
    return { items, totalCount };
  }

  // The endpoint knows no filter by field: everything is read in the same order until the slice is full.
  const found: Anomaly[] = [];
  for (let at = 0; at < resultWindow; at += stride) {
    const { items, sent } = await read(at, stride);
    found.push(...items.filter((anomaly) => matches(anomaly, entity)));
    if (sent < stride || found.length >= from + size) return { items: found.slice(from, from + size), totalCount: null };
  }
  const message = `Elasticsearch shows no more than ${resultWindow.toLocaleString('en')} anomalies: narrow the time or raise the score to find these.`;
  throw errorAbout(origin, 'INVALID_INPUT', message, { path: ['filter'] });
};
