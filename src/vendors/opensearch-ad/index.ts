import type {
  Action,
  BackendObserver,
  Connection,
  DetectorRun,
  FieldSet,
  TaskKind,
  VendorAdapter,
  VendorModule,
} from '../../domain/index.js';
import { createHttpClient } from '../../http/index.js';
import { readDetectorAnomalies, readJobAnomalies } from './anomalies.js';
import { capabilitiesOf, profileOf } from './capabilities.js';
import { readClusterStats } from './cluster.js';
import type { AdapterContext } from './context.js';
import { readEntityProfile, readProfile } from './detector-profile.js';
import { listDetectors, readDetectors } from './detectors.js';
import { dialectOfProfile, type Flavour } from './dialect.js';
import { createEndpoint } from './endpoint.js';
import { detectorRefusalOf, jobRefusalOf } from './gating.js';
import { graphqlTypes } from './graphql.js';
import { expandJobs, listJobs, readJobs } from './jobs.js';
import { listNodes, readNodes } from './nodes.js';
import { learnProfile } from './profile.js';
import { standingOf } from './standing.js';
import { taskKinds } from './task-words.js';
import { discoverTasks, listTasks, readTasks } from './tasks.js';
import { runDetectorVerb, runVerb } from './verbs.js';

/** Stopping shows in the task that is stopped: it is none of its own. */
const taskKindOf = (action: Action, run?: DetectorRun): TaskKind => {
  if (action === 'OPEN_JOB') return 'REALTIME';
  return action === 'START_DETECTOR' ? (run ?? 'UNKNOWN') : 'UNKNOWN';
};

const jobVerbFields: FieldSet = new Set(['Job.state', 'Job.startedAt', 'Job.allowedActions', 'Job.detector', 'Detector.features']);

const detectorVerbFields: FieldSet = new Set([
  'Detector.features',
  'Detector.intervalMs',
  'Detector.realtimeTask',
  'Detector.historicalTask',
  'Detector.allowedActions',
]);

/** What the two products differ in; everything else is one adapter. */
interface Product extends Pick<VendorModule, 'id' | 'vendor' | 'title'> {
  /** How it is spoken to before its profile is known. */
  readonly flavour: Flavour;
}

const connectTo =
  ({ vendor, flavour }: Product) =>
  (connection: Connection, observer: BackendObserver): VendorAdapter => {
    const origin = { backend: connection.key, vendor };
    const http = createHttpClient({ connection, observer, vendor });
    const dialectOf: AdapterContext['dialectOf'] = ({ profile }) => dialectOfProfile(profile, flavour);
    const context: AdapterContext = { origin, request: createEndpoint(http, origin, dialectOf), dialectOf };
    return {
      // Asked for also when the version is configured: it tells whether the backend answers, and which product it is.
      learnProfile: async (call) => {
        const learnt = await learnProfile(context, flavour, call);
        const { version } = connection;
        return version === undefined ? learnt : profileOf(dialectOf({ profile: learnt }).flavour, version, learnt.notice);
      },
      listJobs: (fields, call) => listJobs(context, fields, call),
      readJobs: (ids, fields, call) => readJobs(context, ids, fields, call),
      discoverTasks: (fields, call, watched) => discoverTasks(context, fields, call, watched),
      entityTaskKinds: ['HISTORICAL_ENTITY'],
      listTasks: (query, fields, call) => listTasks(context, query, fields, call),
      readTasks: (ids, fields, call) => readTasks(context, ids, fields, call),
      // No datafeeds, no log and no saved models one could go back to.
      readDatafeeds: async (ids) => ({ readings: new Map(ids.map((id) => [id, { status: 'gone' }])), missing: [] }),
      readJobMessages: async (jobIds) => new Map(jobIds.map((id) => [id, []])),
      readModelSnapshots: async () => ({ items: [], totalCount: 0 }),
      readNodes: (ids, fields, call) => readNodes(context, ids, fields, call),
      listNodes: (fields, call) => listNodes(context, fields, call),
      readClusterStats: (fields, call) => readClusterStats(context, fields, call),
      readAnomalies: (jobId, query, fields, call) => readJobAnomalies(context, jobId, query, fields, call),
      expandJobs: (expression) => expandJobs(context, expression),
      verbFields: jobVerbFields,
      refusalOf: jobRefusalOf(flavour),
      isBlocking: () => false,
      taskKindOf,
      run: (verb, call) => runVerb(context, verb, call),
      standingOf,
      detectors: {
        list: (query, fields, call) => listDetectors(context, query, fields, call),
        read: (ids, fields, call) => readDetectors(context, ids, fields, call),
        readProfile: (id, fields, call) => readProfile(context, id, fields, call),
        readEntityProfile: (id, entity, fields, call) => readEntityProfile(context, id, entity, fields, call),
        readAnomalies: (id, query, fields, call) => readDetectorAnomalies(context, id, query, fields, call),
        verbFields: detectorVerbFields,
        refusalOf: detectorRefusalOf(flavour),
        run: (verb, call) => runDetectorVerb(context, verb, call),
      },
      dispose: () => http.dispose(),
    };
  };

const moduleOf = (product: Product): VendorModule => ({
  id: product.id,
  vendor: product.vendor,
  title: product.title,
  taskKinds,
  graphqlTypes,
  capabilitiesOf,
  connect: connectTo(product),
});

/** OpenSearch Anomaly Detection, 1.1 and later, and what it was called before: Open Distro for Elasticsearch. */
export const opensearchAd: VendorModule = moduleOf({
  id: 'opensearch-ad',
  vendor: 'OPENSEARCH_AD',
  title: 'OpenSearch Anomaly Detection',
  flavour: 'opensearch',
});

/** Search Guard Anomaly Detection on Elasticsearch: the same below another path. */
export const searchGuardAd: VendorModule = moduleOf({
  id: 'search-guard-ad',
  vendor: 'SEARCH_GUARD_AD',
  title: 'Search Guard Anomaly Detection',
  flavour: 'search-guard',
});
