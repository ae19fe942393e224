import type { KeyValue, KeyValueMapEntity, KMeansScore } from './entities.js';
import { finiteNumber, type JsonTree, memberOf, plainJson } from './json-tree.js';

const textOf = (tree: JsonTree): string => (tree.kind === 'object' || tree.kind === 'array' ? JSON.stringify(plainJson(tree)) : tree.text);

/** The entries of a map in the order they were sent; undefined when it is none. */
export const mapEntries = (tree: JsonTree): readonly KeyValue[] | undefined =>
  tree.kind === 'object'
    ? tree.entries.map(([key, value]) => {
        const text = textOf(value);
        return { key, text, number: finiteNumber(text) };
      })
    : undefined;

const clusterKey = /^kmeans_(\d{1,9})_(wssse|silhouette)$/;

/** Scores of an optimised k-means (SymetryML 6.3, Modeling API): keys `kmeans_{N}_wssse` and `kmeans_{N}_silhouette`, in the order of N. */
const kMeansScores = (entries: readonly KeyValue[]): readonly KMeansScore[] => {
  const byClusters = new Map<number, KMeansScore>();
  for (const entry of entries) {
    const [, clusters, score] = clusterKey.exec(entry.key) ?? [];
    if (clusters === undefined || score === undefined) continue;
    const before = byClusters.get(Number(clusters)) ?? { clusters: Number(clusters), wssse: null, silhouette: null };
    byClusters.set(before.clusters, { ...before, [score]: entry.number });
  }
  return [...byClusters.values()].sort((one, other) => one.clusters - other.clusters);
};

/**
 * A key-value map: `{"values": [{…}, …]}` by every sample. A bare list of maps is taken too, because the vendor shows its lists both ways
 * (SymetryML 6.3, a federated sample of StringList). Undefined for any other shape.
 */
export const mapKeyValues = (tree: JsonTree): Pick<KeyValueMapEntity, 'maps' | 'kMeans'> | undefined => {
  const list = tree.kind === 'object' ? memberOf(tree, 'values') : tree;
  if (list?.kind !== 'array') return undefined;
  const maps: { readonly entries: readonly KeyValue[] }[] = [];
  for (const item of list.items) {
    const entries = mapEntries(item);
    if (entries === undefined) return undefined;
    maps.push({ entries });
  }
  return { maps, kMeans: kMeansScores(maps.flatMap(({ entries }) => entries)) };
};
