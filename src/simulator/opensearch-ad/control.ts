import type { ControlAnswer } from '../exchange.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { SimulatedUser } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';
import { findDetector } from './detector.js';
import { startHistorical } from './historical.js';
import { plantData, plantDetector, plantResults, plantTask } from './plant.js';
import { startRealTime } from './real-time.js';
import { boot, crash } from './server-life.js';
import { removeTask } from './tasks.js';
import type { World } from './world.js';

const ok = (body: Json): ControlAnswer => ({ status: 200, body });

const numberIn = (body: JsonObject, key: string, fallback: number): number => {
  const value = body[key] ?? fallback;
  if (typeof value !== 'number') throw new SimulatorError(`"${key}" must be a number`);
  return value;
};

const textIn = (body: JsonObject, key: string, fallback: string): string => {
  const value = body[key] ?? fallback;
  if (typeof value !== 'string') throw new SimulatorError(`"${key}" must be text`);
  return value;
};

const listIn = (body: JsonObject, key: string, fallback: readonly string[]): readonly string[] => {
  const value = body[key];
  return Array.isArray(value) ? value.map(String) : fallback;
};

const describeState = (world: World): JsonObject => ({
  version: world.dialect.version,
  server: world.server,
  plugin: world.plugin,
  now: world.schedule.now(),
  users: world.users?.map(({ name, privileges }) => ({ name, privileges })) ?? null,
  nodes: world.cluster.nodes().map(({ id, name, roles }) => ({ id, name, roles })),
  detectors: world.indices.all(world.dialect.names.detectors).map(({ id, source }) => ({ id, name: source.name ?? null })),
  tasks: world.indices.all(world.dialect.names.state).map(({ id, source }) => {
    const { detector: _, ...fields } = source;
    return { id, ...fields };
  }),
  running: {
    historical: [...world.runtime.historical.values()].map(({ detectorId, taskId, slots }) => ({ detectorId, taskId, slots })),
    realTime: [...world.runtime.realTime.keys()],
  },
});

function isUser(value: Json): value is Json & SimulatedUser {
  return isJsonObject(value) && typeof value.name === 'string' && Array.isArray(value.privileges);
}

function changeSettings(world: World, body: JsonObject): ControlAnswer {
  for (const [key, value] of Object.entries(body)) {
    if (key === 'users' && value === null) world.users = undefined;
    else if (key === 'users' && Array.isArray(value) && value.every(isUser)) world.users = value;
    else if (key === 'plugin' && typeof value === 'boolean') world.plugin = value;
    else throw new SimulatorError(`setting "${key}" is unknown or has no such value`);
  }
  return ok(describeState(world));
}

function makeData(world: World, body: JsonObject): number {
  const to = numberIn(body, 'to', world.schedule.now());
  const intervalMs = numberIn(body, 'intervalMs', 60_000);
  return plantData(world, {
    index: textIn(body, 'index', 'metrics'),
    from: numberIn(body, 'from', to - 720 * intervalMs),
    to,
    intervalMs,
    entities: listIn(body, 'entities', ['host-0', 'host-1', 'host-2']),
    spikeEvery: numberIn(body, 'spikeEvery', 0),
  });
}

/** Detectors in bulk, and what they are to begin with, all at once and past the checks of the routes. */
async function seed(world: World, body: JsonObject): Promise<ControlAnswer> {
  const index = textIn(body, 'index', 'metrics');
  if (!world.indices.exists(index)) makeData(world, body);
  const [count, prefix] = [numberIn(body, 'count', 1), textIn(body, 'prefix', 'detector')];
  const more = isJsonObject(body.detector) ? body.detector : {};
  const detectors = Array.from({ length: count }, (_, number) => plantDetector(world, `${prefix}-${number + 1}`, index, more));
  const start = textIn(body, 'start', 'none');
  const to = numberIn(body, 'to', world.schedule.now());
  const range = { from: numberIn(body, 'from', to - 720 * 60_000), to };
  const tasks: string[] = [];
  for (const detector of detectors) {
    if (start === 'realTime') startRealTime(world, detector, undefined);
    if (start === 'historical') tasks.push((await startHistorical(world, detector, range, undefined)).id);
  }
  return ok({ detectors: detectors.map(({ id }) => id), tasks });
}

function changeNode(world: World, method: string, name: string, body: JsonObject): ControlAnswer {
  if (method === 'PUT') return ok({ joined: world.cluster.join(name, Array.isArray(body.roles) ? body.roles.map(String) : undefined).id });
  const node = world.cluster.find(name);
  if (node === undefined) return { status: 404, body: { error: `no node ${name}` } };
  world.cluster.leave(node.id);
  return ok({ left: node.id });
}

/**
 * Control routes: `GET /state`, `PUT /settings` (users, plugin), `POST /seed`, `/data`, `/results`, `/advance`, `/crash`, `/restart`,
 * `POST|PUT|DELETE /tasks[/{id}]`, `PUT|DELETE /nodes/{name}`. They let tests make what takes luck or hours on a real cluster.
 */
export async function controlWorld(world: World, method: string, path: string, body: Json | undefined): Promise<ControlAnswer | undefined> {
  const [, kind = '', name = ''] = /^\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const id = decodeURIComponent(name);
  const fields = isJsonObject(body) ? body : {};
  switch (`${method} ${kind}`) {
    case 'GET state':
      return ok(describeState(world));
    case 'PUT settings':
      return changeSettings(world, fields);
    case 'POST seed':
      return seed(world, fields);
    case 'POST data':
      return ok({ documents: makeData(world, fields) });
    case 'POST results': {
      const detectorId = textIn(fields, 'detectorId', '');
      return ok({ results: plantResults(world, detectorId, Array.isArray(fields.results) ? fields.results : []) });
    }
    case 'POST advance':
      world.schedule.advance(numberIn(fields, 'ms', 0));
      return ok({ now: world.schedule.now() });
    case 'POST crash':
      crash(world);
      return ok({ server: world.server });
    case 'POST restart':
      boot(world, numberIn(fields, 'recoverMs', 4000));
      return ok({ server: world.server });
    case 'POST tasks':
    case 'PUT tasks':
      return ok({ task: plantTask(world, id === '' ? undefined : id, fields) });
    case 'DELETE tasks':
      removeTask(world, id);
      return ok({ removed: id });
    case 'PUT nodes':
    case 'DELETE nodes':
      return changeNode(world, method, id, fields);
    case 'GET detectors':
      return ok(findDetector(world, id)?.source ?? null);
    default:
      return undefined;
  }
}
