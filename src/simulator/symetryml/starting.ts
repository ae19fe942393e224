import type { SimulatedAnswer } from '../exchange.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { envelope } from './envelope.js';
import type { JobKindId } from './job-kinds.js';
import { addJob, queueLength, startWaiting } from './job-lifecycle.js';
import type { JobInput } from './job-record.js';
import { contextsIn } from './ml-context.js';
import { Refusal } from './refusal.js';
import { bodyOf, type Call } from './routes.js';

/** How an endpoint starts its jobs. */
export interface Starter {
  readonly kind: JobKindId;
  /** Instead of `Job Created`. */
  readonly accepted?: string;
  /** Instead of `Job execution was refused by server.` */
  readonly refused?: string;
  /** The table of its page has 200 where text and samples have 202. */
  readonly tabled200?: boolean;
  /** Given where the body is encrypted and so no JSON. */
  readonly body?: Json;
  readonly query?: Readonly<Record<string, string>>;
}

const textOf = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

/** What a selection works on: the parameters of its MLContext, and the first five lines of a data frame in its body. */
function selectionDetails(body: Json | undefined): JsonObject {
  const frame = isJsonObject(body) && isJsonObject(body.dataframe) ? body.dataframe : undefined;
  const lines = Array.isArray(frame?.data) ? { dataframe: { ...frame, data: frame.data.slice(0, 5) } } : {};
  return { ...contextsIn(body)[0], ...lines };
}

/** What `details` shows. The documents only tell what those of automatic selections hold, not its keys (Job Information, 6.x). */
function detailsOf(call: Call, { kind }: Starter, { projectId, modelId, dataSource, body }: JobInput): Readonly<Record<string, string>> {
  const client = call.request.headers['sym-client'];
  const all: JsonObject = {
    pid: projectId,
    modelid: modelId,
    dsname: dataSource,
    ...(kind === 'autoSelect' && selectionDetails(body)),
    ...(typeof client === 'string' && { client }),
  };
  return Object.fromEntries(Object.entries(all).flatMap(([key, value]) => (value === undefined ? [] : [[key, textOf(value)] as const])));
}

/** Accepts a job: 202 with its place in `Location` and, undocumented, its number in `sym-job-id`; the body does not say it. */
export function startJob(call: Call, starter: Starter): SimulatedAnswer {
  const { world, customer, path } = call;
  const { settings } = world;
  if (!settings.acceptJobs || queueLength(world) >= settings.queueLimit) {
    throw new Refusal(500, starter.refused ?? 'Job execution was refused by server.');
  }
  const query = { ...call.query, ...starter.query };
  const modelId = path.modelid ?? query.modelid;
  const dataSource = path.dsname ?? query.indsname;
  const input: JobInput = {
    ...(path.pid !== undefined && { projectId: path.pid }),
    ...(modelId !== undefined && { modelId }),
    ...(dataSource !== undefined && { dataSource }),
    query,
    body: starter.body === undefined ? bodyOf(call) : starter.body,
  };
  const job = addJob(world, { kind: starter.kind, owner: customer.id, input, details: detailsOf(call, starter, input) });
  startWaiting(world);
  const headers = {
    location: `${settings.locationBase}/symetry/rest/${encodeURIComponent(customer.id)}/jobs/${job.id}`,
    ...(settings.jobIdHeader && { 'sym-job-id': String(job.id) }),
  };
  const status = starter.tabled200 === true && settings.startStatus === 'table' ? 200 : 202;
  return envelope(status, starter.accepted ?? 'Job Created', {}, { headers, code: 202 });
}
