import type { GraphQLResolveInfo } from 'graphql';
import { type ClusterNode, type FieldSet, type GlobalId, type Job, parseId, parseIdOf } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import type { Failures } from './failures.js';
import { at, maxIds } from './filters.js';
import { settle } from './settle.js';
import { type NodeStatsView, viewNode } from './views.js';

const parseNodeIds = (ids: readonly string[], backendKey: string): readonly GlobalId[] => {
  if (ids.length > maxIds) throw new VigilError('INVALID_INPUT', `${ids.length} ids are too many: at most ${maxIds}.`, { path: ['nodes'] });
  return [...new Set(ids)].map((text) =>
    at(['nodes', String(ids.indexOf(text))], () => {
      const id = parseIdOf('node', text);
      if (id.backend !== backendKey) throw new VigilError('INVALID_INPUT', `"${text}" is a node of another backend than ${backendKey}.`);
      return id;
    }),
  );
};

/** A backend's nodes: all, or those named in the order they are named. Throws INVALID_INPUT, NOT_FOUND, or why the nodes cannot be had. */
export const listNodeStats = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  backendId: string,
  nodes: readonly string[] | null | undefined,
): Promise<readonly NodeStatsView[]> => {
  const { key } = at(['backend'], () => context.backends.get(parseIdOf('backend', backendId).backend));
  const loaders = context.loaders(info);
  if (!nodes) return (await loaders.nodes(key)).items.map(viewNode);
  const found = await Promise.all(parseNodeIds(nodes, key).map((id) => loaders.node(id)));
  return found.flatMap((node) => (node ? [viewNode(node)] : []));
};

/** Whether anything is wanted of the node that it does not bring. */
const lacks = (node: ClusterNode, fields: FieldSet): boolean =>
  (fields.has('NodeStats.roles') && node.roles === undefined) ||
  (fields.has('NodeStats.metrics') && node.metrics === undefined) ||
  (fields.has('NodeStats.rawMetrics') && node.rawMetrics === undefined);

/** A job brings its node's name; the rest stands elsewhere, and is read once for each node. */
export const prefetchNodes = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  jobs: readonly Job[],
  failures: Failures,
): Promise<void> => {
  const fields = context.fields(info);
  const loaders = context.loaders(info);
  await Promise.all(
    jobs.map(async ({ node }) => {
      if (!node || !lacks(node, fields)) return;
      const backend = context.ownerOf(node.backendKey);
      const read = await settle(loaders.node(parseId(node.id)));
      if (!read.ok) failures.add(backend, 'STATISTICS', read.error);
      failures.addParts(backend, loaders.missing(backend.key));
    }),
  );
};
