import type { Auth, DateRange, JobState, VendorModule } from '../../../../src/domain/index.js';

/** What products differ in beside their capabilities. Told as data, so that no case has to ask which product it is about. */
export interface ContractTraits {
  /** Jobs there are at least. */
  readonly leastJobs: number;
  /** Calls a list of all jobs costs at most. */
  readonly mostListCalls: number;
  /** In which states a job may be right after it was opened. */
  readonly openedAs: readonly JobState[];
  /** What closing a closed job comes to. */
  readonly secondClose: 'DONE' | 'WRONG_STATE';
  /** Ids of tasks nobody knows: in the vendor's own form, and in none. */
  readonly unknownTasks: readonly string[];
  /** Nodes that do the work, and what was found in the data. */
  readonly hasNodes: boolean;
  readonly hasFindings: boolean;
  /** Ways to name many jobs, and a log of each job. */
  readonly hasExpressions: boolean;
  readonly hasLog: boolean;
  /** Switches of a close. */
  readonly hasForce: boolean;
  /** Where jobs are started: what the vendor's own mutation hands to the adapter. */
  readonly started?: StartedJobs;
  /** Of detectors: a range their indices have data of. */
  readonly analysed?: () => DateRange;
  /** How long background work may take. */
  readonly patienceMs: number;
}

/** Requests for jobs that end by themselves. */
export interface StartedJobs {
  /** Of one that hands something over. */
  readonly request: unknown;
  /** The same, where it cannot be: what it is about does not exist. */
  readonly elsewhere: unknown;
  /** Neither. */
  readonly nonsense: unknown;
}

/** One back end the contract is checked against. */
export interface ContractTarget {
  readonly title: string;
  readonly module: VendorModule;
  /** What the version it reports begins with; null: it reports none. */
  readonly version: string | null;
  readonly auth?: Auth;
  readonly traits: ContractTraits;
  /** Begins with the same objects in the same states every time; one job is open, others are closed. */
  start(): Promise<{ readonly url: URL; dispose(): Promise<void> }>;
}
