import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { type Metric, type NodeMetrics as NodeMetricsSource, parseId, parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { ClusterStatsType } from './cluster-stats.type.js';
import type { GatewayContext } from './context.js';
import { at } from './filters.js';
import { NodeMetrics } from './node-metrics.type.js';
import { NodeStatsType } from './node-stats.type.js';
import { listNodeStats } from './node-stats-list.js';
import { refuseMissing, subRead } from './sub-read.js';
import { MetricType } from './values.js';
import { type ClusterStatsView, type NodeStatsView, viewBackend, viewClusterStats, viewNode } from './views.js';

const rawMetrics = "Numbers under the vendor's own names; `names` narrows.";
const names = 'Only these. Absent or null: all.';

const named = (metrics: readonly Metric[], wanted: readonly string[] | null): readonly Metric[] =>
  wanted ? metrics.filter(({ name }) => wanted.includes(name)) : metrics;

/** A job and a list of nodes bring of a node what came along; the rest is read once for all nodes of a backend. */
const nodeOf = async ({ source }: NodeStatsView, context: GatewayContext, info: GraphQLResolveInfo) =>
  subRead(info, context.loaders(info).node(parseId(source.id)));

@Resolver(() => NodeStatsType)
export class NodeStatisticsResolver {
  @Query(() => [NodeStatsType], {
    description:
      "All nodes of a backend's cluster that do its product's work, or those named. The selection decides what is asked of the cluster. NOT_FOUND: the backend is not configured; INVALID_INPUT: a malformed id, or a node of another backend.",
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

  @FieldResolver(() => NodeMetrics, {
    nullable: true,
    description: 'Typed metrics, by product; null where it gives none. Below a job it may cost one call for all nodes together.',
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
    description: `${rawMetrics} Empty when statistics are not readable: \`metrics\` says why. Below a job it may cost one call for all nodes together.`,
  })
  async rawMetrics(
    @Root() view: NodeStatsView,
    @Arg('names', () => [String], { nullable: true, description: names }) wanted: string[] | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<readonly Metric[]> {
    return named(view.source.rawMetrics ?? (await nodeOf(view, context, info))?.rawMetrics ?? [], wanted);
  }
}

@Resolver(() => ClusterStatsType)
export class ClusterStatsResolver {
  @Query(() => ClusterStatsType, {
    nullable: true,
    description: 'Null: this product has none. Null with an error: not known now. NOT_FOUND: the backend is not configured.',
  })
  async clusterStats(
    @Arg('backend', () => ID, { description: 'Global id of the backend.' }) backend: string,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ClusterStatsView | null> {
    const { key } = at(['backend'], () => context.backends.get(parseIdOf('backend', backend).backend));
    const stats = await context.loaders(info).clusterStats(key);
    return stats && viewClusterStats(stats);
  }

  @FieldResolver(() => BackendType, { description: 'Whose cluster it is.' })
  backend(@Root() { source }: ClusterStatsView, @Ctx() context: GatewayContext): BackendType {
    return viewBackend(context.ownerOf(source.backendKey));
  }

  @FieldResolver(() => [NodeStatsType], { description: "Its nodes that do the product's work." })
  nodes(@Root() { source }: ClusterStatsView): readonly NodeStatsView[] {
    return source.nodes.map(viewNode);
  }

  @FieldResolver(() => [MetricType], { description: rawMetrics })
  rawMetrics(
    @Root() { source }: ClusterStatsView,
    @Arg('names', () => [String], { nullable: true, description: names }) wanted: string[] | null,
  ): readonly Metric[] {
    return named(source.rawMetrics, wanted);
  }
}
