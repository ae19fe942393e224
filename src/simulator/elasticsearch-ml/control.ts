import type { ControlAnswer } from '../exchange.js';
import { isJsonObject, type Json, type JsonObject } from '../json.js';
import type { SimulatedUser } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';
import { adjustJob, summariseJob } from './control-jobs.js';
import { storedJson } from './tasks.js';
import { reassignAll, setUpgradeMode, unassignAll } from './upgrade-mode.js';
import type { World } from './world.js';

/** From the loss of a node until its jobs run elsewhere, in simulated milliseconds. */
const reassignMs = 400;

const ok = (body: Json): ControlAnswer => ({ status: 200, body });

function describeState(world: World): JsonObject {
  const { settings, cluster, tasks } = world;
  return {
    version: world.dialect.number,
    settings: { ...settings, users: settings.users?.map(({ name, privileges }) => ({ name, privileges })) },
    nodes: cluster.nodes().map((node) => ({
      id: node.id,
      name: node.name,
      master: node.id === cluster.master().id,
      entry: node.id === cluster.entry().id,
    })),
    jobs: [...world.jobs.values()].map((job) => summariseJob(world, job)),
    datafeeds: [...world.datafeeds.values()].map(({ id, jobId, state, nodeId }) => ({ id, jobId, state, node: nodeId ?? null })),
    tasks: {
      running: tasks.running().map((task) => tasks.show(task, true)),
      stored: tasks.allStored().map(storedJson),
    },
  };
}

function isUser(value: Json): value is Json & SimulatedUser {
  return isJsonObject(value) && typeof value.name === 'string' && Array.isArray(value.privileges);
}

function parseUsers(value: Json): readonly SimulatedUser[] | undefined {
  if (value === null) return undefined;
  if (Array.isArray(value) && value.every(isUser)) return value;
  throw new SimulatorError('"users" must be null or a list of {name, privileges, password?, apiKey?, bearer?}');
}

async function changeSettings(world: World, body: Json | undefined): Promise<ControlAnswer> {
  if (!isJsonObject(body)) throw new SimulatorError('settings must be a JSON object');
  const { settings } = world;
  for (const [key, value] of Object.entries(body)) {
    if (key === 'users' && value !== undefined) settings.users = parseUsers(value);
    else if (key === 'upgradeMode' && typeof value === 'boolean') await setUpgradeMode(world, value);
    else if (key === 'allocation' && (value === 'all' || value === 'none')) settings.allocation = value;
    else if (key === 'maxOpenJobs' && typeof value === 'number') settings.maxOpenJobs = value;
    else if (key === 'ml' && typeof value === 'boolean') settings.ml = value;
    else if (key === 'licence' && (value === 'trial' || value === 'basic')) settings.licence = value;
    else throw new SimulatorError(`setting "${key}" is unknown or has no such value`);
  }
  return ok(describeState(world).settings ?? null);
}

const rolesIn = (body: Json | undefined): readonly string[] | undefined =>
  isJsonObject(body) && Array.isArray(body.roles) ? body.roles.map((role: Json) => String(role)) : undefined;

async function reassignLater(world: World): Promise<void> {
  await world.timers.pause(reassignMs);
  if (!world.settings.upgradeMode) reassignAll(world);
}

function loseNode(world: World, name: string): ControlAnswer {
  const node = world.cluster.find(name);
  if (node === undefined) return { status: 404, body: { error: `no node ${name}` } };
  world.cluster.leave(node.id);
  unassignAll(world, 'awaiting reassignment after node loss', node.id);
  world.tasks.loseNode(node.id);
  void reassignLater(world);
  return ok({ left: node.id });
}

/**
 * Control routes: `GET /state`, `PUT /jobs/{id}`, `DELETE /tasks/{id}`, `DELETE|PUT /nodes/{id or name}`, `PUT /settings`.
 * They let tests make what takes luck or hours on a real cluster.
 * A job may be given snapshots by id and anomalies, a node that joins its roles; `ml: false` takes machine learning off the server.
 */
export async function controlWorld(world: World, method: string, path: string, body: Json | undefined): Promise<ControlAnswer | undefined> {
  const [, kind = '', name = ''] = /^\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? [];
  const id = decodeURIComponent(name);
  switch (`${method} ${kind}`) {
    case 'GET state':
      return ok(describeState(world));
    case 'PUT jobs':
      return ok(adjustJob(world, id, body));
    case 'DELETE tasks':
      return world.tasks.forget(id) ? ok({ forgotten: id }) : { status: 404, body: { error: `no task ${id}` } };
    case 'DELETE nodes':
      return loseNode(world, id);
    case 'PUT nodes':
      return ok({ joined: world.cluster.join(id, rolesIn(body)).id });
    case 'PUT settings':
      return changeSettings(world, body);
    default:
      return undefined;
  }
}
