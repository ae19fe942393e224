import type { GraphQLResolveInfo } from 'graphql';
import type { Datafeed } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { DatafeedVerbRequest } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import type { StartDatafeedInput } from './datafeed.input.js';
import type { JobPayloadSource } from './run-job-verb.js';
import { type CommonInput, checked, runOnOne } from './run-verb.js';

/** What a payload on a datafeed is resolved from. */
export interface DatafeedPayloadSource extends JobPayloadSource {
  readonly datafeed: Datafeed | null;
}

/** What is wrong with the time a datafeed is to read. */
export const checkRange = ({ start, end }: Pick<StartDatafeedInput, 'start' | 'end'>): readonly VigilError[] =>
  typeof start === 'number' && typeof end === 'number' && start >= end
    ? [new VigilError('INVALID_INPUT', '`end` has to be later than `start`.', { path: ['input', 'end'] })]
    : [];

/** A verb on one datafeed; the payload shows it and the job it feeds as they are then. */
export const runOnDatafeed = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly datafeedId: string },
  request: DatafeedVerbRequest,
  wrong: readonly VigilError[] = [],
): Promise<DatafeedPayloadSource> =>
  runOnOne(context, info, input, input.datafeedId, {
    action: request.action,
    kind: 'datafeed',
    request: checked(request, wrong),
    send: async (asked, ids, options) => Promise.all(ids.map((id) => context.verbs.runOnDatafeed(asked, id, options))),
    show: (outcome) => ({ job: outcome?.job ?? null, datafeed: outcome?.datafeed ?? null }),
    prime: (loaders, outcomes) => loaders.primeJobs(outcomes.flatMap(({ job }) => job ?? [])),
  });
