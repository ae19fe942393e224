import {
  type Anomaly,
  type CallOptions,
  type Detector,
  type DetectorMembers,
  type DetectorProfile,
  type DetectorVerb,
  type EntityProfile,
  type FieldSet,
  formatId,
  type PartFailure,
  type Reading,
} from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';

const epoch = 1_700_000_000_000;

/** A detector that was never started, with its job. */
export const toyDetector = (backendKey: string, nativeId: string, facts: Partial<Detector> = {}): Detector => {
  const id = formatId('detector', backendKey, nativeId);
  return {
    id,
    backendKey,
    nativeId,
    name: `name of ${nativeId}`,
    description: null,
    highCardinality: false,
    indices: ['marbles'],
    timeField: 'rolledAt',
    categoryFields: [],
    intervalMs: 60_000,
    windowDelayMs: 1_000,
    shingleSize: 8,
    features: [{ id: `${id}/features/f1`, name: 'speed', enabled: true, aggregationQuery: { speed: { avg: { field: 'speed' } } } }],
    filterQuery: { match_all: {} },
    resultIndex: null,
    updatedAt: epoch,
    job: {
      id: formatId('job', backendKey, nativeId),
      backendKey,
      nativeId,
      type: 'marble_watch',
      state: 'CLOSED',
      vendorState: null,
      allowedActions: ['OPEN_JOB'],
    },
    realtimeTask: null,
    historicalTask: null,
    allowedActions: { REALTIME: ['START_DETECTOR'], HISTORICAL: ['START_DETECTOR'] },
    ...facts,
  };
};

/** A profile with nothing in memory. */
export const toyProfile = (detector: Detector, facts: Partial<DetectorProfile> = {}): DetectorProfile => ({
  id: `${detector.id}/profile`,
  vendorState: 'DISABLED',
  error: null,
  coordinatingNodeId: null,
  totalBytes: null,
  initProgress: null,
  estimatedMinutesLeft: null,
  neededShingles: null,
  totalEntities: null,
  activeEntities: null,
  modelCount: null,
  taskSlots: null,
  pendingEntities: null,
  runningEntities: null,
  models: [],
  ...facts,
});

/** As the contract allows, not more than was asked for. */
const wanted = (detector: Detector, fields: FieldSet): Detector => {
  const { id, backendKey, nativeId, ...facts } = detector;
  return { id, backendKey, nativeId, ...Object.fromEntries(Object.entries(facts).filter(([name]) => fields.has(`Detector.${name}`))) };
};

/** What the server behind a backend knows of detectors. */
export interface ToyDetectorWorld {
  readonly detectors: Map<string, Detector>;
  /** By detector. */
  readonly profiles: Map<string, DetectorProfile>;
  /** By detector and value: `d1/red`. */
  readonly entityProfiles: Map<string, EntityProfile>;
  /** By job or detector. */
  readonly anomalies: Map<string, readonly Anomaly[]>;
  /** What was asked of lists, oldest first. */
  readonly slices: object[];
  readonly sentToDetectors: DetectorVerb[];
  missing: readonly PartFailure[];
}

type Arrive = (member: string, ids: readonly string[], fields: FieldSet, call: Pick<CallOptions, 'requestId'>) => void;

/** The members of the contract about detectors; calls are noted as `detectors.list` and so on. */
export const createToyDetectors = (
  world: ToyDetectorWorld,
  arrive: Arrive,
  readingOf: <T>(nativeId: string, value: T | undefined) => Reading<T>,
): DetectorMembers => {
  const known = <T>(value: T | undefined): T => {
    if (value !== undefined) return value;
    throw new VigilError('NOT_FOUND', 'There is no such detector.');
  };
  return {
    async list(query, fields, call) {
      arrive('detectors.list', [], fields, call);
      world.slices.push(query);
      // A vendor that cannot be asked for anything: the gateway filters by itself.
      return { items: [...world.detectors.values()].map((detector) => wanted(detector, fields)), missing: world.missing };
    },
    async read(ids, fields, call) {
      arrive('detectors.read', ids, fields, call);
      const find = (id: string): Detector | undefined => {
        const detector = world.detectors.get(id);
        return detector && wanted(detector, fields);
      };
      return { readings: new Map(ids.map((id) => [id, readingOf(id, find(id))])), missing: world.missing };
    },
    async readProfile(id, fields, call) {
      arrive('detectors.readProfile', [id], fields, call);
      return known(world.profiles.get(id));
    },
    async readEntityProfile(id, entity, fields, call) {
      arrive('detectors.readEntityProfile', [id, ...entity.map(({ value }) => value)], fields, call);
      return known(world.entityProfiles.get([id, ...entity.map(({ value }) => value)].join('/')));
    },
    async readAnomalies(id, query, fields, call) {
      arrive('detectors.readAnomalies', [id], fields, call);
      world.slices.push(query);
      const all = known(world.anomalies.get(id));
      return { items: all.slice(query.skip, query.skip + query.first), totalCount: all.length };
    },
    verbFields: new Set(['Detector.realtimeTask', 'Detector.historicalTask', 'Detector.allowedActions']),
    refusalOf: () => null,
    async run(verb, call) {
      arrive('detectors.run', [verb.detectorId], new Set(), call);
      world.sentToDetectors.push(verb);
      return { done: true };
    },
  };
};
