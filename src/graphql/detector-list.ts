import type { GraphQLResolveInfo } from 'graphql';
import { type Detector, type DetectorFilter, type DetectorQuery, filterTouches, matchesDetector, type Revised } from '../domain/index.js';
import { type ConnectionSource, readConnection } from './connection.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import type { DetectorFilterInput, DetectorOrderInput } from './detector.input.js';
import { prefetchJobs } from './detector-job.js';
import { prefetchProfiles } from './detector-profiles.js';
import type { Failures } from './failures.js';
import { parseDetectorFilter } from './filters.js';
import { detectorOrder } from './order.js';
import { parsePage } from './paging.js';
import { readByIds } from './read-by-ids.js';
import { prefetchTaskNodes } from './task-relations.js';

export type DetectorConnectionSource = ConnectionSource<Revised<Detector>, never>;

/** Arguments of a list of detectors. */
export interface DetectorListArguments {
  readonly filter: DetectorFilterInput | null | undefined;
  readonly orderBy: DetectorOrderInput | null | undefined;
  readonly first: number | null | undefined;
  readonly after: string | null | undefined;
}

const defaultFirst = 50;

/** Reads what is wanted of the objects that detectors name, and their profiles; what fails is said in `unavailable`. */
export const prefetchDetectorRelations = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  detectors: readonly Revised<Detector>[],
  failures: Failures,
): Promise<void> => {
  const tasks = detectors.flatMap(({ realtimeTask, historicalTask }) => [realtimeTask ?? [], historicalTask ?? []].flat());
  await Promise.all([
    prefetchJobs(context, info, detectors, failures),
    prefetchProfiles(context, info, detectors, failures),
    prefetchTaskNodes(context, info, tasks, failures),
  ]);
};

/** What the vendor may be asked; the rest is looked at here. */
const queryOf = ({ indices, highCardinality, text }: DetectorFilter): DetectorQuery => ({
  ...(indices === undefined ? {} : { indices }),
  ...(highCardinality === undefined ? {} : { highCardinality }),
  ...(text === undefined ? {} : { text }),
});

export const readDetectorList = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  args: DetectorListArguments,
): Promise<DetectorConnectionSource> => {
  const filter = parseDetectorFilter(context, args.filter);
  const order = detectorOrder(args.orderBy);
  const list = listHash('detectors', filter, { field: order.field, direction: order.direction });
  const loaders = context.loaders(info);

  return readConnection<Revised<Detector>, never>({
    context,
    list,
    page: parsePage(list, args.first, args.after, defaultFirst),
    order,
    // A product without detectors has none: nothing is missing from the list.
    backends: context.backends.all.filter((backend) => backend.adapter.detectors !== undefined && filterTouches(filter, backend)),
    async read(backend, failures) {
      const detectors = filter.ids
        ? await readByIds(backend, filter.ids, loaders.detector, { loaders, failures })
        : (await loaders.detectors(backend.key, queryOf(filter))).items;
      failures.addParts(backend, loaders.missing(backend.key));
      return detectors;
    },
    matching: (rows) =>
      context.shown
        .newestDetectors(rows)
        .filter((detector) => matchesDetector(filter, context.ownerOf(detector.backendKey).vendor, detector)),
    prefetch: (rows, failures) => prefetchDetectorRelations(context, info, rows, failures),
    counted: null,
  });
};
