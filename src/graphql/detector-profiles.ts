import type { GraphQLResolveInfo } from 'graphql';
import { type Detector, type DetectorModel, type EntityValue, parseId } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import { type DetectorProfileView, type EntityProfileView, viewEntityProfile, viewProfile } from './detector-views.js';
import type { Failures } from './failures.js';
import { entitiesWanted } from './fields.js';
import { bounded } from './filters.js';
import { prefetchNodes } from './node-stats-list.js';
import { settle } from './settle.js';
import { subRead } from './sub-read.js';
import { nodeNamed } from './views.js';

/** Null for what is not there: the entity has sent no data, or the detector has gone since it was read. */
const orNone = async <T>(promise: Promise<T>): Promise<T | null> => {
  const read = await settle(promise);
  if (read.ok) return read.value;
  if (isVigilError(read.error) && read.error.code === 'NOT_FOUND') return null;
  throw read.error;
};

/** Throws why it cannot be had; in a list's row it is null, and the list has said why. */
export const readProfile = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  { id, backendKey }: Detector,
): Promise<DetectorProfileView | null> => {
  const profile = await subRead(info, orNone(context.loaders(info).detectorProfile(parseId(id))));
  return profile && viewProfile(profile, backendKey);
};

/** The same of one entity. Throws INVALID_INPUT for an entity without a value. */
export const readEntityProfile = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  { id, backendKey }: Detector,
  entity: readonly EntityValue[],
): Promise<EntityProfileView | null> => {
  bounded(entity, ['entity']);
  if (entity.length === 0) throw new VigilError('INVALID_INPUT', 'An entity has a value for each category field.', { path: ['entity'] });
  const values = entity.map(({ name, value }) => ({ name, value }));
  const profile = await subRead(info, orNone(context.loaders(info).entityProfile(parseId(id), values)));
  return profile && viewEntityProfile(profile, backendKey);
};

/** Reads the profiles of a page's rows, as far as they are wanted, and the nodes they name; what fails is said in `unavailable`. */
export const prefetchProfiles = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  detectors: readonly Detector[],
  failures: Failures,
): Promise<void> => {
  const loaders = context.loaders(info);
  const wantsProfile = context.fields(info).has('Detector.profile');
  const entities = entitiesWanted(info).filter((entity) => entity.length > 0);
  if (!wantsProfile && entities.length === 0) return;
  await Promise.all(
    detectors.map(async ({ id, backendKey }) => {
      const backend = context.ownerOf(backendKey);
      const read = async <T>(promise: Promise<T>): Promise<T | null> => {
        const settled = await settle(orNone(promise));
        if (settled.ok) return settled.value;
        failures.add(backend, 'PROFILE', settled.error);
        return null;
      };
      const [profile, ...others] = await Promise.all([
        wantsProfile ? read(loaders.detectorProfile(parseId(id))) : null,
        ...entities.map((entity) => read(loaders.entityProfile(parseId(id), entity))),
      ]);
      const models: readonly DetectorModel[] = [...(profile?.models ?? []), ...others.flatMap((each) => each?.model ?? [])];
      const nodes = new Set([profile?.coordinatingNodeId, ...models.map(({ nodeId }) => nodeId)]);
      const named = [...nodes].flatMap((native) => (native ? [nodeNamed(backendKey, native)] : []));
      await prefetchNodes(context, info, named, failures);
    }),
  );
};
