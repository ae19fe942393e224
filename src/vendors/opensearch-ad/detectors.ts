import {
  type CallOptions,
  type Detector,
  type DetectorQuery,
  type FieldSet,
  type Listing,
  type Readings,
  settle,
  wantsType,
} from '../../domain/index.js';
import { readById } from './by-id.js';
import type { AdapterContext } from './context.js';
import { type DetectorAndJob, type DetectorsRead, readDetectorsAndJobs } from './detector-search.js';
import { allOf, type Clause } from './task-search.js';

/** Names longer than these are in no index of names (`ignore_above`, mapping of the configuration index). */
const longestIndexed = 256;

const everything: Clause = { match_all: {} };

/** What the vendor can filter by itself. Texts are analysed there, so that a part of a name would not be found. */
const clauseOf = ({ indices, highCardinality }: DetectorQuery): Clause => {
  const isHigh: Clause = { exists: { field: 'category_field' } };
  const clauses: readonly Clause[] = [
    ...(indices === undefined || indices.some((index) => index.length > longestIndexed) ? [] : [{ terms: { 'indices.keyword': indices } }]),
    ...(highCardinality === undefined ? [] : [highCardinality ? isHigh : { bool: { must_not: [isHigh] } }]),
  ];
  return clauses.length === 0 ? everything : allOf(...clauses);
};

const withJob = (fields: FieldSet): ((read: DetectorAndJob) => Detector) => {
  const wanted = fields.has('Detector.job') || wantsType(fields, 'Job');
  return ({ detector, job }) => (wanted ? { ...detector, job } : detector);
};

const allOfThem = (read: DetectorsRead) => (read.incomplete === undefined ? [] : [{ part: 'ALL' as const, error: read.incomplete }]);

/** Every detector, with its job. For lists of either: what is asked of the cluster is the same. */
export const readAllDetectors = async (
  context: AdapterContext,
  query: DetectorQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Listing<DetectorAndJob>> => {
  const read = await readDetectorsAndJobs(context, { query: clauseOf(query) }, fields, call);
  return { items: read.items, missing: [...allOfThem(read), ...read.missing] };
};

/** Detectors by id, with their jobs. What a whole answer does not have is gone, or belongs to somebody else: these credentials never see the two apart. */
export const readDetectorsById = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<DetectorAndJob>> => {
  const { readings, missing } = await readById(nativeIds, async (ids) => {
    const read = await settle(readDetectorsAndJobs(context, { query: { ids: { values: ids } }, ids }, fields, call), call);
    if (!read.ok) return { found: new Map<string, DetectorAndJob>(), cause: read.error, missing: [] };
    const { items, incomplete: cause, missing: lacked } = read.value;
    return { found: new Map(items.map((item) => [item.detector.nativeId, item])), cause, missing: lacked };
  });
  return { readings, missing: [...new Map(missing.map((failure) => [failure.part, failure])).values()] };
};

export const listDetectors = async (
  context: AdapterContext,
  query: DetectorQuery,
  fields: FieldSet,
  call: CallOptions,
): Promise<Listing<Detector>> => {
  const { items, missing } = await readAllDetectors(context, query, fields, call);
  return { items: items.map(withJob(fields)), missing };
};

/** The same readings of something else. */
export const mapReadings = <T, U>({ readings, missing }: Readings<T>, map: (value: T) => U): Readings<U> => ({
  readings: new Map(
    [...readings].map(([id, reading]) => [id, reading.status === 'found' ? { status: 'found', value: map(reading.value) } : reading]),
  ),
  missing,
});

export const readDetectors = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Detector>> => mapReadings(await readDetectorsById(context, nativeIds, fields, call), withJob(fields));
