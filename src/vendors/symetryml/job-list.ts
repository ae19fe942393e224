import { z } from 'zod';
import type { Envelope } from './envelope.js';
import { jobIdSchema, jobInfoSchema, type WireJobInfo } from './wire.js';

/** What the list of jobs told. */
export interface JobList {
  readonly jobs: readonly { readonly info: WireJobInfo; readonly raw: unknown }[];
  /** Of jobs of which the list tells nothing but this. */
  readonly bareIds: readonly string[];
  /** Jobs that belong to somebody else. */
  readonly foreign: number;
  /** Entries that could not be read. */
  readonly unread: number;
}

const wrapped = z.object({ values: z.array(z.unknown()) });

/** The entries of one entity: a list, a list in a wrapper as StringList has it, or a single job. */
const entriesOf = (entity: unknown): readonly unknown[] | undefined => {
  if (Array.isArray(entity)) return entity;
  const inside = wrapped.safeParse(entity);
  if (inside.success) return inside.data.values;
  return jobInfoSchema.safeParse(entity).success ? [entity] : undefined;
};

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
  let foreign = 0;
  let unread = 0;
  for (const raw of found.flat()) {
    const info = jobInfoSchema.safeParse(raw);
    const id = jobIdSchema.safeParse(raw);
    // The list is that of the whole machine: what names another owner is nobody's business here. What names none was listed under this customer.
    if (info.success && info.data.owner !== undefined && info.data.owner !== customerId) foreign += 1;
    else if (info.success) jobs.set(info.data.jobId, { info: info.data, raw });
    else if (id.success) bare.add(id.data);
    else unread += 1;
  }
  return { jobs: [...jobs.values()], bareIds: [...bare].filter((id) => !jobs.has(id)), foreign, unread };
};
