import {
  type CallOptions,
  type Datafeed,
  type FieldSet,
  type Job,
  type Listing,
  type PartFailure,
  type Reading,
  type Readings,
  type Settled,
  settle,
} from '../../domain/index.js';
import type { VigilError } from '../../errors.js';
import type { AdapterContext } from './context.js';
import { datafeedStatsByIds } from './datafeeds.js';
import type { Understood } from './endpoint.js';
import { readIdList } from './id-lists.js';
import { mapJob } from './job-facts.js';
import { datafeedConfigPath, datafeedStatsPath, type JobPlan, planJobs } from './job-plan.js';
import { jobStateOf } from './job-state.js';
import { jobIdOf, mapDatafeed } from './mapper.js';
import { readLines } from './messages.js';
import { bytesForIds } from './request-line.js';
import type { Sent, WireDatafeed, WireDatafeedStats, WireJob, WireJobStats } from './wire.js';

/** Everything read about some jobs, before it is put together. */
interface JobParts {
  readonly configs: readonly Sent<WireJob>[];
  readonly stats: ReadonlyMap<string, Sent<WireJobStats>>;
  /** By job; only where the jobs do not carry them. */
  readonly datafeeds: ReadonlyMap<string, Sent<WireDatafeed>>;
  /** By datafeed; undefined: not asked for. */
  readonly datafeedStats: ReadonlyMap<string, Sent<WireDatafeedStats>> | undefined;
  /** By job. */
  readonly failures: ReadonlyMap<string, string>;
  readonly missing: readonly PartFailure[];
}

const filter = (filterPath: string | undefined) => (filterPath === undefined ? {} : { filterPath });

const byJob = <T extends { readonly job_id?: string | undefined }>(list: readonly Sent<T>[]): ReadonlyMap<string, Sent<T>> =>
  new Map(list.flatMap((sent) => (sent.wire.job_id === undefined ? [] : [[sent.wire.job_id, sent] as const])));

const statsMissing = (plan: JobPlan, error: VigilError | undefined): readonly PartFailure[] =>
  error === undefined ? [] : (plan.stats?.parts ?? []).map((part) => ({ part, error }));

/** Why a part could not be read, or not all of it. */
const troubleOf = (read: Settled<Understood<unknown>> | undefined): VigilError | undefined => (read?.ok ? read.value.unread : read?.error);

const datafeedsMissing = (...errors: readonly (VigilError | undefined)[]): readonly PartFailure[] => {
  const error = errors.find((each) => each !== undefined);
  return error === undefined ? [] : [{ part: 'DATAFEEDS', error }];
};

/** GET jobs carries the datafeed itself. */
const embeddedDatafeed = (job: Sent<WireJob>): Sent<WireDatafeed> | undefined => {
  const wire = job.wire.datafeed_config;
  if (wire === undefined) return undefined;
  const raw = typeof job.raw === 'object' && job.raw !== null && 'datafeed_config' in job.raw ? job.raw.datafeed_config : null;
  return { wire: { ...wire, job_id: job.wire.job_id }, raw };
};

const assemble = (context: AdapterContext, plan: JobPlan, parts: JobParts, call: CallOptions): readonly Job[] => {
  const { backend } = context.origin;
  const datafeedOf = (config: Sent<WireJob>): Datafeed | null => {
    const datafeed = embeddedDatafeed(config) ?? parts.datafeeds.get(config.wire.job_id);
    if (datafeed === undefined) return null;
    const stats = parts.datafeedStats && (parts.datafeedStats.get(datafeed.wire.datafeed_id) ?? null);
    return mapDatafeed(backend, datafeed, stats, plan.fields);
  };
  return parts.configs.map((config) =>
    mapJob(
      {
        id: jobIdOf(backend, config.wire),
        backend,
        config,
        stats: parts.stats.get(config.wire.job_id),
        datafeed: plan.datafeeds ? datafeedOf(config) : null,
        failure: parts.failures.get(config.wire.job_id),
        capabilities: call.profile.capabilities,
      },
      plan.wanted,
    ),
  );
};

/** The newest error in the vendor's log of each job that has failed. */
const readFailures = async (
  context: AdapterContext,
  plan: JobPlan,
  { configs, stats }: Pick<JobParts, 'configs' | 'stats'>,
  call: CallOptions,
): Promise<Pick<JobParts, 'failures' | 'missing'>> => {
  const jobIds = configs
    .filter(({ wire }) => jobStateOf(wire, stats.get(wire.job_id)?.wire).state === 'FAILED')
    .map(({ wire }) => wire.job_id);
  if (!plan.failures || jobIds.length === 0) return { failures: new Map(), missing: [] };
  const lines = await settle(readLines(context, { jobIds, first: 1, level: 'error' }, call), call);
  if (!lines.ok) return { failures: new Map(), missing: [{ part: 'MESSAGES', error: lines.error }] };
  return { failures: new Map([...lines.value].flatMap(([id, [newest]]) => (newest ? [[id, newest.message] as const] : []))), missing: [] };
};

