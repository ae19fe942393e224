import type { CallOptions, EntityValue } from '../../domain/index.js';
import type { AdapterContext } from './context.js';
import * as wire from './wire.js';
import * as results from './wire-results.js';

/* The endpoints that are read, one function each. */

type Asked = Pick<AdapterContext, 'request'>;

const segment = (ids: string | readonly string[]): string => (typeof ids === 'string' ? [ids] : ids).map(encodeURIComponent).join(',');

/** A search is a read, although it is sent with POST: sent again after a failure, and shared in flight. */
const search = (path: string, route: string, subject: string) => (context: Asked, body: unknown, call: CallOptions) =>
  context.request({ schema: wire.searchAnswerSchema, method: 'POST', path, route, body, repeatable: true, subject }, call);

export const searchDetectors = search('/detectors/_search', 'POST /detectors/_search', 'detector');
export const searchTasks = search('/detectors/tasks/_search', 'POST /detectors/tasks/_search', 'task');

/** `index`: a detector's own result index; without one those of the product are searched. */
export const searchResults = (context: Asked, index: string | null, body: unknown, call: CallOptions) =>
  search(
    `/detectors/results/_search${index === null ? '' : `/${segment(index)}`}`,
    `POST /detectors/results/_search${index === null ? '' : '/{index}'}`,
    'result',
  )(context, body, call);

/** Never with `task=true`: that ends a task whose node is gone (2.19.4, recorded), and a read must change nothing. */
export const getDetectorWithJob = (context: Asked, id: string, call: CallOptions) =>
  context.request(
    {
      schema: wire.detectorWithJobSchema,
      method: 'GET',
      path: `/detectors/${segment(id)}`,
      route: 'GET /detectors/{id}',
      query: { job: true },
    },
    call,
  );

/** `types` empty: state and error. `_all` is no type (400, recorded). */
export const getProfile = (context: Asked, id: string, types: readonly string[], call: CallOptions) =>
  context.request(
    {
      schema: results.profileSchema.loose(),
      method: 'GET',
      path: `/detectors/${segment(id)}/_profile${types.length === 0 ? '' : `/${segment(types)}`}`,
      route: 'GET /detectors/{id}/_profile',
    },
    call,
  );

/** With POST since 1.1, which is what takes several category fields. */
export const getEntityProfile = (context: Asked, id: string, entity: readonly EntityValue[], call: CallOptions) =>
  context.request(
    {
      schema: results.entityProfileSchema.loose(),
      method: 'POST',
      path: `/detectors/${segment(id)}/_profile`,
      route: 'POST /detectors/{id}/_profile',
      query: { _all: true },
      body: { entity: entity.map(({ name, value }) => ({ name, value })) },
      repeatable: true,
    },
    call,
  );

/** The four forms: of all nodes or some, all statistics or some. Without nodes only those answer that do the work. */
export const getStats = (
  context: Asked,
  { nodes, names }: { readonly nodes?: readonly string[] | undefined; readonly names?: readonly string[] | undefined },
  call: CallOptions,
) =>
  context.request(
    {
      schema: results.statsSchema,
      method: 'GET',
      path: `${nodes ? `/${segment(nodes)}` : ''}/stats${names ? `/${segment(names)}` : ''}`,
      route: `GET ${nodes ? '/{node}' : ''}/stats${names ? '/{stat}' : ''}`,
      subject: 'node',
    },
    call,
  );

/** Needs `cluster:monitor/nodes/info`, which the plugin's role for readers lacks. */
export const getNodes = (context: Asked, ids: readonly string[] | undefined, call: CallOptions) =>
  context.request(
    {
      schema: results.nodesSchema,
      method: 'GET',
      root: true,
      path: `/_nodes${ids ? `/${segment(ids)}` : ''}`,
      route: `GET /_nodes${ids ? '/{id}' : ''}`,
      query: { filter_path: '_nodes.failed,cluster_name,nodes.*.name,nodes.*.roles' },
      subject: 'node',
    },
    call,
  );
