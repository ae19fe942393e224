import { z } from 'zod';
import { isRecord } from '../../domain/index.js';
import type { Envelope } from './envelope.js';
import { jobIdSchema, jobInfoSchema, type WireJobInfo } from './wire.js';

/** What the list of jobs told. */
export interface JobList {
  readonly jobs: readonly { readonly info: WireJobInfo; readonly raw: unknown }[];
  /** Of jobs of which the list tells nothing but this. */
  readonly bareIds: readonly string[];
  /** Jobs that belong to somebody else. */
  readonly foreign: ReadonlySet<string>;
  /** Entries that could not be read. */
  readonly unread: number;
  /** Entries that were not looked at. */
  readonly beyond: number;
}

/** A server runs one or two at a time, and forgets what is not asked for (installation guide, `jobreaper.run.period`). Each is remembered by the gateway. */
export const mostListed = 10_000;

const wrapped = z.object({ values: z.array(z.unknown()) });

/** The entries of one entity: a list, a list in a wrapper as StringList has it, or a single job. */
const entriesOf = (entity: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(entity)) return entity;
  const inside = wrapped.safeParse(entity);
  if (inside.success) return inside.data.values;
  return jobInfoSchema.safeParse(entity).success ? [entity] : undefined;
};

/** An owner in a form that was never seen is another one: better a job too few than one of somebody else's. */
const isOwn = ({ owner }: WireJobInfo, raw: unknown, customerId: string): boolean =>
  owner === undefined ? !isRecord(raw) || (raw.owner ?? null) === null : owner === customerId;

/**
 * Under which key the list comes is documented nowhere, and the documentation disagrees about its form: JobInfo[] on one page, a StringList of ids on
 * another (6.3, job information and JSON objects). Undefined: there is something, and it is no list of jobs.
 */
export const readJobList = ({ values }: Envelope, customerId: string): JobList | undefined => {
  const lists = Object.values(values).map(entriesOf);
  const found = lists.filter((list) => list !== undefined);
  if (lists.length > 0 && found.length === 0) return undefined;
  const jobs = new Map<string, { readonly info: WireJobInfo; readonly raw: unknown }>();
  const bare = new Set<string>();
  const foreign = new Set<string>();
  let unread = 0;
  const entries = found.flat();
  for (const raw of entries.slice(0, mostListed)) {
    const info = jobInfoSchema.safeParse(raw);
    const id = jobIdSchema.safeParse(raw);
    // The list is that of the whole machine: what names another owner is nobody's business here. What names none was listed under this customer.
    if (info.success && !isOwn(info.data, raw, customerId)) foreign.add(info.data.jobId);
    else if (info.success) jobs.set(info.data.jobId, { info: info.data, raw });
    else if (id.success) bare.add(id.data);
    else unread += 1;
  }
  // Said twice, once without an owner: it is who it was said to be.
  const own = [...jobs.values()].filter(({ info }) => info.owner === customerId || !foreign.has(info.jobId));
  for (const { info } of own) foreign.delete(info.jobId);
  const bareIds = [...bare].filter((id) => !jobs.has(id) && !foreign.has(id));
  return { jobs: own, bareIds, foreign, unread, beyond: Math.max(0, entries.length - mostListed) };
};
