import pLimit from 'p-limit';
import { type CallOptions, type ClusterNode, formatId, type Reading, type Readings } from '../../domain/index.js';
import type { AdapterContext } from './context.js';
import { errorAbout } from './errors.js';
import { partsAtOnce } from './id-lists.js';
import { bytesForIds, cutByBytes } from './request-line.js';
import { settle } from './settle.js';

/** A node's id: 22 characters of base64 for URLs. The path also takes names, roles and wildcards, which must not get there. */
const nodeIdPattern = /^[A-Za-z0-9_-]{1,64}$/;

/** Unknown ids are left out of the answer without a word: that means gone, unless nodes failed to answer. */
export const readNodes = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  call: CallOptions,
): Promise<Readings<ClusterNode>> => {
  const { client, origin, basePath } = context;
  const readings = new Map<string, Reading<ClusterNode>>(nativeIds.map((id) => [id, { status: 'gone' }]));
  const possible = [...readings.keys()].filter((id) => nodeIdPattern.test(id));
  const budget = bytesForIds('/_nodes/', basePath, { filter_path: '_nodes.failed,nodes.*.name,nodes.*.roles' });
  await pLimit(partsAtOnce).map(cutByBytes(possible, budget), async (ids) => {
    const answer = await settle(client.nodes(ids, call), call);
    const failed = answer.ok ? (answer.value._nodes?.failed ?? 0) : 0;
    const cause = answer.ok ? errorAbout(origin, 'BACKEND_UNAVAILABLE', `${failed} of the nodes gave no answer.`) : answer.error;
    for (const id of ids) {
      const node = answer.ok ? answer.value.nodes?.[id] : undefined;
      if (node) {
        const value = {
          id: formatId('node', origin.backend, id),
          backendKey: origin.backend,
          nativeId: id,
          name: node.name ?? null,
          roles: node.roles ?? [],
        };
        readings.set(id, { status: 'found', value });
      } else if (!answer.ok || failed > 0) readings.set(id, { status: 'undetermined', cause });
    }
  });
  return { readings, missing: [] };
};
