import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { type ClusterNode, type Metric, type NodeMetrics as NodeMetricsSource, parseId } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { DetectorModelConnectionType } from './detector-model.type.js';
import { type DetectorModelView, viewModel } from './detector-views.js';
import { metricsNamed } from './metric-names.js';
import { NodeMetrics } from './node-metrics.type.js';
import { NodeStatsType } from './node-stats.type.js';
import { listNodeStats } from './node-stats-list.js';
import { PageArgs } from './paging.args.js';
import { emptySlice, parseSlice, type SliceConnection, viewSlice } from './slice.js';
import { refuseMissing, subRead } from './sub-read.js';
import { MetricType } from './values.js';
import type { NodeStatsView } from './views.js';

const mayCost = 'Below a job, a task or a detector it may cost one call for all nodes together.';

/** Whatever names a node brings of it what came along; the rest is read once for all nodes of a backend. */
const nodeOf = async ({ source }: NodeStatsView, context: GatewayContext, info: GraphQLResolveInfo): Promise<ClusterNode | null> =>
  subRead(info, context.loaders(info).node(parseId(source.id)));

@Resolver(() => NodeStatsType)
export class NodeStatsResolver {
  @Query(() => [NodeStatsType], {
    description:
      "All nodes of a backend's cluster that do its product's work, or those named. The selection decides what is asked of the cluster. A failure leaves the whole answer without data, so ask for nothing else beside it. NOT_FOUND: the backend is not configured; INVALID_INPUT: a malformed id, or a node of another backend.",
  })
  nodeStats(
    @Arg('backend', () => ID, { description: 'Global id of the backend.' }) backend: string,
    @Arg('nodes', () => [ID], {
      nullable: true,
      description: 'Global ids, at most 500; those that are gone are left out. Absent or null: all.',
    })
    nodes: string[] | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<readonly NodeStatsView[]> {
    return listNodeStats(context, info, backend, nodes);
  }

  @FieldResolver(() => BackendType, { description: 'Whose node it is.' })
  backend(@Root() { source }: NodeStatsView, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(source.backendKey);
  }

  @FieldResolver(() => String, { nullable: true, description: `Its name; null where the vendor gave none, or it is gone. ${mayCost}` })
  async name(@Root() view: NodeStatsView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<string | null> {
    if (view.source.name !== undefined) return view.source.name;
    return (await nodeOf(view, context, info))?.name ?? null;
  }

  @FieldResolver(() => [String], {
    description: `Its roles, in the vendor's words; empty when it has none or is gone. ${mayCost}`,
  })
  async roles(@Root() view: NodeStatsView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<readonly string[]> {
    return view.source.roles ?? (await nodeOf(view, context, info))?.roles ?? [];
  }

  @FieldResolver(() => NodeMetrics, {
    nullable: true,
    description: `Typed metrics, by product; null where it gives none, when the node is gone, and when statistics are not readable: then an error, or \`unavailable\` of the list above, says why (STATISTICS). ${mayCost}`,
  })
  async metrics(
    @Root() view: NodeStatsView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<NodeMetricsSource | null> {
    if (view.source.metrics !== undefined) return view.source.metrics;
    const node = await nodeOf(view, context, info);
    return node?.metrics === undefined ? refuseMissing(context, info, view.source.backendKey, 'STATISTICS') : node.metrics;
  }

  @FieldResolver(() => [MetricType], {
    description: `Numbers under the vendor's own names; \`names\` narrows. Empty when statistics are not readable: \`metrics\` says why. ${mayCost}`,
  })
  async rawMetrics(
    @Root() view: NodeStatsView,
    @Arg('names', () => [String], { nullable: true, description: 'Only these. Absent or null: all.' }) wanted: string[] | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<readonly Metric[]> {
    return metricsNamed(view.source.rawMetrics ?? (await nodeOf(view, context, info))?.rawMetrics ?? [], wanted);
  }

  @FieldResolver(() => DetectorModelConnectionType, {
    description: `Models of detectors in its memory, as many as the vendor tells of (AD: 100 of a node unless configured otherwise); none where the product has none, or when statistics are not readable: \`metrics\` says why. ${mayCost}`,
  })
  async models(
    @Root() view: NodeStatsView,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SliceConnection<DetectorModelView>> {
    const { id, backendKey } = view.source;
    const slice = parseSlice(listHash(`models of ${id}`, {}, {}), page.first, page.after, 20);
    // A product without detectors has no models of theirs: nothing to ask for.
    const none = context.ownerOf(backendKey).adapter.detectors === undefined ? [] : undefined;
    const models = view.source.models ?? none ?? (await nodeOf(view, context, info))?.models;
    if (!models) return emptySlice(slice);
    const items = models.slice(slice.skip, slice.skip + slice.first).map((model) => viewModel(model, backendKey));
    return viewSlice(slice, { items, totalCount: models.length });
  }
}
