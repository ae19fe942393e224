import { SimulatorError } from '../simulator-error.js';

/** What differs between releases. */
export interface Dialect {
  readonly number: string;
  /** What the server says of a request it does not trust (REST API Security, 6.3; SML REST API Reference Guide, 5.x). */
  readonly refusals: RefusalTexts;
  /** `explore?async=true`, `vif`, `kmeansOptimize`, `selectModel`, `autoSelect` (6.1; absent in 5.x). */
  readonly exploresLater: boolean;
  /** `explore?returnProjectInfo=`, and `autoSave` and `fusionCellInfo` of a ProjectInfo (6.3). */
  readonly fullProjectInfo: boolean;
}

/** Status strings of refused requests that were reworded between 5.x and 6.x. */
export interface RefusalTexts {
  readonly noAuthorization: string;
  readonly noDate: string;
  readonly tooOld: string;
  readonly tooNew: string;
}

const newTexts: RefusalTexts = {
  noAuthorization: 'Authentication header is null',
  noDate: 'sym-date header is null',
  tooOld: 'Please update your server time, it is likely out of sync with UTC',
  tooNew: 'Please update your server time, it is likely out of sync with UTC',
};

const oldTexts: RefusalTexts = {
  noAuthorization: 'Authentication header not present',
  noDate: 'SymetryML-date is not present',
  tooOld: 'Invalid Request Date',
  tooNew: 'Request time is after current time by more than 1 min',
};

// The table of 6.1's error strings could not be read; what could be read of that page is word for word that of 6.3.
const dialects: readonly Dialect[] = [
  { number: '6.3', refusals: newTexts, exploresLater: true, fullProjectInfo: true },
  { number: '6.1', refusals: newTexts, exploresLater: true, fullProjectInfo: false },
  { number: '5.2', refusals: oldTexts, exploresLater: false, fullProjectInfo: false },
];

/** Releases there are, the default first. */
export const versions: readonly string[] = dialects.map(({ number }) => number);

/** The dialect of a release. */
export function findDialect(version: string | undefined): Dialect {
  const dialect = version === undefined ? dialects[0] : dialects.find(({ number }) => number === version);
  if (dialect === undefined) throw new SimulatorError(`SymetryML is simulated in the versions ${versions.join(', ')}, not in ${version}`);
  return dialect;
}
