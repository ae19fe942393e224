import type { Dialect } from './dialect.js';
import { clusterRoutes, memoryRoutes } from './route-cluster.js';
import { datafeedRoutes } from './route-datafeeds.js';
import { deleteRoutes, resetRoutes } from './route-job-removal.js';
import { jobRoutes } from './route-jobs.js';
import { taskRoutes } from './route-tasks.js';
import type { Route } from './routes.js';

/** The endpoints of a release. */
export const routesOf = (dialect: Dialect): readonly Route[] => [
  ...clusterRoutes,
  ...jobRoutes,
  ...deleteRoutes,
  ...(dialect.resets ? resetRoutes : []),
  ...datafeedRoutes,
  ...taskRoutes,
  ...(dialect.memoryStats ? memoryRoutes : []),
];
