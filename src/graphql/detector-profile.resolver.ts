import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { DetectorModelType } from './detector-model.type.js';
import { DetectorProfileType, EntityProfileType } from './detector-profile.type.js';
import { type DetectorModelView, type DetectorProfileView, type EntityProfileView, viewModel } from './detector-views.js';
import { NodeStatsType } from './node-stats.type.js';
import { subRead } from './sub-read.js';
import { type DetectorView, type NodeStatsView, nodeNamed, viewNode } from './views.js';

@Resolver(() => DetectorProfileType)
export class DetectorProfileResolver {
  @FieldResolver(() => NodeStatsType, {
    nullable: true,
    description: 'The node that coordinates its real-time run; null while none does, or where the vendor does not say.',
  })
  coordinatingNode(@Root() { backendKey, source }: DetectorProfileView): NodeStatsView | null {
    return source.coordinatingNodeId === null ? null : viewNode(nodeNamed(backendKey, source.coordinatingNodeId));
  }

  @FieldResolver(() => [DetectorModelType], {
    description: 'Its models in memory, on all nodes, as many as the vendor tells of; empty when it holds none.',
  })
  models(@Root() { backendKey, source }: DetectorProfileView): readonly DetectorModelView[] {
    return source.models.map((model) => viewModel(model, backendKey));
  }
}

@Resolver(() => EntityProfileType)
export class EntityProfileResolver {
  @FieldResolver(() => DetectorModelType, { nullable: true, description: 'Its model; null when it has none in memory.' })
  model(@Root() { backendKey, source }: EntityProfileView): DetectorModelView | null {
    return source.model && viewModel(source.model, backendKey);
  }
}

@Resolver(() => DetectorModelType)
export class DetectorModelResolver {
  @FieldResolver(() => DetectorType, {
    nullable: true,
    description:
      'Whose model it is; null where the vendor does not say, or when it is gone or cannot be read now. One call for all models of a backend together.',
  })
  async detector(
    @Root() { backendKey, source }: DetectorModelView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorView | null> {
    if (source.detectorNativeId === null) return null;
    const id = { kind: 'detector', backend: backendKey, native: source.detectorNativeId } as const;
    const detector = await subRead(info, context.loaders(info).detector(id));
    return detector && context.shown.detector(detector);
  }

  @FieldResolver(() => NodeStatsType, { nullable: true, description: 'The node that holds it; null where the vendor does not say.' })
  node(@Root() { backendKey, source }: DetectorModelView): NodeStatsView | null {
    return source.nodeId === null ? null : viewNode(nodeNamed(backendKey, source.nodeId));
  }
}
