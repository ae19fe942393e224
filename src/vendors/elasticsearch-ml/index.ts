import type { Action, BackendObserver, Connection, FieldSet, TaskKind, VendorAdapter, VendorModule } from '../../domain/index.js';
import { createHttpClient } from '../../http/index.js';
import { readAnomalies } from './anomalies.js';
import { capabilitiesOf, profileOf } from './capabilities.js';
import { createElasticsearchClient } from './client.js';
import { readClusterStats } from './cluster.js';
import type { AdapterContext } from './context.js';
import { readDatafeeds } from './datafeeds.js';
import { expandJobs } from './expression.js';
import { refusalOf } from './gating.js';
import { graphqlTypes } from './graphql.js';
import { listJobs, readJobs } from './jobs.js';
import { readLines } from './messages.js';
import { listNodes, readNodes } from './nodes.js';
import { learnProfile } from './profile.js';
import { readModelSnapshots } from './snapshots.js';
import { standingOf } from './standing.js';
import { taskKinds } from './task-mapper.js';
import { discoverTasks, readTasks } from './tasks.js';
import { runVerb } from './verbs.js';

const vendor = 'ELASTICSEARCH_ML';

/** Kind of task a verb shows as; the others are none. Cancelling shows in the task that is cancelled, a datafeed's start or stop in its state: they end with their call. */
const kindOfAction: Readonly<Partial<Record<Action, TaskKind>>> = {
  OPEN_JOB: 'OPEN',
  CLOSE_JOB: 'CLOSE',
  RESET_JOB: 'RESET',
  DELETE_JOB: 'DELETE',
  REVERT_JOB: 'REVERT',
};

/** These have no background form and answer at the end: `_open` and `_close` after up to 30 minutes, `_revert` when the later results are deleted. */
const blocking: ReadonlySet<Action> = new Set(['OPEN_JOB', 'CLOSE_JOB', 'REVERT_JOB']);

const verbFields: FieldSet = new Set([
  'Job.state',
  'Job.finishedAt',
  'Job.processed',
  'Job.allowedActions',
  'Job.datafeed',
  'Datafeed.state',
  'ElasticsearchJobDetails.blockedReason',
]);

const connect = (connection: Connection, observer: BackendObserver): VendorAdapter => {
  const origin = { backend: connection.key, vendor };
  const http = createHttpClient({ connection, observer, vendor });
  const context: AdapterContext = {
    client: createElasticsearchClient(http, origin),
    origin,
    basePath: connection.url.pathname.replace(/\/+$/, ''),
  };
  return {
    // Asked for also when the version is configured: it tells whether the backend answers.
    learnProfile: async (call) => {
      const learnt = await learnProfile(context, call);
      return connection.version === undefined ? learnt : profileOf(connection.version, learnt.notice);
    },
    listJobs: (fields, call) => listJobs(context, fields, call),
    readJobs: (ids, fields, call) => readJobs(context, ids, fields, call),
    discoverTasks: (fields, call) => discoverTasks(context, fields, call),
    readTasks: (ids, fields, call) => readTasks(context, ids, fields, call),
    readDatafeeds: (ids, fields, call) => readDatafeeds(context, ids, fields, call),
    readNodes: (ids, fields, call) => readNodes(context, ids, fields, call),
    listNodes: (fields, call) => listNodes(context, fields, call),
    readClusterStats: (fields, call) => readClusterStats(context, fields, call),
    readAnomalies: (jobId, query, fields, call) => readAnomalies(context, jobId, query, fields, call),
    readJobMessages: (jobIds, first, call) => readLines(context, { jobIds, first }, call),
    readModelSnapshots: (jobId, slice, call) => readModelSnapshots(context, jobId, slice, call),
    expandJobs: (expression, call) => expandJobs(context, expression, call),
    verbFields,
    refusalOf,
    isBlocking: (action) => blocking.has(action),
    taskKindOf: (action) => kindOfAction[action] ?? 'UNKNOWN',
    run: (verb, call) => runVerb(context, verb, call),
    standingOf,
    dispose: () => context.client.dispose(),
  };
};

/** Elasticsearch machine learning: anomaly detection jobs, 7.9 and later. */
export const elasticsearchMl: VendorModule = {
  id: 'elasticsearch-ml',
  vendor,
  title: 'Elasticsearch machine learning',
  taskKinds,
  graphqlTypes,
  capabilitiesOf,
  connect,
};
