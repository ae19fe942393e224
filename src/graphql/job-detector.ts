import type { GraphQLResolveInfo } from 'graphql';
import { type Detector, type Job, parseId, type Revised } from '../domain/index.js';
import type { GatewayContext } from './context.js';
import type { Failures } from './failures.js';
import { settle } from './settle.js';

/** The detector a job is the real-time job of. One that came with the job need not be read; its loader has it. */
export const readDetectorOf = async (context: GatewayContext, info: GraphQLResolveInfo, job: Job): Promise<Revised<Detector> | null> => {
  if (job.detector === null || context.ownerOf(job.backendKey).adapter.detectors === undefined) return null;
  const { backend, native } = parseId(job.id);
  return context.loaders(info).detector({ kind: 'detector', backend, native });
};

/** Reads the detectors of a page's jobs that did not bring them; what fails is said in `unavailable`. */
export const prefetchDetectors = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  jobs: readonly Job[],
  failures: Failures,
): Promise<void> => {
  if (!context.fields(info).has('Job.detector')) return;
  await Promise.all(
    jobs.map(async (job) => {
      const read = await settle(readDetectorOf(context, info, job));
      if (!read.ok) failures.add(context.ownerOf(job.backendKey), 'STATE', read.error);
    }),
  );
};
