import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql';
import { type GlobalId, type IdKind, parseId, sameObject } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import { at, maxIds } from './filters.js';
import { readResultNode } from './job-result.resolver.js';
import { NodeInterface } from './node.type.js';
import { newestDetector, newestJob, newestTask } from './single-objects.js';
import { viewClusterStats, viewDatafeed, viewNode } from './views.js';

type Read = (id: GlobalId, context: GatewayContext, info: GraphQLResolveInfo) => Promise<NodeInterface | null> | NodeInterface | null;

/** How each kind of id is fetched again. */
const reads: Readonly<Record<IdKind, Read>> = {
  backend(id, context) {
    const backend = context.backendOf(id.backend);
    return backend ? context.shown.backend(backend.key) : null;
  },
  async job(id, context, info) {
    const read = await context.loaders(info).job(id);
    const job = read && (await newestJob(context, info, read));
    return job && context.shown.job(job);
  },
  async task(id, context, info) {
    const read = await context.loaders(info).task(id);
    const task = read && (await newestTask(context, info, read));
    return task && context.shown.task(task);
  },
  async detector(id, context, info) {
    const read = await context.loaders(info).detector(id);
    const detector = read && (await newestDetector(context, info, read));
    return detector && context.shown.detector(detector);
  },
  async datafeed(id, context, info) {
    const datafeed = await context.loaders(info).datafeed(id);
    return datafeed && viewDatafeed(datafeed);
  },
  async node(id, context, info) {
    const node = await context.loaders(info).node(id);
    return node && viewNode(node);
  },
  async cluster(id, context, info) {
    const stats = context.backendOf(id.backend) ? await context.loaders(info).clusterStats(id.backend) : null;
    return stats && sameObject(id, parseId(stats.id)) ? viewClusterStats(stats) : null;
  },
  result: readResultNode,
};

/** Async, so that a malformed id rejects like a failed read does and stays one entry's own matter. */
const readNode = async (
  id: string,
  path: readonly string[],
  context: GatewayContext,
  info: GraphQLResolveInfo,
): Promise<NodeInterface | null> => {
  const parsed = at(path, () => parseId(id));
  return reads[parsed.kind](parsed, context, info);
};

@Resolver(() => NodeInterface)
export class NodeResolver {
  @Query(() => NodeInterface, {
    nullable: true,
    description: 'Any object by its id. Null: there is no such object. Null with an error: not known now, or not an id (extensions.code).',
  })
  node(
    @Arg('id', () => ID, { description: 'A global id of any kind.' }) id: string,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<NodeInterface | null> {
    return readNode(id, ['id'], context, info);
  }

  @Query(() => [NodeInterface], {
    nullable: 'items',
    description:
      'Objects by their ids, in the order given, in one call for each backend and kind. Null for one that does not exist; null with an error for one that is not known now.',
  })
  nodes(
    @Arg('ids', () => [ID], { description: 'Global ids of any kind, at most 500.' }) ids: string[],
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<NodeInterface | null>[] {
    if (ids.length > maxIds) throw new VigilError('INVALID_INPUT', `${ids.length} ids are too many: at most ${maxIds}.`, { path: ['ids'] });
    return ids.map((id, index) => readNode(id, ['ids', String(index)], context, info));
  }
}
