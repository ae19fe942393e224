import 'reflect-metadata';
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { DatafeedType } from './datafeed.type.js';
import type { DatafeedView } from './views.js';

@Resolver(() => DatafeedType)
export class DatafeedResolver {
  @FieldResolver(() => BackendType, { description: 'Whose datafeed it is.' })
  backend(@Root() { source }: DatafeedView, @Ctx() context: GatewayContext): BackendType {
    return context.shown.backend(source.backendKey);
  }
}
