import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, Info, Int, Resolver, Root } from 'type-graphql';
import { type JobMessage, parseId } from '../domain/index.js';
import { AnomalyFilterInput } from './anomaly.input.js';
import { AnomalyConnectionType } from './anomaly.type.js';
import { type AnomalyConnectionSource, readAnomalies } from './anomaly-list.js';
import type { GatewayContext } from './context.js';
import { JobType } from './job.type.js';
import { JobMessageType } from './job-message.type.js';
import { readMessages } from './job-messages.js';
import { PageArgs } from './paging.args.js';
import { defaultMessages } from './paging.js';
import type { JobView } from './views.js';

/** What a job found, and what its vendor wrote about it: read apart from the job, with privileges of their own. */
@Resolver(() => JobType)
export class JobFindingsResolver {
  @FieldResolver(() => AnomalyConnectionType, {
    description: 'What it has found, highest score first, then newest. Costs a call of its own per job.',
  })
  anomalies(
    @Root() { source }: JobView,
    @Arg('filter', () => AnomalyFilterInput, { nullable: true, description: 'Absent or null: all.' }) filter: AnomalyFilterInput | null,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<AnomalyConnectionSource> {
    return readAnomalies(context, source, { filter, ...page }, (query) => context.loaders(info).anomalies(parseId(source.id), query));
  }

  @FieldResolver(() => [JobMessageType], {
    description:
      "The vendor's log about this job, newest first; empty where the vendor keeps none or the credentials may not read it (then `unavailable` of the list above says so). One call for all jobs of a backend together.",
  })
  messages(
    @Root() { source }: JobView,
    @Arg('first', () => Int, { nullable: true, defaultValue: defaultMessages, description: 'Newest lines, 0 to 500. Null: 20.' }) first:
      | number
      | null,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<readonly JobMessage[]> {
    return readMessages(context, info, source, first);
  }
}
