import pLimit from 'p-limit';
import {
  type CallOptions,
  type ClusterNode,
  type FieldSet,
  type PartFailure,
  type Settled,
  settle,
  type Task,
  wantsType,
} from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import { errorAbout } from '../../http/index.js';
import { getDetectorWithJob } from './client.js';
import type { AdapterContext } from './context.js';
import type { DetectorJobDetails } from './details.js';
import { strange } from './errors.js';
import { bareDetails, mapJobDetails, nodeIdOf } from './job-mapper.js';
import { readIdentities } from './node-identity.js';
import { anomalyDetectorJobSchema } from './wire.js';

/** What a job has that neither its detector nor its task tells. */
export interface JobExtras {
  /** Undefined: not asked for; null: could not be had. */
  detailsOf(detectorId: string): DetectorJobDetails | null | undefined;
  readonly nodes: ReadonlyMap<string, ClusterNode>;
  readonly missing: readonly PartFailure[];
}

/** Each job's document is a call of its own: there is no search over them. */
const atOnce = 8;
/** As many as a page or a filter names at most; a list is read whole, whatever is shown of it. */
const mostDocuments = 500;

const tooMany = ({ origin }: AdapterContext): VigilError =>
  errorAbout(
    origin,
    'INVALID_INPUT',
    `Details cost a call for each job: of more than ${mostDocuments} they are not read together. Name the jobs by their ids.`,
  );

const wantsDocument = (fields: FieldSet): boolean => {
  const own = [...fields].filter((field) => field.startsWith('DetectorJobDetails.') || field.startsWith('JobDetails.'));
  return own.some((field) => !/\.(?:id|__typename)$/.test(field));
};

const readDetails = async (
  context: AdapterContext,
  id: string,
  fields: FieldSet,
  call: CallOptions,
): Promise<Settled<DetectorJobDetails | null>> => {
  const read = await settle(getDetectorWithJob(context, id, call), call);
  // Deleted since it was listed: nothing is missing.
  if (!read.ok) return read.error.code === 'NOT_FOUND' ? { ok: true, value: null } : read;
  const raw = read.value.anomaly_detector_job ?? null;
  const job = raw === null ? null : anomalyDetectorJobSchema.safeParse(raw);
  if (job?.success === false) return { ok: false, error: strange(context.origin, 200, false, job.error) };
  const wantsRaw = fields.has('DetectorJobDetails.raw') || fields.has('JobDetails.raw');
  return { ok: true, value: mapJobDetails(context.origin.backend, id, job?.data ?? null, raw, wantsRaw) };
};

const readAllDetails = async (
  context: AdapterContext,
  ids: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Pick<JobExtras, 'detailsOf'> & { readonly error?: VigilError | undefined }> => {
  const { backend } = context.origin;
  if (!wantsDocument(fields)) {
    const wanted = fields.has('Job.details') || wantsType(fields, 'DetectorJobDetails') || wantsType(fields, 'JobDetails');
    return { detailsOf: (id) => (wanted ? bareDetails(backend, id) : undefined) };
  }
  const asked = ids.slice(0, mostDocuments);
  const read = new Map(await pLimit(atOnce).map(asked, async (id) => [id, await readDetails(context, id, fields, call)] as const));
  const failed = [...read.values()].find((each) => !each.ok);
  return {
    detailsOf: (id) => {
      const details = read.get(id);
      return details?.ok ? details.value : null;
    },
    error: failed?.ok === false ? failed.error : asked.length < ids.length ? tooMany(context) : undefined,
  };
};

/** A job brings its node's name; everything else of a node is read on its own. */
const readNodeNames = async (
  context: AdapterContext,
  ids: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<{ readonly nodes: ReadonlyMap<string, ClusterNode>; readonly error?: VigilError }> => {
  if (ids.length === 0 || !fields.has('Job.node') || !fields.has('NodeStats.name')) return { nodes: new Map() };
  const read = await settle(readIdentities(context, undefined, call), call);
  return read.ok ? { nodes: read.value.nodes } : { nodes: new Map(), error: read.error };
};

/** `realtime`: its latest real-time task, which names its node. */
export const readJobExtras = async (
  context: AdapterContext,
  jobs: readonly { readonly id: string; readonly realtime: Task | null | undefined }[],
  fields: FieldSet,
  call: CallOptions,
): Promise<JobExtras> => {
  const nodeIds = jobs.flatMap(({ realtime }) => nodeIdOf(realtime) ?? []);
  const [details, names] = await Promise.all([
    readAllDetails(
      context,
      jobs.map(({ id }) => id),
      fields,
      call,
    ),
    readNodeNames(context, nodeIds, fields, call),
  ]);
  const error = details.error ?? names.error;
  return { detailsOf: details.detailsOf, nodes: names.nodes, missing: error === undefined ? [] : [{ part: 'STATISTICS', error }] };
};
