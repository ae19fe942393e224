import type { Backends, ClusterNode } from '../../domain/index.js';
import type { WatchOptions } from '../hub.js';
import type { WatchSources } from './known-tasks.js';
import type { ListWatch } from './list-watch.js';
import type { WatchLists } from './watch-lists.js';

/** What a watch of nodes needs. */
export interface NodeWatchOptions extends Pick<WatchSources, 'view'> {
  readonly backends: Backends;
  readonly lists: WatchLists;
}

export const createNodeWatches =
  ({ backends, lists, view }: NodeWatchOptions) =>
  (backendKey: string, nativeIds: readonly string[] | undefined, watching: WatchOptions): ListWatch<ClusterNode, null> => {
    const wanted = nativeIds && new Set(nativeIds);
    return lists.watch<ClusterNode, null>({
      touched: [backends.get(backendKey)],
      interest: { fields: watching.fields, lists: ['nodes'] },
      matches: (node) => node.backendKey === backendKey && (wanted === undefined || wanted.has(node.nativeId)),
      stateOf: () => null,
      current: ({ key }) => view.nodesOf(key),
      feed: (watch, change) => {
        if (change.kind === 'node') watch.touch(change.value);
        if (change.kind === 'node-gone') watch.forget(change.id);
      },
      options: watching,
    });
  };
