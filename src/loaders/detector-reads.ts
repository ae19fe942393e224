import {
  type Anomaly,
  type AnomalyQuery,
  type Backend,
  type Detector,
  type DetectorMembers,
  type DetectorProfile,
  type DetectorQuery,
  type EntityProfile,
  type EntityValue,
  type GlobalId,
  type Revised,
  type Sliced,
} from '../domain/index.js';
import { VigilError } from '../errors.js';
import { type BackendLoader, batchByBackend } from './batch-by-backend.js';
import type { ReadContext } from './read-context.js';
import { memoiseLists, type ReadList } from './read-list.js';
import { foundIn, stampReadings } from './stamp-readings.js';
import { withDetectors } from './stamped.js';

/** Reads of detectors. A product without detectors has none. All throw VigilError. */
export interface DetectorReads {
  /** Detectors of a backend that may match. Throws when the backend gives no list. */
  detectors(backendKey: string, query: DetectorQuery): Promise<ReadList<Revised<Detector>>>;
  /** A call of its own for each detector. */
  detectorProfile(id: GlobalId): Promise<DetectorProfile>;
  /** A call of its own for each entity. */
  entityProfile(id: GlobalId, entity: readonly EntityValue[]): Promise<EntityProfile>;
  /** A call of its own for each detector and query. */
  detectorAnomalies(id: GlobalId, query: AnomalyQuery): Promise<Sliced<Anomaly>>;
}

const membersOf = ({ adapter }: Backend): DetectorMembers => {
  if (adapter.detectors) return adapter.detectors;
  throw new VigilError('NOT_FOUND', 'This product has no detectors.');
};

export const createDetectorReads = (
  context: ReadContext,
): { readonly reads: DetectorReads; readonly loader: BackendLoader<Revised<Detector>>; clear(): void } => {
  const { ledger, fields, now, shared, call, listed, ask, primeAlong } = context;

  const loader: BackendLoader<Revised<Detector>> = batchByBackend({
    ...shared,
    read: async (backend, ids) => {
      const members = backend.adapter.detectors;
      if (!members) return { readings: new Map(ids.map((id) => [id, { status: 'gone' }])), missing: [] };
      const readAt = now();
      const seen = await members.read(ids, fields, call(backend));
      const answer = stampReadings(seen, readAt, ledger.stampDetectors.bind(ledger));
      const { jobs, tasks } = withDetectors(foundIn(answer), foundIn(seen));
      primeAlong({ jobs, tasks });
      return answer;
    },
  });

  const lists = memoiseLists<Revised<Detector>, DetectorQuery>(async (backendKey, query) => {
    const readAt = now();
    const listing = await listed(backendKey, async (backend) =>
      backend.adapter.detectors ? backend.adapter.detectors.list(query, fields, call(backend)) : { items: [], missing: [] },
    );
    const items = ledger.stampDetectors(listing.items, readAt);
    primeAlong(withDetectors(items, listing.items));
    await ledger.agreed();
    return { items, missing: listing.missing };
  });

  const profiles = new Map<string, Promise<DetectorProfile>>();
  const entities = new Map<string, Promise<EntityProfile>>();
  const once = <T>(reads: Map<string, Promise<T>>, key: string, read: () => Promise<T>): Promise<T> => {
    const reading = reads.get(key) ?? read();
    reads.set(key, reading);
    return reading;
  };

  const reads: DetectorReads = {
    detectors: (backendKey, query) => lists.get(backendKey, query),
    detectorProfile: ({ backend: key, native }) =>
      once(profiles, `${key}:${native}`, () => ask(key, (backend) => membersOf(backend).readProfile(native, fields, call(backend)))),
    entityProfile: ({ backend: key, native }, entity) =>
      once(entities, `${key}:${native} ${JSON.stringify(entity)}`, () =>
        ask(key, (backend) => membersOf(backend).readEntityProfile(native, entity, fields, call(backend))),
      ),
    detectorAnomalies: ({ backend: key, native }, query) =>
      ask(key, (backend) => membersOf(backend).readAnomalies(native, query, fields, call(backend))),
  };
  return {
    reads,
    loader,
    clear() {
      loader.clearAll();
      lists.clear();
      profiles.clear();
      entities.clear();
    },
  };
};
