import type { CallOptions } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import { errorAbout, type HttpStream } from '../../http/index.js';
import { acceptedJobId } from './accepted.js';
import type { Endpoint } from './endpoint.js';
import { type Evidence, evidenceOf, strange } from './errors.js';
import { type JobList, readJobList } from './job-list.js';
import type { StartRequest } from './start/request.js';
import { jobIdSchema, jobInfoSchema, type WireJobInfo } from './wire.js';

/* The endpoints, one function each. What success means is each one's own matter. */

/** Whether it could be the id of a job; also keeps what is no id out of the path of a request. */
export const isPossibleJobId = (id: string): boolean => jobIdSchema.safeParse(id).success;

const jobPath = (endpoint: Endpoint, id: string): string => {
  if (!isPossibleJobId(id)) throw errorAbout(endpoint.origin, 'NOT_FOUND', 'There is no such job.');
  return `/jobs/${id}`;
};

/** All jobs that are this customer's. Changes nothing, as far as is known: that the list removes finished jobs is documented nowhere. */
export const listJobs = async (endpoint: Endpoint, call: CallOptions): Promise<JobList> => {
  const request = { method: 'GET', path: '/jobs', route: 'GET /jobs', isRead: true, done: [200] } as const;
  const { status, envelope } = await endpoint.request(request, call);
  const list = readJobList(envelope, endpoint.customerId);
  if (list === undefined)
    throw strange(endpoint.origin, status, false, {}, 'SymetryML lists its jobs in a form that the gateway does not know.');
  return list;
};

/** What became of a job, by the HTTP status alone. */
export type JobAnswer =
  /** Its result is in the body, which is gone from the server by now: to be kept as it arrives. */
  | { readonly kind: 'finished'; readonly stream: HttpStream }
  /** Queued or running; `info` null where the answer held none, as in the documentation's sample. */
  | { readonly kind: 'unfinished'; readonly info: WireJobInfo | null; readonly raw: unknown }
  /** Finished and read already, expired, killed, or never there. */
  | { readonly kind: 'absent' }
  /** 500: how a failed job is told is documented nowhere. To be asked once more before it is believed. */
  | { readonly kind: 'failed'; readonly evidence: Evidence; readonly error: VigilError };

/** A proxy's page, which comes with a 200 when it wants a login: it would be kept as the result. Of which type results are is documented nowhere. */
const isPage = ({ headers }: HttpStream): boolean => /^\s*(?:text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');

/** Asks for one job. Reading a finished one takes it from the server (installation guide, `jobreaper.run.period`). Never sent twice, but after a refused date. */
export const openJob = async (endpoint: Endpoint, id: string, idleMs: number, call: CallOptions): Promise<JobAnswer> => {
  const path = jobPath(endpoint, id);
  try {
    const stream = await endpoint.stream({ method: 'GET', path, route: 'GET /jobs/{id}', done: [200, 202, 500] }, idleMs, call);
    if (stream.status === 200) {
      if (!isPage(stream)) return { kind: 'finished', stream };
      stream.cancel();
      throw strange(endpoint.origin, stream.status, false, { outcomeUnknown: true });
    }
    const { status } = stream;
    const envelope = await endpoint.envelopeOf(stream, call).catch((error: unknown) => {
      throw unread(error);
    });
    if (status === 500) return failed(endpoint, evidenceOf(status, envelope));
    const raw = envelope.values.jobinfo ?? Object.values(envelope.values)[0] ?? null;
    const info = jobInfoSchema.safeParse(raw);
    return { kind: 'unfinished', info: info.success ? info.data : null, raw };
  } catch (error) {
    if (isVigilError(error) && error.code === 'NOT_FOUND' && error.facts.httpStatus === 400) return { kind: 'absent' };
    throw error;
  }
};

/** What was answered with another status than 200 took nothing from the server, even if the answer was cut short. */
const unread = (error: unknown): unknown =>
  isVigilError(error) ? new VigilError(error.code, error.message, { ...error.facts, outcomeUnknown: false, cause: error.cause }) : error;

const failed = ({ origin }: Endpoint, evidence: Evidence): JobAnswer => {
  const words = evidence.statusString === null ? {} : { vendorMessage: evidence.statusString };
  const facts = { ...origin, httpStatus: evidence.status, retryable: false, ...words, cause: evidence };
  return {
    kind: 'failed',
    evidence,
    error: new VigilError('BACKEND_UNAVAILABLE', 'SymetryML answered the question for the job with an error.', facts),
  };
};

/** Kills a job. 202 says that it cannot be killed. */
export const killJob = async (endpoint: Endpoint, id: string, call: CallOptions): Promise<void> => {
  const path = jobPath(endpoint, id);
  const { status, envelope } = await endpoint.request(
    { method: 'DELETE', path, route: 'DELETE /jobs/{id}', isRead: false, done: [200, 202] },
    call,
  );
  if (status !== 202) return;
  const evidence = evidenceOf(status, envelope);
  throw errorAbout(endpoint.origin, 'REFUSED', 'SymetryML cannot kill this job.', {
    httpStatus: status,
    ...(evidence.statusString === null ? {} : { vendorMessage: evidence.statusString }),
    cause: evidence,
  });
};

/** Starts a job and tells its id. Sent once, whatever its method. */
export const startJob = async (endpoint: Endpoint, request: StartRequest, call: CallOptions): Promise<string> => {
  // The tables of some pages say 200 where their samples show the answer of an accepted job (6.3, data source and exploration API).
  const { status, headers } = await endpoint.request({ ...request, isRead: false, done: [200, 201, 202] }, call);
  const id = acceptedJobId(headers);
  if (id !== undefined) return id;
  const message =
    status === 202
      ? 'SymetryML accepted the job but did not say which one it is.'
      : 'SymetryML answered at once instead of starting a job: this version may not know how to.';
  throw errorAbout(endpoint.origin, 'BACKEND_UNAVAILABLE', message, { httpStatus: status, outcomeUnknown: true, retryable: false });
};
