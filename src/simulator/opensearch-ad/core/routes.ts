import type { Route } from '../routes.js';
import type { World } from '../world.js';
import { bulkRoutes } from './bulk-routes.js';
import { byQueryRoutes } from './by-query-routes.js';
import { catRoutes } from './cat-routes.js';
import { clusterRoutes } from './cluster-routes.js';
import { documentRoutes } from './document-routes.js';
import { indexRoutes } from './index-routes.js';
import { nodeRoutes } from './node-routes.js';
import { rootRoutes } from './root.js';
import { coreSearchRoutes } from './search-routes.js';
import { createTaskRegistry } from './task-registry.js';
import { taskRoutes } from './task-routes.js';

/** The server's own routes, which are there with and without the plugin. To be made once per world: tasks are kept with them. */
export function coreRoutes(world: World): readonly Route[] {
  const tasks = createTaskRegistry(world);
  return [
    ...rootRoutes(world),
    ...clusterRoutes(world),
    ...nodeRoutes(world),
    ...catRoutes(world),
    ...taskRoutes(world, tasks),
    ...byQueryRoutes(world, tasks),
    ...indexRoutes(world),
    ...documentRoutes(world),
    ...bulkRoutes(world),
    ...coreSearchRoutes(world),
  ];
}
