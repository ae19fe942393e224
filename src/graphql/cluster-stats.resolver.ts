import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, FieldResolver, ID, Info, Query, Resolver, Root } from 'type-graphql';
import { type Metric, parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import { ClusterStatsType } from './cluster-stats.type.js';
import type { GatewayContext } from './context.js';
import { at } from './filters.js';
import { metricsNamed } from './metric-names.js';
import { NodeStatsType } from './node-stats.type.js';
import { MetricType } from './values.js';
import { type ClusterStatsView, type NodeStatsView, viewClusterStats, viewNode } from './views.js';

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
    return context.shown.backend(source.backendKey);
  }

  @FieldResolver(() => [NodeStatsType], { description: "Its nodes that do the product's work." })
  nodes(@Root() { source }: ClusterStatsView): readonly NodeStatsView[] {
    return source.nodes.map(viewNode);
  }

  @FieldResolver(() => [MetricType], { description: "Numbers under the vendor's own names; `names` narrows." })
  rawMetrics(
    @Root() { source }: ClusterStatsView,
    @Arg('names', () => [String], { nullable: true, description: 'Only these. Absent or null: all.' }) wanted: string[] | null,
  ): readonly Metric[] {
    return metricsNamed(source.rawMetrics, wanted);
  }
}
