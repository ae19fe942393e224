import type { Simulation } from '../exchange.js';
import { startHost } from '../host.js';
import type { SimulatorModule, SimulatorOptions } from '../simulator.js';
import { controlWorld } from './control.js';
import { sampleUser } from './customers.js';
import { versions } from './dialect.js';
import { dataSourceRoutes } from './route-data-sources.js';
import { explorationRoutes } from './route-exploration.js';
import { jobRoutes } from './route-jobs.js';
import { modelingRoutes } from './route-modeling.js';
import { projectRoutes } from './route-projects.js';
import { createRouter } from './router.js';
import { plantSeeds } from './seeds.js';
import { answerRequest } from './shell.js';
import { createWorld } from './world.js';

const routes = [...jobRoutes, ...projectRoutes, ...modelingRoutes, ...explorationRoutes, ...dataSourceRoutes];

function createSimulation(options: SimulatorOptions): Simulation {
  const world = createWorld(options);
  const router = createRouter(routes.filter(({ since }) => since?.(world.dialect) ?? true));
  if (options.empty !== true) plantSeeds(world);
  return {
    route(method, path) {
      const match = router.find(method, path);
      return match === undefined ? 'unmatched' : `${method} ${match.route.template}`;
    },
    answer: async (request) => answerRequest(world, router, request),
    control: async (method, path, body) => controlWorld(world, method, path, body),
    dispose: () => world.dispose(),
  };
}

/** SymetryML's REST API, as its documents and its vendor's own clients have it. */
export const symetryml: SimulatorModule = {
  id: 'symetryml',
  title: 'SymetryML',
  versions,
  defaultUser: sampleUser,
  async start(options) {
    const simulation = createSimulation(options);
    try {
      return await startHost(options, simulation);
    } catch (cause) {
      simulation.dispose();
      throw cause;
    }
  },
};
