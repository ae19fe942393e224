import type { Json, JsonObject } from '../json.js';
import { extraParameters } from './ml-context.js';
import { valuesMap } from './result-explore.js';

/** What the sample of the documents came to, by number of clusters. */
const documented: Readonly<Record<number, readonly [string, string]>> = {
  2: ['40316.897273276154', '0.24099295660249936'],
  3: ['34178.95949179863', '0.21947966456276002'],
  4: ['26852.68838040368', '0.2615571675703183'],
  5: ['24038.895607683746', '0.24742236190463987'],
};

const beyond = (clusters: number): readonly [string, string] => [String(120_194.5 / clusters), String(1.2 / (clusters + 1))];

/** `kmeans_{N}_wssse` and `kmeans_{N}_silhouette` for each N, and what was asked (Modeling API, 6.3). */
export function optimisedKmeans(body: Json | undefined): JsonObject {
  const asked = { kmeans_k_min: '2', kmeans_k_max: '5', ...extraParameters(body) };
  const [least, most] = [Number(asked.kmeans_k_min), Number(asked.kmeans_k_max)];
  const counts = Array.from({ length: Math.max(0, most - least + 1) }, (_one, index) => least + index);
  const rated = counts.flatMap((clusters) => {
    const [error, silhouette] = documented[clusters] ?? beyond(clusters);
    return [
      [`kmeans_${clusters}_wssse`, error],
      [`kmeans_${clusters}_silhouette`, silhouette],
    ] as const;
  });
  return valuesMap([{ kmeans_rnd_seed: '42', kmeans_max_iterations: '1000', ...asked, ...Object.fromEntries(rated) }]);
}
