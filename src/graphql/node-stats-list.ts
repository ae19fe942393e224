import type { GraphQLResolveInfo } from 'graphql';
import { type ClusterNode, type FieldSet, type GlobalId, parseId, parseIdOf } from '../domain/index.js';
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

/** The backend and the nodes that arguments name; `ids` undefined: all. Throws INVALID_INPUT or NOT_FOUND with the place in the arguments. */
export const parseNodes = (
  context: GatewayContext,
  backend: string,
  nodes: readonly string[] | null | undefined,
): { readonly key: string; readonly ids: readonly GlobalId[] | undefined } => {
  const { key } = at(['backend'], () => context.backends.get(parseIdOf('backend', backend).backend));
  return { key, ids: nodes ? parseNodeIds(nodes, key) : undefined };
};

/** A backend's nodes: all, or those named in the order they are named. Throws INVALID_INPUT, NOT_FOUND, or why the nodes cannot be had. */
export const listNodeStats = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  backendId: string,
  nodes: readonly string[] | null | undefined,
): Promise<readonly NodeStatsView[]> => {
  const { key, ids } = parseNodes(context, backendId, nodes);
  const loaders = context.loaders(info);
  if (!ids) return (await loaders.nodes(key)).items.map(viewNode);
  const found = await Promise.all(ids.map((id) => loaders.node(id)));
  return found.flatMap((node) => (node ? [viewNode(node)] : []));
};

/** Whether anything is wanted of the node that it does not bring. */
const lacks = (node: ClusterNode, fields: FieldSet, hasModels: boolean): boolean =>
  (fields.has('NodeStats.name') && node.name === undefined) ||
  (fields.has('NodeStats.roles') && node.roles === undefined) ||
  (fields.has('NodeStats.metrics') && node.metrics === undefined) ||
  (fields.has('NodeStats.rawMetrics') && node.rawMetrics === undefined) ||
  (hasModels && fields.has('NodeStats.models') && node.models === undefined);

/** What names a node brings its id, or its name; the rest stands elsewhere, and is read once for each node. */
export const prefetchNodes = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  nodes: readonly ClusterNode[],
  failures: Failures,
): Promise<void> => {
  const fields = context.fields(info);
  const loaders = context.loaders(info);
  await Promise.all(
    nodes.map(async (node) => {
      const backend = context.ownerOf(node.backendKey);
      if (!lacks(node, fields, backend.adapter.detectors !== undefined)) return;
      const read = await settle(loaders.node(parseId(node.id)));
      if (!read.ok) failures.add(backend, 'STATISTICS', read.error);
      failures.addParts(backend, loaders.missing(backend.key));
    }),
  );
};
