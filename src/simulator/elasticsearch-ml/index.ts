import { createRouter } from '../elastic-rest/router.js';
import type { Simulation } from '../exchange.js';
import { startHost } from '../host.js';
import type { SimulatorModule, SimulatorOptions } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';
import { controlWorld } from './control.js';
import { findDialect, versions } from './dialect.js';
import { startHealthNode } from './persistent-tasks.js';
import { routesOf } from './route-table.js';
import { plantSeeds } from './seeds.js';
import { answerRequest } from './shell.js';
import { createWorld } from './world.js';

function createSimulation(options: SimulatorOptions): Simulation {
  const dialect = findDialect(options.version);
  const speed = options.speed ?? 1;
  if (!(speed > 0)) throw new SimulatorError(`speed must be above 0, not ${speed}`);
  const world = createWorld(dialect, speed, options.users);
  const routersOf = (security: boolean) => ({
    withMl: createRouter(routesOf(dialect, { ml: true, security })),
    withoutMl: createRouter(routesOf(dialect, { ml: false, security })),
  });
  const [secured, open] = [routersOf(true), routersOf(false)];
  const router = () => {
    const { withMl, withoutMl } = world.settings.users === undefined ? open : secured;
    return world.settings.ml ? withMl : withoutMl;
  };
  if (dialect.modernNodes) startHealthNode(world);
  if (options.empty !== true) plantSeeds(world);
  return {
    route: (method, path) => router().name(method, path),
    answer: (request) => answerRequest(world, router(), request),
    control: (method, path, body) => controlWorld(world, method, path, body),
    dispose: () => world.dispose(),
  };
}

/** Elasticsearch's machine learning, as documented and as real servers answered. */
export const elasticsearchMl: SimulatorModule = {
  id: 'elasticsearch-ml',
  title: 'Elasticsearch machine learning',
  versions,
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
