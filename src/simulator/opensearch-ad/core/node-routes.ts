import { type Call, type Prepared, type Route, reply } from '../routes.js';
import { illegalArgument } from '../search/search-failure.js';
import type { World } from '../world.js';
import { chooseNodes, nodeCounts } from './node-choice.js';
import { infoMetrics, nodeInfoJson } from './node-info.js';
import { isStatsMetric, nodeStatsJson } from './node-stats.js';

const listOf = (text: string | undefined): readonly string[] => (text ?? '').split(',').filter((token) => token !== '');

/** One segment names metrics when all of it does, otherwise nodes (RestNodesInfoAction). */
function prepareInfo(world: World, { params }: Call): Prepared {
  params.text('timeout');
  params.text('flat_settings');
  const [first, second] = [params.text('nodes'), params.text('metrics')];
  const isMetrics = second === undefined && first !== undefined && listOf(first).every((name) => infoMetrics.includes(name));
  const metrics = listOf(isMetrics ? first : second);
  return {
    action: 'cluster:monitor/nodes/info',
    run() {
      const nodes = chooseNodes(world, isMetrics ? undefined : first);
      const shown = nodes.map((node) => [node.id, nodeInfoJson(world, node, metrics)] as const);
      return reply({ _nodes: nodeCounts(nodes), cluster_name: world.cluster.name, nodes: Object.fromEntries(shown) });
    },
  };
}

function refuseMetrics(path: string, unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const named = unknown.map((name) => `[${name}]`).join(', ');
  throw illegalArgument(`request [${path}] contains unrecognized metric${unknown.length > 1 ? 's' : ''}: ${named}`);
}

function prepareStats(world: World, { params, path }: Call): Prepared {
  for (const name of [
    'timeout',
    'level',
    'types',
    'fields',
    'completion_fields',
    'fielddata_fields',
    'groups',
    'include_segment_file_sizes',
  ]) {
    params.text(name);
  }
  const [expression, metrics] = [params.text('nodes'), listOf(params.text('metrics'))];
  refuseMetrics(
    path,
    metrics.filter((name) => !isStatsMetric(name)),
  );
  return {
    action: 'cluster:monitor/nodes/stats',
    run() {
      const nodes = chooseNodes(world, expression);
      const shown = nodes.map((node) => [node.id, nodeStatsJson(world, node, metrics)] as const);
      return reply({ _nodes: nodeCounts(nodes), cluster_name: world.cluster.name, nodes: Object.fromEntries(shown) });
    },
  };
}

/** Nodes: what they are and how they do. */
export const nodeRoutes = (world: World): readonly Route[] => [
  ...['/_nodes', '/_nodes/{nodes}', '/_nodes/{nodes}/{metrics}'].map((template) => ({
    method: 'GET',
    template,
    prepare: (call: Call) => prepareInfo(world, call),
  })),
  ...['/_nodes/stats', '/_nodes/stats/{metrics}', '/_nodes/{nodes}/stats', '/_nodes/{nodes}/stats/{metrics}'].map((template) => ({
    method: 'GET',
    template,
    prepare: (call: Call) => prepareStats(world, call),
  })),
];
