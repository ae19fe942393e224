import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import { parseId } from '../domain/index.js';
import { AnomalyFilterInput, EntityValueInput } from './anomaly.input.js';
import { AnomalyConnectionType } from './anomaly.type.js';
import { type AnomalyConnectionSource, readAnomalies } from './anomaly-list.js';
import type { GatewayContext } from './context.js';
import { DetectorType } from './detector.type.js';
import { DetectorProfileType, EntityProfileType } from './detector-profile.type.js';
import { readEntityProfile, readProfile } from './detector-profiles.js';
import type { DetectorProfileView, EntityProfileView } from './detector-views.js';
import { PageArgs } from './paging.args.js';
import type { DetectorView } from './views.js';

/** What a detector found, and what the cluster's memory holds of it: each costs a call of its own. */
@Resolver(() => DetectorType)
export class DetectorFindingsResolver {
  @FieldResolver(() => AnomalyConnectionType, {
    description:
      'What both of its runs have found (grades above 0), highest grade first, then newest. Costs a call of its own per detector.',
  })
  anomalies(
    @Root() { source }: DetectorView,
    @Arg('filter', () => AnomalyFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: AnomalyFilterInput | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AnomalyConnectionSource> {
    return readAnomalies(context, source, { filter, ...page }, (query) =>
      context.loaders(info).detectorAnomalies(parseId(source.id), query),
    );
  }

  @FieldResolver(() => DetectorProfileType, {
    nullable: true,
    description:
      "Its state in the cluster's memory, as it is when it is asked for: a change of it is no change of the detector. Costs a call of its own per detector. Null in a row of a list that cannot read it: `unavailable` says why (PROFILE).",
  })
  profile(
    @Root() { source }: DetectorView,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<DetectorProfileView | null> {
    return readProfile(context, info, source);
  }

  @FieldResolver(() => EntityProfileType, {
    nullable: true,
    description:
      'The same of one entity of a high-cardinality detector. Costs a call of its own. Null when the vendor knows no such entity, and in a row of a list that cannot read it: then `unavailable` says why (PROFILE). INVALID_INPUT: no value is given.',
  })
  entityProfile(
    @Root() { source }: DetectorView,
    @Arg('entity', () => [EntityValueInput], { description: 'A value for each category field, at most 500.' }) entity: EntityValueInput[],
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<EntityProfileView | null> {
    return readEntityProfile(context, info, source, entity);
  }
}
