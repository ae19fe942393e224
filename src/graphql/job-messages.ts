import type { GraphQLResolveInfo } from 'graphql';
import { type Job, type JobMessage, parseId } from '../domain/index.js';
import { isVigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import type { Failures } from './failures.js';
import { defaultMessages, pageSize } from './paging.js';
import { settle } from './settle.js';
import { inList } from './sub-read.js';

/**
 * The vendor's log about a job. A missing privilege leaves it empty, as in the log of a vendor that keeps none: it is another one than the jobs'.
 * Any other failure is an error for a single job; in a list's row it is in `unavailable`, put there when the list was read.
 */
export const readMessages = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  job: Job,
  first: number | null | undefined,
): Promise<readonly JobMessage[]> => {
  const size = pageSize(first, defaultMessages);
  const read = await settle(context.loaders(info).messages(parseId(job.id)));
  if (read.ok) return read.value.slice(0, size);
  if (inList(info) || (isVigilError(read.error) && read.error.code === 'FORBIDDEN')) return [];
  throw read.error;
};

/** Reads the log for all rows of a page at once; what fails is said in `unavailable`. */
export const prefetchMessages = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  jobs: readonly Job[],
  failures: Failures,
): Promise<void> => {
  if (!context.fields(info).has('Job.messages')) return;
  await Promise.all(
    jobs.map(async (job) => {
      const read = await settle(context.loaders(info).messages(parseId(job.id)));
      if (!read.ok) failures.add(context.ownerOf(job.backendKey), 'MESSAGES', read.error);
    }),
  );
};
