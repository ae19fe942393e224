import type { CallOptions, Datafeed, FieldSet, Reading, Readings } from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import type { AdapterContext } from './context.js';
import type { Call } from './endpoint.js';
import { readIdList } from './id-lists.js';
import { datafeedConfigPath, datafeedStatsPath, wantsDatafeedState } from './job-plan.js';
import { mapDatafeed } from './mapper.js';
import { bytesForIds } from './request-line.js';
import type { Sent, WireDatafeed, WireDatafeedStats } from './wire.js';

const path = '/_ml/datafeeds//_stats';

const budget = ({ basePath }: AdapterContext, filterPath: string | undefined): number =>
  bytesForIds(path, basePath, { filter_path: filterPath });

const filter = (filterPath: string | undefined) => (filterPath === undefined ? {} : { filterPath });

/** Configurations by id. */
const readConfigs = (context: AdapterContext, ids: readonly string[], filterPath: string | undefined, call: Call) =>
  readIdList<Sent<WireDatafeed>>({
    ids,
    budget: budget(context, filterPath),
    read: (part) => context.client.datafeeds({ ids: part, ...filter(filterPath) }, call),
    idOf: ({ wire }) => wire.datafeed_id,
  });

const readStats = (context: AdapterContext, ids: readonly string[], filterPath: string | undefined, call: Call) =>
  readIdList<Sent<WireDatafeedStats>>({
    ids,
    budget: budget(context, filterPath),
    read: (part) => context.client.datafeedStats({ ids: part, ...filter(filterPath) }, call),
    idOf: ({ wire }) => wire.datafeed_id,
  });

/** Statistics by id, and the first reason why some could not be had. */
export const datafeedStatsByIds = async (
  context: AdapterContext,
  ids: readonly string[],
  raw: boolean,
  call: Call,
): Promise<{ readonly stats: ReadonlyMap<string, Sent<WireDatafeedStats>>; readonly error: VigilError | undefined }> => {
  if (ids.length === 0) return { stats: new Map(), error: undefined };
  const outcome = await readStats(context, ids, raw ? undefined : datafeedStatsPath, call);
  return { stats: outcome.found, error: [...outcome.failed.values()][0] };
};

export const readDatafeeds = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Datafeed>> => {
  const raw = fields.has('Datafeed.raw');
  const [configs, stats] = await Promise.all([
    readConfigs(context, nativeIds, raw ? undefined : datafeedConfigPath, call),
    wantsDatafeedState(fields) ? datafeedStatsByIds(context, nativeIds, raw, call) : undefined,
  ]);
  const readings = new Map<string, Reading<Datafeed>>();
  for (const id of nativeIds) {
    const config = configs.found.get(id);
    const cause = configs.failed.get(id);
    if (config) {
      readings.set(id, {
        status: 'found',
        value: mapDatafeed(context.origin.backend, config, stats && (stats.stats.get(id) ?? null), fields),
      });
    } else if (cause) readings.set(id, { status: 'undetermined', cause });
    else readings.set(id, { status: 'gone' });
  }
  return { readings, missing: stats?.error ? [{ part: 'DATAFEEDS', error: stats.error }] : [] };
};
