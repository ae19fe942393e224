import { createRouter, type Router } from '../elastic-rest/router.js';
import type { Simulation } from '../exchange.js';
import { startHost } from '../host.js';
import type { SimulatorModule, SimulatorOptions } from '../simulator.js';
import { SimulatorError } from '../simulator-error.js';
import { mountAdRoutes } from './ad-route.js';
import { controlWorld } from './control.js';
import { coreRoutes } from './core/routes.js';
import { type Dialect, findDialect, versionsOf } from './dialect.js';
import { maintainHourly } from './historical.js';
import { detectorRoutes } from './route-detectors.js';
import { getRoutes } from './route-get.js';
import { jobRoutes } from './route-jobs.js';
import { tryOutRoutes } from './route-preview.js';
import { profileRoutes } from './route-profile.js';
import { searchRoutes } from './route-searches.js';
import { statsRoutes } from './route-stats.js';
import { topAnomalyRoutes } from './route-top-anomalies.js';
import { validateRoutes } from './route-validate.js';
import type { Route } from './routes.js';
import { plantSeeds } from './seeds.js';
import { answerRequest } from './shell.js';
import { createWorld } from './world.js';

const adRoutes = [
  ...detectorRoutes,
  ...getRoutes,
  ...jobRoutes,
  ...profileRoutes,
  ...searchRoutes,
  ...topAnomalyRoutes,
  ...validateRoutes,
  ...tryOutRoutes,
  ...statsRoutes,
];

function createSimulation(product: Dialect['product'], options: SimulatorOptions): Simulation {
  const dialect = findDialect(product, options.version);
  const speed = options.speed ?? 1;
  if (!(speed > 0)) throw new SimulatorError(`speed must be above 0, not ${speed}`);
  const world = createWorld(dialect, speed, options.users);
  const core = coreRoutes(world);
  const withPlugin = createRouter([...mountAdRoutes(world, adRoutes), ...core]);
  const without = createRouter(core);
  const router = (): Router<Route> => (world.plugin ? withPlugin : without);
  maintainHourly(world);
  if (options.empty !== true) plantSeeds(world);
  return {
    route: (method, path) => router().name(method, path),
    answer: (request) => answerRequest(world, router(), request),
    control: (method, path, body) => controlWorld(world, method, path, body),
    dispose: () => world.dispose(),
  };
}

const moduleOf = (id: string, title: string, product: Dialect['product']): SimulatorModule => ({
  id,
  title,
  versions: versionsOf(product),
  async start(options) {
    const simulation = createSimulation(product, options);
    try {
      return await startHost(options, simulation);
    } catch (cause) {
      simulation.dispose();
      throw cause;
    }
  },
});

/** OpenSearch with its plugin for anomaly detection, as documented and as real servers answered. */
export const opensearchAd: SimulatorModule = moduleOf('opensearch-ad', 'OpenSearch anomaly detection', 'opensearch');

/** Search Guard's plugin on Elasticsearch, as its documents say, and where they are silent as OpenSearch answers. */
export const searchGuardAd: SimulatorModule = moduleOf('search-guard-ad', 'Search Guard anomaly detection', 'elasticsearch');
