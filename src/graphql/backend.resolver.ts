import 'reflect-metadata';
import { Arg, Ctx, ID, Query, Resolver } from 'type-graphql';
import { parseIdOf } from '../domain/index.js';
import { BackendType } from './backend.type.js';
import type { GatewayContext } from './context.js';
import { at } from './filters.js';

@Resolver(() => BackendType)
export class BackendResolver {
  @Query(() => [BackendType], { description: 'All configured backends, in the order of the configuration. From memory: asks no backend.' })
  async backends(@Ctx() context: GatewayContext): Promise<readonly BackendType[]> {
    // What the lists beside it learn of a backend's health is in it, too.
    await context.together(Promise.resolve());
    return context.backends.all.map(({ key }) => context.shown.backend(key));
  }

  @Query(() => BackendType, {
    nullable: true,
    description: 'Null: no such backend is configured. INVALID_INPUT: not the id of a backend. From memory: asks no backend.',
  })
  backend(@Arg('id', () => ID, { description: '`backend:es-prod`.' }) id: string, @Ctx() context: GatewayContext): BackendType | null {
    const backend = context.backendOf(at(['id'], () => parseIdOf('backend', id)).backend);
    return backend ? context.shown.backend(backend.key) : null;
  }
}
