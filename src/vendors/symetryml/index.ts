import type { BackendObserver, Connection, FieldSet, VendorAdapter, VendorModule } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import { capabilitiesOf } from './capabilities.js';
import type { AdapterContext } from './context.js';
import { createEndpoint } from './endpoint.js';
import { graphqlResolvers, graphqlTypes } from './graphql.js';
import { discoverTasks, listJobs, readJobs, readTasks } from './jobs.js';
import { createNumbersOfOthers } from './numbers-of-others.js';
import { learnProfile } from './profile.js';
import { createResultMembers } from './result-members.js';
import { accountOf, settings } from './settings.js';
import { refusalOf, runVerb, start, taskKindOf, taskKinds } from './verbs.js';

const vendor = 'SYMETRYML';

const verbFields: FieldSet = new Set(['Job.state']);

const gone = (ids: readonly string[]) => ({ readings: new Map(ids.map((id) => [id, { status: 'gone' } as const])), missing: [] });

const connect = (connection: Connection, observer: BackendObserver): VendorAdapter => {
  const account = accountOf(connection);
  const endpoint = createEndpoint({ connection, observer, vendor, account });
  const context: AdapterContext = {
    endpoint,
    secretKey: account.secretKey,
    idleMs: connection.http.requestTimeoutMs,
    numbersOfOthers: createNumbersOfOthers(),
  };
  return {
    learnProfile: (call) => learnProfile(context, connection.version, call),
    listJobs: (fields, call) => listJobs(context, fields, call),
    readJobs: (ids, fields, call) => readJobs(context, ids, fields, call),
    discoverTasks: (fields, call) => discoverTasks(context, fields, call),
    readTasks: (ids, fields, call) => readTasks(context, ids, fields, call),
    // No datafeeds, no nodes, no statistics, no findings, no log and no saved models.
    readDatafeeds: async (ids) => gone(ids),
    readNodes: async (ids) => gone(ids),
    listNodes: async () => ({ items: [], missing: [] }),
    readClusterStats: async () => null,
    readAnomalies: async () => ({ items: [], totalCount: 0 }),
    readJobMessages: async (jobIds) => new Map(jobIds.map((id) => [id, []])),
    readModelSnapshots: async () => ({ items: [], totalCount: 0 }),
    expandJobs: async () => {
      throw new VigilError('UNSUPPORTED', 'SymetryML has no expressions for jobs: name them one by one.', endpoint.origin);
    },
    verbFields,
    refusalOf,
    isBlocking: () => false,
    taskKindOf,
    run: (verb, call) => runVerb(context, verb, call),
    startJob: (request, call) => start(context, request, call),
    // A job that is gone may have been killed, and may have finished: only its result would tell.
    standingOf: () => ({ state: 'UNKNOWN' }),
    results: createResultMembers(context),
    dispose: () => endpoint.dispose(),
  };
};

/** SymetryML, 5.x to 6.3: jobs that run once, each of which hands over what it made to whoever asks first. */
export const symetryml: VendorModule = {
  id: 'symetryml',
  vendor,
  title: 'SymetryML',
  taskKinds,
  graphqlTypes,
  graphqlResolvers,
  capabilitiesOf,
  authKinds: ['hmac'],
  settings,
  handsResultsOver: true,
  connect,
};
