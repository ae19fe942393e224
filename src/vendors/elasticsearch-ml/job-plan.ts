import type { BackendProfile, FailedPart, FieldSet } from '../../domain/index.js';
import { embedsDatafeeds } from './capabilities.js';
import { type WantedFacts, wantedFacts } from './job-facts.js';

/** Which calls a set of fields costs, and what each is asked for. */
export interface JobPlan {
  /** What it was made for. */
  readonly fields: FieldSet;
  readonly wanted: WantedFacts;
  /** `filter_path` of GET jobs; undefined: everything. */
  readonly configPath: string | undefined;
  /** Null: no such call. */
  readonly stats: { readonly filterPath: string | undefined; readonly parts: readonly FailedPart[] } | null;
  /** Why failed jobs failed is only in the vendor's log: one search more, when there are any. */
  readonly failures: boolean;
  readonly datafeeds: {
    /** GET datafeeds, because the jobs do not carry them. */
    readonly config: boolean;
    readonly state: boolean;
    readonly raw: boolean;
  } | null;
}

const datafeedPaths = ['datafeed_id', 'job_id', 'indices', 'frequency', 'query_delay'];
const datafeedStateFields = ['state', 'vendorState', 'stateReason', 'realtime', 'searchInterval', 'raw'].map(
  (field) => `Datafeed.${field}`,
);

const pathOf = (key: string, paths: Iterable<string>): string => [...new Set(paths)].map((path) => `${key}.${path}`).join(',');

export const datafeedConfigPath = pathOf('datafeeds', datafeedPaths);
export const datafeedStatsPath = pathOf('datafeeds', ['datafeed_id', 'state', 'assignment_explanation', 'running_state']);

export const wantsDatafeedState = (fields: FieldSet): boolean => datafeedStateFields.some((field) => fields.has(field));

export const planJobs = (fields: FieldSet, profile: BackendProfile): JobPlan => {
  const wanted = wantedFacts(fields);
  const facts = [...wanted.job, ...(wanted.details ?? [])];
  const withDatafeed = facts.some((fact) => fact.datafeed !== undefined);
  const embedded = embedsDatafeeds(profile.version);
  const rawDatafeed = fields.has('Datafeed.raw');
  const embeddedPaths =
    withDatafeed && embedded ? (rawDatafeed ? ['datafeed_config'] : datafeedPaths.map((path) => `datafeed_config.${path}`)) : [];
  const statsFacts = facts.filter((fact) => fact.stats !== undefined);
  return {
    fields,
    wanted,
    configPath: wanted.raw
      ? undefined
      : pathOf('jobs', ['job_id', 'create_time', ...facts.flatMap((fact) => fact.config ?? []), ...embeddedPaths]),
    stats:
      statsFacts.length === 0
        ? null
        : {
            filterPath: wanted.raw ? undefined : pathOf('jobs', ['job_id', ...statsFacts.flatMap((fact) => fact.stats ?? [])]),
            parts: [...new Set(statsFacts.flatMap((fact) => (fact.part ? [fact.part] : [])))],
          },
    failures: fields.has('Job.stateReason'),
    datafeeds: withDatafeed
      ? { config: !embedded, state: facts.some((fact) => fact.datafeed === 'state') || wantsDatafeedState(fields), raw: rawDatafeed }
      : null,
  };
};
