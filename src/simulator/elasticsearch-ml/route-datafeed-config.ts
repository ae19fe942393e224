import { addNewDatafeed, readDatafeedUpdate, readNewDatafeed } from './datafeed-config.js';
import { datafeedConfigJson } from './datafeed-json.js';
import { settleStopped } from './datafeed-lifecycle.js';
import { badRequest, conflict, Failure } from './failures.js';
import { findDatafeed, requireLicence } from './naming.js';
import type { DatafeedRecord } from './records.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { mayDo } from './security.js';

const search = 'indices:data/read/search';

/** Whoever creates a datafeed has to be allowed to read its indices, by the secondary credentials if there are some. */
function requireReading(call: Call, id: string, indices: readonly string[]): void {
  const reader = call.secondary ?? call.principal;
  if (mayDo(reader, search)) return;
  const lacking = JSON.stringify(Object.fromEntries(indices.map((index) => [index, { [search]: false }])));
  const reason = `Cannot create datafeed [${id}] because user ${reader?.name ?? ''} lacks permissions on the indices: ${lacking}`;
  throw new Failure(403, { type: 'security_exception', reason });
}

function preparePut(call: Call): Prepared {
  const { world } = call;
  const asked = readNewDatafeed(call.path.id ?? '', call.body);
  return {
    action: 'cluster:admin/xpack/ml/datafeeds/put',
    readsBody: true,
    run() {
      requireLicence(world);
      requireReading(call, asked.id, asked.indices);
      return reply(datafeedConfigJson(addNewDatafeed(world, asked)));
    },
  };
}

function requireStopped(datafeed: DatafeedRecord, verb: string): void {
  if (datafeed.state === 'stopped') return;
  throw conflict(`Cannot ${verb} datafeed [${datafeed.id}] while its status is ${datafeed.state}`);
}

function prepareUpdate(call: Call): Prepared {
  const { world } = call;
  const change = readDatafeedUpdate(call.body);
  return {
    action: 'cluster:admin/xpack/ml/datafeeds/update',
    readsBody: true,
    run() {
      const datafeed = findDatafeed(world, call.path.id ?? '');
      requireStopped(datafeed, 'update');
      if (change.jobId !== undefined && change.jobId !== datafeed.jobId) {
        throw badRequest(`Datafeed's job_id cannot be changed. Old: [${datafeed.jobId}], new: [${change.jobId}]`);
      }
      datafeed.config = { ...datafeed.config, ...change.config };
      if (change.indices !== undefined) datafeed.indices = change.indices;
      return reply(datafeedConfigJson(datafeed));
    },
  };
}

function prepareDelete(call: Call): Prepared {
  const { world } = call;
  const force = call.params.flag('force', false);
  return {
    action: 'cluster:admin/xpack/ml/datafeeds/delete',
    run() {
      const datafeed = findDatafeed(world, call.path.id ?? '');
      if (!force) requireStopped(datafeed, 'delete');
      settleStopped(world, datafeed);
      world.datafeeds.delete(datafeed.id);
      return reply({ acknowledged: true });
    },
  };
}

/** Creating, changing and deleting datafeeds. */
export const datafeedConfigRoutes: readonly Route[] = [
  { method: 'PUT', template: '/_ml/datafeeds/{id}', prepare: preparePut },
  { method: 'POST', template: '/_ml/datafeeds/{id}/_update', prepare: prepareUpdate },
  { method: 'DELETE', template: '/_ml/datafeeds/{id}', prepare: prepareDelete },
];
