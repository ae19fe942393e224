import { isJsonObject, type Json } from '../../json.js';
import type { Index } from '../indices.js';
import type { World } from '../world.js';

/** Copies of an index: those that nodes hold, and those that no node is left for. */
export interface Copies {
  readonly primaries: number;
  readonly replicas: number;
  readonly active: number;
  readonly unassigned: number;
}

/** A setting of an index, however deep the request that made it nested it. */
function indexSetting({ settings = {} }: Index, name: string): Json | undefined {
  const nested = isJsonObject(settings.index) ? settings.index[name] : undefined;
  return settings[name] ?? settings[`index.${name}`] ?? nested;
}

/** Where the copies of an index are: one of each per node at most. */
export function copiesOf(world: World, index: Index): Copies {
  const nodes = world.cluster.dataNodes().length;
  const primaries = Number(indexSetting(index, 'number_of_shards') ?? 1);
  const expanding = /^0-/.test(String(indexSetting(index, 'auto_expand_replicas') ?? ''));
  const replicas = expanding ? Math.min(1, nodes - 1) : Number(indexSetting(index, 'number_of_replicas') ?? 1);
  const held = world.server === 'recovering' ? 0 : Math.min(1 + replicas, nodes);
  return { primaries, replicas, active: primaries * held, unassigned: primaries * (1 + replicas - held) };
}

/** `green`, `yellow` when replicas have no node, `red` when there is not even a primary. */
export function healthOf({ primaries, active, unassigned }: Copies): 'green' | 'yellow' | 'red' {
  if (active < primaries) return 'red';
  return unassigned > 0 ? 'yellow' : 'green';
}

/** Every index there is. */
export const allIndices = ({ indices }: World): readonly Index[] => indices.names().flatMap((name) => indices.index(name) ?? []);
