import { type Anomaly, type AnomalyQuery, type CallOptions, type FieldSet, formatId, type Slice, type Sliced } from '../../domain/index.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { searchResults } from './client.js';
import type { AdapterContext } from './context.js';
import { noSuchDetector } from './detector-profile.js';
import { findDetectors } from './detector-search.js';
import { isMissingIndex } from './errors.js';
import { isPossibleId, isResultIndex } from './native-ids.js';
import { withoutSecrets } from './raw.js';
import { allOf, type Clause } from './task-search.js';
import { resultSchema, type WireResult } from './wire-results.js';

/** `index.max_result_window` of the indices that hold results: nothing beyond can be read by page. */
const resultWindow = 10_000;

const pageOf = (origin: Origin, { skip, first }: Slice): { readonly from: number; readonly size: number } => {
  if (skip + first > resultWindow) {
    const message = `Anomaly Detection pages no further than ${resultWindow.toLocaleString('en')} entries: narrow what is asked for.`;
    throw errorAbout(origin, 'INVALID_INPUT', message, { path: ['first'] });
  }
  return { from: skip, size: first };
};

/** Pairs of a high-cardinality result are documents of their own inside it. */
const pairClause = ({ name, value }: { readonly name: string; readonly value: string }): Clause => ({
  nested: { path: 'entity', query: allOf({ term: { 'entity.name': name } }, { term: { 'entity.value': value } }) },
});

/** A result without a grade is an interval in which nothing was found; only those of a historical run name their task. */
const clauseOf = (detectorId: string, { from, to, minScore = 0, entity = [] }: AnomalyQuery, realtimeOnly: boolean): Clause => {
  const filter: readonly Clause[] = [
    { term: { detector_id: detectorId } },
    { range: { anomaly_grade: minScore > 0 ? { gte: minScore } : { gt: 0 } } },
    ...(from === undefined ? [] : [{ range: { data_end_time: { gt: from } } }]),
    ...(to === undefined ? [] : [{ range: { data_start_time: { lt: to } } }]),
    ...entity.map(pairClause),
  ];
  return { bool: { filter, ...(realtimeOnly ? { must_not: [{ exists: { field: 'task_id' } }] } : {}) } };
};

/** What was expected, by the most likely of the explanations. */
const typicalOf = ({ expected_values: expected = [], feature_data: features = [] }: WireResult): readonly number[] => {
  const [likeliest] = expected.toSorted((left, right) => (right.likelihood ?? 0) - (left.likelihood ?? 0));
  const byFeature = new Map(likeliest?.value_list.map(({ feature_id: id, data }) => [id, data]));
  return features.flatMap(({ feature_id: id }) => byFeature.get(id) ?? []);
};

/** The only feature, or the one the vendor holds responsible most. */
const featureOf = ({ feature_data: features = [], relevant_attribution: shares = [] }: WireResult): string | null => {
  const [most] = shares.toSorted((left, right) => right.data - left.data);
  const feature = features.length === 1 ? features[0] : features.find(({ feature_id: id }) => id === most?.feature_id);
  return feature?.feature_name ?? null;
};

const mapAnomaly = (owner: string, key: string, wire: WireResult): Anomaly => ({
  id: `${owner}/anomalies/${key}`,
  startAt: wire.data_start_time,
  endAt: wire.data_end_time ?? null,
  score: wire.anomaly_grade,
  confidence: wire.confidence ?? null,
  entity: wire.entity ?? [],
  // How a feature is computed stands in the detector, which may have changed since.
  functionName: null,
  fieldName: featureOf(wire),
  actual: (wire.feature_data ?? []).map(({ data }) => data),
  typical: typicalOf(wire),
  interim: false,
});

/** Its own result index, null when it has none. NOT_FOUND when there is no such detector: a search for its results would only be empty. */
const resultIndexOf = async (context: AdapterContext, id: string, call: CallOptions): Promise<string | null> => {
  const found = isPossibleId(id) ? await findDetectors(context, { ids: { values: [id] } }, call) : undefined;
  const detector = found?.hits.find((hit) => hit.id === id);
  const index = detector?.wire.result_index || null;
  if (index !== null && !isResultIndex(index))
    throw errorAbout(context.origin, 'REFUSED', 'The result index of the detector is named like no index of results: it is not read.');
  if (detector) return index;
  throw found?.incomplete ?? noSuchDetector(context.origin, id);
};

const read = async (
  context: AdapterContext,
  owner: { readonly kind: 'job' | 'detector'; readonly id: string },
  query: AnomalyQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Sliced<Anomaly>> => {
  const { origin } = context;
  const page = pageOf(origin, query);
  const index = await resultIndexOf(context, owner.id, call);
  const body = {
    ...page,
    query: clauseOf(owner.id, query, owner.kind === 'job'),
    sort: [{ anomaly_grade: 'desc' }, { data_start_time: 'desc' }],
    _source: { excludes: ['user'] },
    track_total_hits: true,
  };
  const wantsRaw = fields.has('Anomaly.raw');
  const ownerId = formatId(owner.kind, origin.backend, owner.id);
  try {
    const { hits } = await searchResults(context, index, body, call);
    const items = hits.hits.flatMap(({ _id: key, _source: source }) => {
      const parsed = resultSchema.safeParse(source);
      if (!parsed.success) return [];
      return [{ ...mapAnomaly(ownerId, key, parsed.data), ...(wantsRaw ? { raw: withoutSecrets(source) } : {}) }];
    });
    return { items, totalCount: hits.total?.value ?? null };
  } catch (error) {
    // The first run makes the index; before it nothing was found.
    if (isMissingIndex(error)) return { items: [], totalCount: 0 };
    throw error;
  }
};

/** What the real-time run has found. */
export const readJobAnomalies = (
  context: AdapterContext,
  jobId: string,
  query: AnomalyQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Sliced<Anomaly>> => read(context, { kind: 'job', id: jobId }, query, fields, call);

/** What both runs have found; a historical run over a time the real-time run has seen too finds it again. */
export const readDetectorAnomalies = (
  context: AdapterContext,
  detectorId: string,
  query: AnomalyQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Sliced<Anomaly>> => read(context, { kind: 'detector', id: detectorId }, query, fields, call);
