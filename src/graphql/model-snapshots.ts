import 'reflect-metadata';
import type { GraphQLResolveInfo } from 'graphql';
import { Args, Ctx, Field, Info, ObjectType, Root } from 'type-graphql';
import { type ModelSnapshot, parseId } from '../domain/index.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { JobDetails, type JobDetailsSource } from './job-details.type.js';
import { ModelSnapshotConnectionType } from './model-snapshot.type.js';
import { PageArgs } from './paging.args.js';
import { emptySlice, parseSlice, type SliceConnection, viewSlice } from './slice.js';
import { subRead } from './sub-read.js';

/**
 * Details of a job whose models are saved now and then: a vendor's own type extends it, and its adapter's `readModelSnapshots` gives them.
 * No type of the schema by itself.
 */
@ObjectType('JobDetailsWithModelSnapshots', { description: 'Details of a job that has model snapshots.' })
export abstract class JobDetailsWithModelSnapshots extends JobDetails {
  @Field(() => ModelSnapshotConnectionType, {
    description:
      'Its saved models, newest first. A call of its own per job. In a row of a list it is empty, with `totalCount` null, when they cannot be read.',
  })
  async modelSnapshots(
    @Root() { jobId }: JobDetailsSource,
    @Args(() => PageArgs) page: PageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SliceConnection<ModelSnapshot>> {
    const slice = parseSlice(listHash(`model snapshots of ${jobId}`, {}, {}), page.first, page.after, 20);
    const read = await subRead(info, context.loaders(info).modelSnapshots(parseId(jobId), slice));
    return read ? viewSlice(slice, read) : emptySlice(slice);
  }
}
