import type { ControlAnswer } from '../exchange.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { SimulatorError } from '../simulator-error.js';
import { adjustJob, plantJob, summariseJob } from './control-jobs.js';
import { reap, removeJob, restart, startWaiting } from './job-lifecycle.js';
import { emptyAttribute, newProject } from './projects.js';
import { changeSettings } from './settings.js';
import type { World } from './world.js';

const ok = (body: Json): ControlAnswer => ({ status: 200, body });
const missing = (what: string): ControlAnswer => ({ status: 404, body: { error: `no ${what}` } });

const settingsJson = (world: World): JsonObject => ({ ...world.settings });

const describeState = (world: World): JsonObject => ({
  version: world.dialect.number,
  incarnation: world.incarnation,
  nextJobId: world.nextJobId,
  settings: settingsJson(world),
  customers: [...world.customers.keys()],
  projects: [...world.customers.keys()].flatMap((owner) =>
    world.projects.of(owner).map(({ id, models, rows }) => ({ owner, id, rows, models: models.map((model) => model.id) })),
  ),
  jobs: world.history.map((job) => summariseJob(world, job)),
});

function planJson(value: Json | undefined): JsonObject {
  if (value !== undefined && !isJsonObject(value)) throw new SimulatorError('the body must be a JSON object');
  return value ?? {};
}

/** A project with the irises' columns, or with those named; `models` by id, `rows`, `type`. */
function putProject(world: World, owner: string, id: string, body: Json | undefined): ControlAnswer {
  if (!world.customers.has(owner)) return missing(`customer ${owner}`);
  const { models, rows, type, attributes, ...unknown } = planJson(body);
  const [left] = Object.keys(unknown);
  if (left !== undefined) throw new SimulatorError(`"${left}" is unknown`);
  const project = newProject(owner, id, world.timers.now(), {
    ...(Array.isArray(models) && { models: models.map((model: Json) => ({ id: String(model), algorithm: 'lda' })) }),
    ...(Array.isArray(attributes) && { attributes: attributes.map((name: Json) => emptyAttribute(String(name), 'C')) }),
    ...(typeof rows === 'number' && { rows }),
    ...(typeof type === 'string' && { type }),
  });
  world.projects.put(project);
  return ok({ owner, id });
}

function controlJob(world: World, method: string, id: string, body: Json | undefined): ControlAnswer | undefined {
  if (method === 'POST' && id === '') return ok(plantJob(world, body));
  const job = world.jobs.get(Number(id));
  if (job === undefined) return method === 'PUT' || method === 'DELETE' ? missing(`job ${id}`) : undefined;
  if (method === 'PUT') return ok(adjustJob(world, job, body));
  if (method !== 'DELETE') return undefined;
  removeJob(world, job, 'taken');
  return ok({ taken: job.id });
}

function restartNow(world: World, body: Json | undefined): ControlAnswer {
  const { downMs = 0 } = planJson(body);
  if (typeof downMs !== 'number') throw new SimulatorError('"downMs" must be a number');
  restart(world, downMs);
  return ok({ incarnation: world.incarnation });
}

/**
 * Control routes: `GET /state`; `PUT /settings`; `POST /jobs`, `PUT|DELETE /jobs/{id}` (DELETE: as if another client had read it);
 * `PUT|DELETE /projects/{cid}/{pid}`; `POST /restart` (`downMs`: 503 for so long); `POST /reap`.
 */
export function controlWorld(world: World, method: string, path: string, body: Json | undefined): ControlAnswer | undefined {
  const [, kind = '', first = '', second = ''] = /^\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/.exec(path) ?? [];
  const [owner, id] = [decodeURIComponent(first), decodeURIComponent(second)];
  if (kind === 'jobs') return controlJob(world, method, owner, body);
  switch (`${method} ${kind}`) {
    case 'GET state':
      return ok(describeState(world));
    case 'PUT settings':
      changeSettings(world.settings, body);
      startWaiting(world);
      return ok(settingsJson(world));
    case 'PUT projects':
      return putProject(world, owner, id, body);
    case 'DELETE projects':
      return world.projects.remove(owner, id) ? ok({ removed: id }) : missing(`project ${id}`);
    case 'POST restart':
      return restartNow(world, body);
    case 'POST reap':
      reap(world, true);
      return ok(describeState(world));
    default:
      return undefined;
  }
}
