import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { type Detector, findDetector } from './detector.js';
import { statusFailure } from './failures.js';
import { modelIdOf, profiledModelJson } from './models.js';
import { initProgress, isInitialised, profileOf, profileTypesOf } from './profile.js';
import { parseBody } from './request-body.js';
import { type Call, reply } from './routes.js';
import type { Entity } from './runtime.js';
import { samplesOf } from './source-data.js';
import { latestTask } from './tasks.js';
import type { World } from './world.js';

const entityTypes: readonly string[] = ['state', 'init_progress', 'entity_info', 'models'];

/** The parts asked for; a list is cut to what is known, and must not be empty then. */
function readTypes({ params }: Call, known: readonly string[], standard: readonly string[]): ReadonlySet<string> {
  const all = params.flag('_all', false);
  const listed = params.text('type');
  if (all) return new Set(known);
  if (listed === undefined) return new Set(standard);
  const types = listed.split(',').filter((type) => known.includes(type));
  if (types.length === 0) throw statusFailure(400, 'profiles to collect are missing or invalid');
  return new Set(types);
}

const entityOf = (value: Json | undefined): Entity | undefined =>
  Array.isArray(value) ? value.filter(isJsonObject).map(({ name, value: of }) => ({ name: String(name), value: String(of) })) : undefined;

/** The one entity asked about, in the body or, where there is one category field, in the query. */
function readEntity(world: World, { params, body }: Call): Entity | undefined {
  const [name, value] = [params.text('category_field'), params.text('entity')];
  if (body !== '') return entityOf(parseBody(world.dialect, body).entity);
  return name === undefined || value === undefined ? undefined : [{ name, value }];
}

/** The profile of one entity. */
function entityProfile(world: World, detector: Detector, entity: Entity, asked: ReadonlySet<string>): JsonObject {
  const last = samplesOf(world, detector, undefined, entity).at(-1);
  if (last === undefined) throw statusFailure(400, 'Cannot find entity');
  const run = world.runtime.realTime.get(detector.id);
  const task = latestTask(world, detector.id, 'realTime');
  const model = run?.models.get(modelIdOf(detector.id, entity));
  const initialised = isInitialised(run, task) && (model !== undefined || run === undefined);
  const state = run === undefined ? 'DISABLED' : initialised ? 'RUNNING' : 'INIT';
  return {
    ...(asked.has('entity_info') && {
      is_active: model !== undefined,
      ...(model !== undefined && { last_active_timestamp: model.lastUsed }),
      last_sample_timestamp: model?.lastUsed ?? last.at,
    }),
    ...(asked.has('init_progress') && { init_progress: initProgress(world, detector, task) }),
    ...(asked.has('models') && model !== undefined && { model: profiledModelJson(world, model) }),
    ...(asked.has('state') && { state }),
  };
}

function prepareProfile(world: World, call: Call) {
  const id = call.params.text('id') ?? '';
  const entity = readEntity(world, call);
  const asked = entity === undefined ? readTypes(call, profileTypesOf(world), ['state', 'error']) : readTypes(call, entityTypes, ['state']);
  return () => {
    const { names, wording } = world.dialect;
    const detector = findDetector(world, id);
    if (detector === undefined) {
      const { profile, profileOnVirgin } = wording.unknownStatus;
      throw statusFailure(world.indices.exists(names.detectors) ? profile : profileOnVirgin, wording.unknownDetector(id));
    }
    return reply(entity === undefined ? profileOf(world, detector, asked) : entityProfile(world, detector, entity, asked));
  };
}

const paths = ['/detectors/{id}/_profile', '/detectors/{id}/_profile/{type}'];

export const profileRoutes: readonly AdRoute[] = paths.flatMap((path) => [
  { method: 'GET', path, action: 'detectors/get', prepare: prepareProfile },
  { method: 'POST', path, action: 'detectors/get', newOnly: true, prepare: prepareProfile },
]);
