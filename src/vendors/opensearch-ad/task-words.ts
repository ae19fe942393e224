import type { DetectorRun, TaskKind, TaskState } from '../../domain/index.js';

/** Kinds of task this vendor can show, and what they mean. */
export const taskKinds = {
  REALTIME: "A detector's run over new data as it comes; has no end of its own.",
  HISTORICAL: "A detector's run over a range of the past.",
  HISTORICAL_ENTITY: 'The part of a historical run that is about one entity of a high-cardinality detector.',
} as const satisfies Readonly<Record<TaskKind, string>>;
type Kind = keyof typeof taskKinds;

/** `HISTORICAL` alone is of 1.0 (AD source, ADTaskType). */
export const typesOfKind = {
  REALTIME: ['REALTIME_SINGLE_ENTITY', 'REALTIME_HC_DETECTOR'],
  HISTORICAL: ['HISTORICAL_SINGLE_ENTITY', 'HISTORICAL_HC_DETECTOR', 'HISTORICAL'],
  HISTORICAL_ENTITY: ['HISTORICAL_HC_ENTITY'],
} as const satisfies Readonly<Record<Kind, readonly string[]>>;

export const entityType = typesOfKind.HISTORICAL_ENTITY[0];
/** The run of a whole detector, not of one of its entities. */
export const detectorLevelTypes: readonly string[] = [...typesOfKind.REALTIME, ...typesOfKind.HISTORICAL];

const kinds: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ...typesOfKind.REALTIME.map((type) => [type, 'REALTIME'] as const),
  ...typesOfKind.HISTORICAL.map((type) => [type, 'HISTORICAL'] as const),
  ...typesOfKind.HISTORICAL_ENTITY.map((type) => [type, 'HISTORICAL_ENTITY'] as const),
]);

export const kindOf = (type: string | undefined): TaskKind => kinds.get(type ?? '') ?? 'UNKNOWN';

export const runOf = (type: string | undefined): DetectorRun | undefined => {
  const kind = kindOf(type);
  return kind === 'REALTIME' || kind === 'HISTORICAL' ? kind : undefined;
};

/**
 * The states a task of anomaly detection can be in (AD source, TaskState). INACTIVE: of an entity whose run died with its node, since the next start of that run
 * (recorded: 3.4.0). The enumeration also has states of forecasts, which are none of a detector's.
 */
const states = {
  CREATED: 'CREATED',
  INIT: 'INITIALIZING',
  RUNNING: 'RUNNING',
  FINISHED: 'SUCCEEDED',
  FAILED: 'FAILED',
  STOPPED: 'CANCELLED',
  INACTIVE: 'LOST',
} as const satisfies Readonly<Record<string, TaskState>>;
type VendorState = keyof typeof states;

const isVendorState = (word: string): word is VendorState => Object.hasOwn(states, word);

export const stateOf = (word: string | undefined): TaskState => (word !== undefined && isVendorState(word) ? states[word] : 'UNKNOWN');

/** The vendor's words for some states; undefined where one of them has none, so that only reading tells. */
export const vendorStatesOf = (wanted: readonly TaskState[]): readonly string[] | undefined => {
  const words = wanted.map((state) => Object.entries(states).find(([, each]) => each === state)?.[0]);
  const known = words.flatMap((word) => word ?? []);
  return wanted.includes('UNKNOWN') ? undefined : known;
};

export const unfinishedStates: readonly string[] = ['CREATED', 'INIT', 'RUNNING'];
export const isUnfinishedState = (word: string | undefined): boolean => word !== undefined && unfinishedStates.includes(word);
