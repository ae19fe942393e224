import {
  type CallOptions,
  type FieldSet,
  type Job,
  type JobExpression,
  type Listing,
  type Readings,
  wantsType,
} from '../../domain/index.js';
import { errorAbout } from '../../http/index.js';
import type { AdapterContext } from './context.js';
import type { DetectorAndJob } from './detector-search.js';
import { mapReadings, readAllDetectors, readDetectorsById } from './detectors.js';

const withDetector = (fields: FieldSet): ((read: DetectorAndJob) => Job) => {
  const wanted = fields.has('Job.detector') || wantsType(fields, 'Detector');
  return ({ detector, job }) => (wanted ? { ...job, detector } : job);
};

/** A job tells its state from its task, whatever else is selected: lists of jobs and of detectors ask alike. */
const withState = (fields: FieldSet): FieldSet => new Set([...fields, 'Job.state']);

export const listJobs = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<Job>> => {
  const { items, missing } = await readAllDetectors(context, {}, withState(fields), call);
  return { items: items.map(withDetector(fields)), missing };
};

export const readJobs = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Job>> => mapReadings(await readDetectorsById(context, nativeIds, withState(fields), call), withDetector(fields));

/** Anomaly detection has no way to name several detectors. */
export const expandJobs = async ({ origin }: AdapterContext, _expression: JobExpression): Promise<readonly string[]> => {
  throw errorAbout(origin, 'UNSUPPORTED', 'Anomaly Detection has no expressions for jobs: name them one by one.');
};
