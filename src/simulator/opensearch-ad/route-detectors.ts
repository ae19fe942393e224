import type { JsonObject } from '../json.js';
import type { AdRoute } from './ad-route.js';
import { type Detector, findDetector, readDetector } from './detector.js';
import { findIndexProblem, isProblem, tryConfig } from './detector-checks.js';
import { completeConfig } from './detector-config.js';
import { statusFailure } from './failures.js';
import { isOrphan } from './historical.js';
import { detectorMappings } from './index-mappings.js';
import { newDocumentId, type StoredDoc } from './indices.js';
import { hasEnabledJob, jobOf } from './jobs.js';
import { deleteCheckpoints } from './models.js';
import { requireBody } from './request-body.js';
import { type Reply, reply } from './routes.js';
import { missingIndex } from './search/search-failure.js';
import { isUnended, latestTask, removeTasks } from './tasks.js';
import type { World } from './world.js';

/** A detector as its writing is answered. */
const written = (doc: StoredDoc, detector: JsonObject): JsonObject => ({
  _id: doc.id,
  _version: doc.version,
  _seq_no: doc.seqNo,
  anomaly_detector: detector,
  _primary_term: doc.primaryTerm,
});

/** Reads and checks a configuration to be stored. */
function checked(world: World, config: JsonObject, except?: string): Detector {
  const detector = tryConfig(world, config);
  if (isProblem(detector)) throw detector.failure;
  const problem = findIndexProblem(world, detector, except);
  if (problem !== undefined) throw problem.failure;
  return detector;
}

/** The index of detectors comes with the first of them. */
function ensureDetectorIndex({ indices, dialect }: World): void {
  const { detectors } = dialect.names;
  const settings = { number_of_shards: '1', number_of_replicas: '1' };
  if (!indices.exists(detectors)) indices.create(detectors, { mappings: detectorMappings, settings });
}

/** Stores a configuration: a new detector, or a new version of one. */
export function storeDetector(world: World, config: JsonObject, id = newDocumentId()): StoredDoc {
  ensureDetectorIndex(world);
  const source = completeConfig(world.dialect, config, world.schedule.now());
  const { resultIndex } = readDetector(id, source);
  if (resultIndex !== undefined && !world.indices.exists(resultIndex)) world.indices.create(resultIndex);
  return world.indices.put(world.dialect.names.detectors, id, source);
}

/** Nothing may be changed while something runs. */
function refuseWhileRunning(world: World, id: string): void {
  const { wording } = world.dialect;
  if (hasEnabledJob(world, id)) throw statusFailure(400, wording.changeWhileJob(id));
  const historical = latestTask(world, id, 'historical');
  if (historical !== undefined && isUnended(historical) && !isOrphan(world, historical)) {
    throw statusFailure(wording.changeWhileHistorical.status, wording.changeWhileHistorical.reason);
  }
}

const create: AdRoute = {
  method: 'POST',
  path: '/detectors',
  action: 'detector/write',
  prepare: (world, call) => {
    call.params.text('refresh');
    const config = requireBody(world.dialect, call);
    return () => {
      checked(world, config);
      const doc = storeDetector(world, owned(config, call.user));
      return { status: 201, headers: { location: `/_opendistro/_anomaly_detection/${doc.id}` }, body: written(doc, doc.source) };
    };
  },
};

/** Whose a detector is, as security tells it. */
const owned = (config: JsonObject, user: string | undefined): JsonObject =>
  user === undefined
    ? config
    : { ...config, user: { name: user, backend_roles: [], roles: [user], custom_attribute_names: [], user_requested_tenant: null } };

const update: AdRoute = {
  method: 'PUT',
  path: '/detectors/{id}',
  action: 'detector/write',
  prepare: (world, call) => {
    const { params } = call;
    const id = params.text('id') ?? '';
    params.text('refresh');
    const [seqNo, term] = [params.whole('if_seq_no', -2), params.whole('if_primary_term', 0)];
    const config = requireBody(world.dialect, call);
    return () => {
      const { wording } = world.dialect;
      const current = world.indices.get(world.dialect.names.detectors, id);
      if (current === undefined) throw statusFailure(wording.unknownStatus.update, wording.unknownDetector(id));
      refuseWhileRunning(world, id);
      checked(world, config, id);
      if (seqNo >= 0 && term === 0) throw statusFailure(400, 'Validation Failed: 1: ifSeqNo is set, but primary term is [0];');
      if (seqNo >= 0 && (seqNo !== current.seqNo || term !== current.primaryTerm)) throw statusFailure(400, wording.updateConflict(id));
      const doc = storeDetector(world, owned(config, call.user), id);
      return reply(written(doc, doc.source));
    };
  },
};

const remove: AdRoute = {
  method: 'DELETE',
  path: '/detectors/{id}',
  action: 'detector/delete',
  prepare: (world, { params }) => {
    const id = params.text('id') ?? '';
    return (): Reply => {
      const { detectors, jobs } = world.dialect.names;
      if (!world.indices.exists(detectors)) throw missingIndex(detectors, 'index_expression');
      if (findDetector(world, id) !== undefined) refuseWhileRunning(world, id);
      if (jobOf(world, id) !== undefined) world.indices.delete(jobs, id);
      removeTasks(world, id);
      deleteCheckpoints(world, id);
      const { found, version, seqNo, primaryTerm } = world.indices.erase(detectors, id);
      const copies = Math.min(2, world.cluster.dataNodes().length);
      return reply({
        _index: detectors,
        _id: id,
        _version: version,
        result: found ? 'deleted' : 'not_found',
        forced_refresh: true,
        _shards: { total: 2, successful: copies, failed: 0 },
        _seq_no: seqNo,
        _primary_term: primaryTerm,
      });
    };
  },
};

export const detectorRoutes: readonly AdRoute[] = [create, update, remove];
