import { simulatedTarget, versionsOf } from './simulated.js';
import type { ContractTarget, ContractTraits } from './target.js';

const minute = 60_000;
const day = 24 * 60 * minute;

export const anomalyDetectionTraits: ContractTraits = {
  leastJobs: 2,
  // Detectors, tasks, names of nodes.
  mostListCalls: 3,
  // Until it has seen enough data it initializes.
  openedAs: ['OPENING', 'OPENED'],
  secondClose: 'WRONG_STATE',
  unknownTasks: ['AAAAAAAAAAAAAAAAAAAA', 'left-the-cluster', 'no id at all'],
  hasNodes: true,
  hasFindings: true,
  hasExpressions: false,
  hasLog: false,
  hasForce: false,
  analysed: () => {
    const end = Math.floor(Date.now() / minute) * minute;
    return { start: end - day, end };
  },
  patienceMs: 20_000,
};

export const anomalyDetectionTargets = (): readonly ContractTarget[] =>
  ['opensearch-ad', 'search-guard-ad'].flatMap((id) =>
    versionsOf(id).map((version) => simulatedTarget(id, version, anomalyDetectionTraits)),
  );
