import type { Dialect } from './dialect.js';
import { catJobRoutes, catTaskRoutes } from './route-cat.js';
import { clusterRoutes, memoryRoutes, mlInfoRoutes } from './route-cluster.js';
import { datafeedConfigRoutes } from './route-datafeed-config.js';
import { datafeedRoutes } from './route-datafeeds.js';
import { indexRoutes, typedRoutes } from './route-indices.js';
import { jobConfigRoutes } from './route-job-config.js';
import { jobDataRoutes } from './route-job-data.js';
import { deleteRoutes, resetRoutes } from './route-job-removal.js';
import { jobRoutes } from './route-jobs.js';
import { licenceRoutes } from './route-licence.js';
import { longTaskRoutes } from './route-long-tasks.js';
import { privilegeRoutes } from './route-privileges.js';
import { resultRoutes } from './route-results.js';
import { searchRoutes } from './route-search.js';
import { securityRoutes } from './route-security.js';
import { snapshotRoutes } from './route-snapshots.js';
import { taskRoutes } from './route-tasks.js';
import type { Route } from './routes.js';

/** The paths of machine learning before 7, which 7 still takes. */
const oldPaths = (routes: readonly Route[]): readonly Route[] =>
  routes
    .filter(({ template }) => template.startsWith('/_ml/'))
    .map((route) => {
      const old = route.template.replace('/_ml/', '/_xpack/ml/');
      const [spelt, instead] = [old, route.template].map(
        (path) => `[${route.method} ${path.replace('{id}', path.includes('/datafeeds/') ? '{datafeed_id}' : '{job_id}')}]`,
      );
      const prepare: Route['prepare'] = (call) => {
        call.warn(`${spelt} is deprecated! Use ${instead} instead.`);
        return route.prepare(call);
      };
      return { ...route, template: old, prepare };
    });

/** What a server without machine learning answers as well. */
const plainRoutes = (dialect: Dialect): readonly Route[] => [
  ...clusterRoutes,
  ...taskRoutes,
  ...licenceRoutes,
  ...securityRoutes,
  ...catTaskRoutes,
  ...searchRoutes,
  ...longTaskRoutes,
  ...indexRoutes,
  ...(dialect.typedIndices ? typedRoutes : []),
];

const mlRoutes = (dialect: Dialect): readonly Route[] => [
  ...mlInfoRoutes,
  ...jobRoutes,
  ...jobConfigRoutes,
  ...jobDataRoutes,
  ...deleteRoutes,
  ...(dialect.resets ? resetRoutes : []),
  ...snapshotRoutes,
  ...resultRoutes,
  ...datafeedRoutes,
  ...datafeedConfigRoutes,
  ...catJobRoutes,
  ...(dialect.memoryStats ? memoryRoutes : []),
];

/** The endpoints of a release, with machine learning and security or without. */
export function routesOf(dialect: Dialect, { ml, security }: { readonly ml: boolean; readonly security: boolean }): readonly Route[] {
  const own = ml ? mlRoutes(dialect) : [];
  return [...own, ...(dialect.typedIndices ? oldPaths(own) : []), ...(security ? privilegeRoutes : []), ...plainRoutes(dialect)];
}
