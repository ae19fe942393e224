import { simulatedTarget, versionsOf } from './simulated.js';
import type { ContractTarget, ContractTraits } from './target.js';

const traits: ContractTraits = {
  leastJobs: 6,
  // Configurations, statistics, states of datafeeds; datafeeds where the jobs do not carry them; the log when a job has failed.
  mostListCalls: 5,
  openedAs: ['OPENED'],
  secondClose: 'DONE',
  unknownTasks: ['N:999999', 'left-the-cluster:1', 'no id at all'],
  hasNodes: true,
  hasFindings: true,
  hasExpressions: true,
  hasLog: true,
  hasForce: true,
  patienceMs: 10_000,
};

export const elasticsearchTargets = (): readonly ContractTarget[] =>
  versionsOf('elasticsearch-ml').map((version) => simulatedTarget('elasticsearch-ml', version, traits));
