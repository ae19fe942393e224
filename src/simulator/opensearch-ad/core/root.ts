import type { JsonObject } from '../../json.js';
import { type Route, reply } from '../routes.js';
import type { World } from '../world.js';

/** Of a server assembled from published artifacts, as the recorded ones were; a distribution says `tar`. */
export const buildType = 'unknown';

function versionJson({ dialect }: World): JsonObject {
  const shared = {
    build_hash: dialect.buildHash,
    build_date: dialect.buildDate,
    build_snapshot: false,
    lucene_version: dialect.luceneVersion,
    minimum_wire_compatibility_version: dialect.wireVersion,
    minimum_index_compatibility_version: dialect.indexVersion,
  };
  if (dialect.product === 'elasticsearch') return { number: dialect.number, build_flavor: 'default', build_type: 'docker', ...shared };
  return { distribution: 'opensearch', number: dialect.number, build_type: buildType, ...shared };
}

/** Who the server is. */
export const rootRoutes = (world: World): readonly Route[] =>
  ['GET', 'HEAD'].map((method) => ({
    method,
    template: '/',
    prepare: () => ({
      action: 'cluster:monitor/main',
      run: () =>
        reply({
          name: world.cluster.manager().name,
          cluster_name: world.cluster.name,
          cluster_uuid: world.cluster.uuid,
          version: versionJson(world),
          tagline: world.dialect.product === 'elasticsearch' ? 'You Know, for Search' : 'The OpenSearch Project: https://opensearch.org/',
        }),
    }),
  }));
