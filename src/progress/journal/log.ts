import { randomBytes } from 'node:crypto';
import type { ObservableLedger } from '../watch/ledger.js';
import type { Checkpoints } from './checkpoints.js';
import type { Pending } from './pending.js';
import type { Point, RecentLimits } from './recent.js';
import type { SavedEntries } from './saved.js';
import type { Told } from './told.js';

/** Where changes are written before they are told. */
export interface Log {
  /** Takes up what there is, or begins. The view shows it then. */
  load(): Promise<void>;
  /** Something is pending. */
  wake(): void;
  /** Drops what is pending of a backend that somebody else leads. */
  discard(backendKey: string, keep: (taskId: string) => boolean): void;
  /** Resolves when it was read up to there, should another instance have got further; after a short while in any case. */
  reach(point: Point): Promise<void>;
  /** Returns when what is under way is written. */
  dispose(): Promise<void>;
}

/** What it is made from. */
export interface LogOptions {
  /** Names this instance. */
  readonly instance: string;
  readonly ledger: Pick<ObservableLedger, 'adopt'>;
  readonly saved: SavedEntries;
  readonly checkpoints: Checkpoints;
  readonly pending: Pending;
  readonly told: Told;
  /** Called when the view shows what there is, before anything happens to it. */
  readonly loaded: () => void;
  readonly limits: RecentLimits & CheckpointLimits;
  readonly isKnown: (backendKey: string) => boolean;
  readonly fault: (message: string, cause: unknown) => void;
}

/** How much is written between two checkpoints. */
export interface CheckpointLimits {
  readonly checkpointEntries: number;
  readonly checkpointBytes: number;
}

export const newEpoch = (): string => randomBytes(6).toString('base64url');
