import type { GraphQLResolveInfo } from 'graphql';
import { type Detector, type GlobalId, type Job, type Revised, textOfId } from '../domain/index.js';
import { stamped } from '../loaders/index.js';
import type { GatewayContext } from './context.js';
import type { Failures } from './failures.js';
import { settle } from './settle.js';
import { subRead } from './sub-read.js';

const idOf = ({ backendKey, nativeId }: Detector): GlobalId => ({ kind: 'job', backend: backendKey, native: nativeId });

/** The real-time job of a detector: as it came with it, else read. Every detector has one; of one that cannot be read in a list's row only the id is known. */
export const readJobOf = async (context: GatewayContext, info: GraphQLResolveInfo, detector: Revised<Detector>): Promise<Revised<Job>> => {
  const { job, backendKey, nativeId, revision } = detector;
  if (job) return stamped(job);
  const id = idOf(detector);
  return (await subRead(info, context.loaders(info).job(id))) ?? { id: textOfId(id), backendKey, nativeId, revision };
};

/** Reads the jobs of a page's detectors that did not bring them; what fails is said in `unavailable`. */
export const prefetchJobs = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  detectors: readonly Detector[],
  failures: Failures,
): Promise<void> => {
  if (!context.fields(info).has('Detector.job')) return;
  await Promise.all(
    detectors.map(async (detector) => {
      if (detector.job) return;
      const read = await settle(context.loaders(info).job(idOf(detector)));
      if (!read.ok) failures.add(context.ownerOf(detector.backendKey), 'STATE', read.error);
    }),
  );
};
