import 'reflect-metadata';
import { type GraphQLResolveInfo, isInterfaceType } from 'graphql';
import { Args, Ctx, FieldResolver, Info, Resolver, Root } from 'type-graphql';
import {
  type DataFrame,
  type DataFrameRow,
  type GlobalId,
  type JobResult,
  parseId,
  type ResultEntity as ResultPart,
  sameObject,
} from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import { listHash } from './cursor.js';
import { DataFrameRowConnectionType, DataFrameType, defaultRows, maxRows, RowPageArgs } from './data-frame.type.js';
import { JobType } from './job.type.js';
import { JobResultType } from './job-result.type.js';
import { ResultEntity } from './result-entity.type.js';
import { partOf } from './result-ids.js';
import { parseSlice, type SliceConnection, startingAt, viewSlice } from './slice.js';
import type { JobView } from './views.js';

/** Whether `raw` is selected of a part of a result anywhere in the operation: it may be megabytes, so it is read only then. */
const wantsRaw = (context: GatewayContext, info: GraphQLResolveInfo): boolean => {
  const part = info.schema.getType('ResultEntity');
  const fields = context.fields(info);
  return isInterfaceType(part) && info.schema.getPossibleTypes(part).some(({ name }) => fields.has(`${name}.raw`));
};

const entitiesOf = (context: GatewayContext, info: GraphQLResolveInfo, result: GlobalId): Promise<readonly ResultPart[]> =>
  context.loaders(info).resultEntities(result, { withRaw: wantsRaw(context, info) });

const isDataFrame = (part: ResultPart): part is DataFrame => part.typename === 'DataFrame';

/** A result, or a table of one: other parts are no Nodes. */
export const readResultNode = async (
  id: GlobalId,
  context: GatewayContext,
  info: GraphQLResolveInfo,
): Promise<JobResult | DataFrame | null> => {
  const part = partOf(id);
  if (!part) return context.loaders(info).result(id);
  const entities = await entitiesOf(context, info, part.result);
  return entities.filter(isDataFrame).find((each) => sameObject(id, parseId(each.id))) ?? null;
};

@Resolver(() => JobType)
export class JobResultOfResolver {
  @FieldResolver(() => JobResultType, {
    nullable: true,
    description:
      'What it handed over; kept by the gateway, so that the vendor is not asked. Null unless `resultState` is AVAILABLE; null with an error: it cannot be read from the store now.',
  })
  async result(@Root() { source }: JobView, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<JobResult | null> {
    return source.result === undefined ? context.loaders(info).result(parseId(source.id)) : source.result;
  }
}

@Resolver(() => JobResultType)
export class JobResultResolver {
  @FieldResolver(() => [ResultEntity], {
    description:
      'Its parts, in the order they were sent; empty for a kind of job that makes nothing. Costs a read of the store per result.',
  })
  entities(@Root() { id }: JobResult, @Ctx() context: GatewayContext, @Info() info: GraphQLResolveInfo): Promise<readonly ResultPart[]> {
    return entitiesOf(context, info, parseId(id));
  }
}

@Resolver(() => DataFrameType)
export class DataFrameResolver {
  @FieldResolver(() => DataFrameRowConnectionType, {
    description:
      'Its rows, in the order they were sent. INVALID_INPUT when a page is too large for an answer: ask for fewer rows; NOT_FOUND: the result was let go meanwhile. Costs a read of the store per page.',
  })
  async rows(
    @Root() { id, rowCount }: DataFrame,
    @Args(() => RowPageArgs) page: RowPageArgs,
    @Ctx() context: GatewayContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SliceConnection<DataFrameRow>> {
    const slice = startingAt(
      parseSlice(listHash(`rows of ${id}`, {}, {}), page.first, page.after, defaultRows, maxRows),
      page.from,
      page.after,
    );
    const part = partOf(parseId(id));
    if (!part) throw new VigilError('INTERNAL', 'A table does not say where in its result it stands.');
    const items =
      slice.first === 0 ? [] : await context.loaders(info).resultRows(part.result, part.position, { from: slice.skip, count: slice.first });
    return viewSlice(slice, { items, totalCount: rowCount });
  }
}
