import { Secret } from '../../../../src/domain/index.js';
import { simulatedTarget, versionsOf } from './simulated.js';
import type { ContractTarget, ContractTraits } from './target.js';

const pca = (project: string) => ({ kind: 'EXPLORE_PCA', input: { project, context: { inputs: [0, 1, 2, 3] } } });

const traits: ContractTraits = {
  leastJobs: 4,
  mostListCalls: 1,
  // Nothing is opened: jobs run once.
  openedAs: [],
  secondClose: 'WRONG_STATE',
  unknownTasks: ['999999', '4711', 'no id at all'],
  hasNodes: false,
  hasFindings: false,
  hasExpressions: false,
  hasLog: false,
  hasForce: false,
  started: { request: pca('irisTest'), elsewhere: pca('nobody-knows-this'), nonsense: { kind: 'PREDICT_THE_FUTURE', input: {} } },
  patienceMs: 20_000,
};

/** The customer of the vendor's samples. */
const auth = { kind: 'hmac', customerId: 'c1', secretKey: new Secret('VLmAm+WkpnA5zp2wXiSYkw==') } as const;

/** No endpoint of SymetryML tells its version. */
export const symetrymlTargets = (): readonly ContractTarget[] =>
  versionsOf('symetryml').map((version) => simulatedTarget('symetryml', version, traits, { auth, tellsVersion: false }));