/** Two calls with everything at most one more each for datafeeds and their states, all at once, however many jobs there are (10,000 in one answer). */
export const listJobs = async (context: AdapterContext, fields: FieldSet, call: CallOptions): Promise<Listing<Job>> => {
  const { client } = context;
  const plan = planJobs(fields, call.profile);
  const { datafeeds } = plan;
  const raw = datafeeds?.raw ?? false;
  const [listed, stats, feeds, feedStats] = await Promise.all([
    client.jobs(filter(plan.configPath), call),
    plan.stats ? settle(client.jobStats(filter(plan.stats.filterPath), call), call) : undefined,
    datafeeds?.config ? settle(client.datafeeds(filter(raw ? undefined : datafeedConfigPath), call), call) : undefined,
    datafeeds?.state ? settle(client.datafeedStats(filter(raw ? undefined : datafeedStatsPath), call), call) : undefined,
  ]);
  const configs = listed.items;
  const jobStats = byJob(stats?.ok ? stats.value.items : []);
  const { failures, missing } = await readFailures(context, plan, { configs, stats: jobStats }, call);
  const parts: JobParts = {
    configs,
    stats: jobStats,
    failures,
    datafeeds: byJob(feeds?.ok ? feeds.value.items : []),
    datafeedStats: feedStats && new Map(feedStats.ok ? feedStats.value.items.map((sent) => [sent.wire.datafeed_id, sent]) : []),
    missing: [
      ...(listed.unread ? [{ part: 'STATE' as const, error: listed.unread }] : []),
      ...statsMissing(plan, troubleOf(stats)),
      ...datafeedsMissing(troubleOf(feeds), troubleOf(feedStats)),
      ...missing,
    ],
  };
  return { items: assemble(context, plan, parts, call), missing: parts.missing };
};

const path = '/_ml/anomaly_detectors//_stats';

/**
 * Configurations and statistics side by side; then the states of the datafeeds those jobs have. A job that is being deleted is in the first and
 * no longer in the second: it is still a job.
 */
export const readJobs = async (
  context: AdapterContext,
  nativeIds: readonly string[],
  fields: FieldSet,
  call: CallOptions,
): Promise<Readings<Job>> => {
  const { client, basePath } = context;
  const plan = planJobs(fields, call.profile);
  const raw = plan.datafeeds?.raw ?? false;
  const budget = (filterPath: string | undefined): number => bytesForIds(path, basePath, { filter_path: filterPath });
  const [configs, stats, feeds] = await Promise.all([
    readIdList<Sent<WireJob>>({
      ids: nativeIds,
      budget: budget(plan.configPath),
      read: (ids) => client.jobs({ ids, ...filter(plan.configPath) }, call),
      idOf: ({ wire }) => wire.job_id,
    }),
    plan.stats
      ? readIdList<Sent<WireJobStats>>({
          ids: nativeIds,
          budget: budget(plan.stats.filterPath),
          read: (ids) => client.jobStats({ ids, ...filter(plan.stats?.filterPath) }, call),
          idOf: ({ wire }) => wire.job_id,
        })
      : undefined,
    // Before the jobs are read nobody knows which datafeeds are theirs.
    plan.datafeeds?.config ? settle(client.datafeeds(filter(raw ? undefined : datafeedConfigPath), call), call) : undefined,
  ]);
  const found = [...configs.found.values()];
  const datafeeds = byJob(feeds?.ok ? feeds.value.items : []);
  const feedIds = found.flatMap((job) => embeddedDatafeed(job)?.wire.datafeed_id ?? datafeeds.get(job.wire.job_id)?.wire.datafeed_id ?? []);
  const jobStats = stats?.found ?? new Map<string, Sent<WireJobStats>>();
  const [feedStats, failed] = await Promise.all([
    plan.datafeeds?.state ? datafeedStatsByIds(context, feedIds, raw, call) : undefined,
    readFailures(context, plan, { configs: found, stats: jobStats }, call),
  ]);
  const jobs = assemble(
    context,
    plan,
    { configs: found, stats: jobStats, datafeeds, datafeedStats: feedStats?.stats, failures: failed.failures, missing: [] },
    call,
  );

  const readings = new Map<string, Reading<Job>>(jobs.map((job) => [job.nativeId, { status: 'found', value: job }]));
  for (const id of nativeIds) {
    const cause = configs.failed.get(id);
    if (!readings.has(id)) readings.set(id, cause ? { status: 'undetermined', cause } : { status: 'gone' });
  }
  return {
    readings,
    missing: [
      ...statsMissing(plan, [...(stats?.failed.values() ?? [])][0]),
      ...datafeedsMissing(troubleOf(feeds), feedStats?.error),
      ...failed.missing,
    ],
  };
};
