import { elasticsearchMl } from './elasticsearch-ml/index.js';
import { opensearchAd, searchGuardAd } from './opensearch-ad/index.js';
import type { SimulatorModule } from './simulator.js';
import { symetryml } from './symetryml/index.js';

export type { RunningSimulator, SimulatedUser, SimulatorModule, SimulatorOptions } from './simulator.js';
export { SimulatorError } from './simulator-error.js';

/** The vendors that can be simulated. */
export const simulators: readonly SimulatorModule[] = [elasticsearchMl, opensearchAd, searchGuardAd, symetryml];
