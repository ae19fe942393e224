/*
 * Ids of nodes, as Elasticsearch and OpenSearch make them: 22 characters of base64 for URLs. Nothing else gets into the path of a request.
 */

const nodeIdPattern = /^[A-Za-z0-9_-]{1,64}$/;
/** What stands for several nodes, and names of routes and parts beside an id: `GET /_nodes/hot_threads` is work for all of them (REST API, nodes info and nodes stats). */
const nodeRoutes: ReadonlySet<string> = new Set([
  ...['_all', '_local', '_master', '_cluster_manager', 'detectors', 'stats', 'usage', 'hot_threads', 'hotthreads'],
  ...['reload_secure_settings', 'settings', 'os', 'process', 'jvm', 'thread_pool', 'transport', 'http', 'plugins', 'ingest'],
  ...['aggregations', 'indices', 'analysis_pipelines', 'search_pipelines', 'remote_cluster_server', 'component_versions'],
]);

/** Whether it could be the id of a node: where one stands, names, addresses and wildcards are taken too. */
export const isNodeId = (id: string): boolean => nodeIdPattern.test(id) && !nodeRoutes.has(id);
