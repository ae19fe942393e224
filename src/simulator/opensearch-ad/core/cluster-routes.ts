import { readDuration } from '../../elastic-rest/durations.js';
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { flattenSettings, type SettingsKind } from '../cluster-settings.js';
import { requestInvalid } from '../failures.js';
import { requireBody } from '../request-body.js';
import type { RequestParams } from '../request-params.js';
import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { resolveNames } from '../search/index-names.js';
import { illegalArgument } from '../search/search-failure.js';
import type { World } from '../world.js';
import { copiesOf, healthOf } from './shards.js';

const statuses: readonly string[] = ['green', 'yellow', 'red'];

function healthJson(world: World, names: readonly string[]): JsonObject & { readonly status: string } {
  const { cluster, dialect, indices } = world;
  const copies = names.flatMap((name) => indices.index(name) ?? []).map((index) => copiesOf(world, index));
  const sum = (pick: (one: (typeof copies)[number]) => number) => copies.reduce((total, one) => total + pick(one), 0);
  const [active, unassigned] = [sum((one) => one.active), sum((one) => one.unassigned)];
  const worst = Math.max(0, ...copies.map((one) => statuses.indexOf(healthOf(one))));
  const managers = dialect.nodeRoles.includes('cluster_manager');
  return {
    cluster_name: cluster.name,
    status: statuses[worst] ?? 'red',
    timed_out: false,
    number_of_nodes: cluster.nodes().length,
    number_of_data_nodes: cluster.dataNodes().length,
    ...(dialect.product === 'opensearch' && { discovered_master: true }),
    ...(dialect.product === 'opensearch' && managers && { discovered_cluster_manager: true }),
    active_primary_shards: world.server === 'recovering' ? 0 : sum((one) => one.primaries),
    active_shards: active,
    relocating_shards: 0,
    initializing_shards: 0,
    unassigned_shards: unassigned,
    ...(dialect.product === 'elasticsearch' && { unassigned_primary_shards: 0 }),
    delayed_unassigned_shards: 0,
    number_of_pending_tasks: 0,
    number_of_in_flight_fetch: 0,
    task_max_waiting_in_queue_millis: 0,
    active_shards_percent_as_number: active + unassigned === 0 ? 100 : (active / (active + unassigned)) * 100,
  };
}

/** Between two looks at the health that a request waits for, in simulated milliseconds. */
const lookMs = 100;

function prepareHealth(world: World, { params }: Call): Prepared {
  const expression = params.text('index');
  const wanted = params.text('wait_for_status');
  const limitMs = readDuration('timeout', params.text('timeout') ?? '30s', illegalArgument);
  for (const name of ['level', 'local', 'master_timeout', 'cluster_manager_timeout', 'wait_for_nodes', 'expand_wildcards'])
    params.text(name);
  const least = statuses.indexOf(wanted?.toLowerCase() ?? '');
  if (wanted !== undefined && least < 0) {
    throw illegalArgument(`No enum constant org.opensearch.cluster.health.ClusterHealthStatus.${wanted.toUpperCase()}`);
  }
  const read = () => {
    const known = world.indices.names();
    return healthJson(world, expression === undefined ? known : resolveNames(expression.split(','), known));
  };
  return {
    action: 'cluster:monitor/health',
    async run() {
      const good = (status: string) => wanted === undefined || statuses.indexOf(status) <= least;
      for (let waitedMs = 0; waitedMs < limitMs && !good(read().status); waitedMs += lookMs) await world.schedule.pause(lookMs);
      const health = read();
      return good(health.status) ? reply(health) : { status: 408, body: { ...health, timed_out: true } };
    },
  };
}

/** Flat names as the nested objects they stand for. */
function nest(settings: Readonly<Record<string, string>>): JsonObject {
  const put = (into: JsonObject, [step = '', ...rest]: readonly string[], value: string): JsonObject => {
    const inner = into[step];
    return { ...into, [step]: rest.length === 0 ? value : put(isJsonObject(inner) ? inner : {}, rest, value) };
  };
  return Object.entries(settings).reduce<JsonObject>((into, [name, value]) => put(into, name.split('.'), value), {});
}

const settingsJson = (world: World, kind: SettingsKind, flat: boolean): JsonObject => {
  const settings = world.cluster.settings.list(kind);
  return flat ? settings : nest(settings);
};

/** What settings of a server without plugins begin with. */
const coreSettings = [
  'action',
  'bootstrap',
  'breaker',
  'cluster',
  'http',
  'indices',
  'ingest',
  'logger',
  'network',
  'search',
  'script',
  'task_resource',
];

const isKnown = ({ plugin, dialect }: World, name: string) =>
  coreSettings.some((prefix) => name.startsWith(`${prefix}.`)) || (plugin && name.startsWith(`${dialect.names.settings}.`));

const kinds: readonly SettingsKind[] = ['persistent', 'transient'];

const readTimeouts = (params: RequestParams) => {
  for (const name of ['timeout', 'master_timeout', 'cluster_manager_timeout', 'local']) params.text(name);
};

function prepareUpdate(world: World, call: Call): Prepared {
  readTimeouts(call.params);
  const flat = call.params.flag('flat_settings', false);
  const body = requireBody(world.dialect, call);
  const changes = kinds.flatMap((kind) => {
    const asked: Json | undefined = body[kind];
    return isJsonObject(asked) ? Object.entries(flattenSettings(asked)).map(([name, value]) => ({ kind, name, value })) : [];
  });
  if (changes.length === 0) throw requestInvalid('no settings to update');
  return {
    action: 'cluster:admin/settings/update',
    run() {
      const unknown = changes.find(({ name }) => !isKnown(world, name));
      if (unknown !== undefined) throw illegalArgument(`${unknown.kind} setting [${unknown.name}], not recognized`);
      for (const { kind, name, value } of changes) world.cluster.settings.set(kind, name, value);
      const changed = kinds.map((kind) => {
        const names = changes.filter((change) => change.kind === kind).map(({ name }) => name);
        const now = Object.fromEntries(Object.entries(world.cluster.settings.list(kind)).filter(([name]) => names.includes(name)));
        return [kind, flat ? now : nest(now)] as const;
      });
      return reply({ acknowledged: true, ...Object.fromEntries(changed) });
    },
  };
}

function prepareRead(world: World, { params }: Call): Prepared {
  readTimeouts(params);
  const flat = params.flag('flat_settings', false);
  const defaults = params.flag('include_defaults', false);
  const named = { 'cluster.name': world.cluster.name, 'node.name': world.cluster.manager().name };
  return {
    action: 'cluster:monitor/state',
    run: () =>
      reply({
        persistent: settingsJson(world, 'persistent', flat),
        transient: settingsJson(world, 'transient', flat),
        ...(defaults && { defaults: flat ? named : nest(named) }),
      }),
  };
}

/** Health and settings. */
export const clusterRoutes = (world: World): readonly Route[] => [
  { method: 'GET', template: '/_cluster/health', prepare: (call) => prepareHealth(world, call) },
  { method: 'GET', template: '/_cluster/health/{index}', prepare: (call) => prepareHealth(world, call) },
  { method: 'GET', template: '/_cluster/settings', prepare: (call) => prepareRead(world, call) },
  { method: 'PUT', template: '/_cluster/settings', prepare: (call) => prepareUpdate(world, call) },
];
