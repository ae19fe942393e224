import type { GraphQLResolveInfo } from 'graphql';
import type { Job, Revised } from '../domain/index.js';
import type { VigilError } from '../errors.js';
import type { JobVerbRequest, VerbOutcome } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type AskedBulkVerb, type BulkSource, type CommonInput, checked, type PayloadSource, runOnMany, runOnOne } from './run-verb.js';
import type { BulkTarget } from './verb-arguments.js';

/** What a payload shows beside `task` and `errors`. */
export interface ShownJob {
  readonly job: Revised<Job> | null;
}

export const showJob = (outcome: VerbOutcome | null): ShownJob => ({ job: outcome?.job ?? null });

/** What a payload on one job is resolved from. */
export type JobPayloadSource = ShownJob & PayloadSource;

/** What a bulk payload on jobs is resolved from. */
export interface JobsPayloadSource extends Pick<BulkSource<object>, 'errors'> {
  readonly results: readonly (JobPayloadSource & { readonly jobId: string })[];
}

const jobVerb = (
  context: GatewayContext,
  request: JobVerbRequest,
  wrong: readonly VigilError[],
): AskedBulkVerb<JobVerbRequest, VerbOutcome, ShownJob> => ({
  action: request.action,
  kind: 'job',
  request: checked(request, wrong),
  send: (asked, ids, options) => context.verbs.runOnJobs(asked, ids, options),
  idOf: ({ jobId }) => jobId,
  show: showJob,
  prime: (loaders, outcomes) => loaders.primeJobs(outcomes.flatMap(({ job }) => job ?? [])),
});

/** A verb on one job. */
export const runOnJob = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly jobId: string },
  request: JobVerbRequest,
  wrong: readonly VigilError[] = [],
): Promise<JobPayloadSource> => runOnOne(context, info, input, input.jobId, jobVerb(context, request, wrong));

/** A verb on many jobs: `wrong` says what is wrong with the list as a whole, `resolve` which jobs it names. */
export const runOnJobs = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  request: JobVerbRequest,
  list: { readonly wrong: readonly VigilError[]; readonly resolve: () => Promise<readonly BulkTarget[]> | readonly BulkTarget[] },
): Promise<JobsPayloadSource> => {
  const { results, errors } = await runOnMany(context, info, input, jobVerb(context, request, []), list);
  return { results: results.map(({ given, ...source }) => ({ jobId: given, ...source })), errors };
};
