import type { NodeRecord } from '../cluster.js';
import { globOf } from '../search/index-names.js';
import type { World } from '../world.js';

/** Nodes by ids, names and addresses with wildcards, `_local`, `_cluster_manager`, or roles: `data:true`. */
export function chooseNodes({ cluster }: World, expression: string | undefined): readonly NodeRecord[] {
  const wanted = (expression ?? '_all').split(',').filter((token) => token !== '');
  const named = (token: string): ((node: NodeRecord) => boolean) => {
    if (token === '_all') return () => true;
    if (token === '_local' || token === '_master' || token === '_cluster_manager') return ({ id }) => id === cluster.manager().id;
    const [, role, flag] = /^([a-z_]+):(true|false)$/.exec(token) ?? [];
    if (role !== undefined) {
      const names = role === 'master' || role === 'cluster_manager' ? ['master', 'cluster_manager'] : [role];
      return ({ roles }) => roles.some((one) => names.includes(one)) === (flag === 'true');
    }
    const fits = globOf(token);
    return (node) => [node.id, node.name, node.ip].some(fits);
  };
  const tests = wanted.map(named);
  return cluster.nodes().filter((node) => tests.some((test) => test(node)));
}

/** How many nodes were asked and answered. */
export const nodeCounts = (nodes: readonly NodeRecord[]) => ({ total: nodes.length, successful: nodes.length, failed: 0 });

/** Attributes that every node of a product has. */
export const attributesOf = ({ dialect }: World): Readonly<Record<string, string>> =>
  dialect.product === 'opensearch' ? { shard_indexing_pressure_enabled: 'true' } : {};

/** The plugins that are installed. */
export function pluginsOf({
  dialect,
  plugin,
}: World): readonly { readonly name: string; readonly version: string; readonly extends: readonly string[] }[] {
  const { version } = dialect.plugin;
  const scheduler = dialect.product === 'opensearch' ? 'opensearch-job-scheduler' : 'search-guard-ad-scheduler';
  const detection = { ...dialect.plugin, extends: ['lang-painless', scheduler] };
  return [...(plugin ? [detection] : []), { name: scheduler, version, extends: [] }];
}
