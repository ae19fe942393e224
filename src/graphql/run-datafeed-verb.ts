import type { GraphQLResolveInfo } from 'graphql';
import type { Datafeed } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { DatafeedVerbRequest } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import type { StartDatafeedInput } from './datafeed.input.js';
import { toMutationError } from './mutation-errors.js';
import { type CommonInput, type JobPayloadSource, optionsOf, orErrors, refresh } from './run-verb.js';
import { checkDurations, parseTarget } from './verb-arguments.js';

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
export const runOnDatafeed = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly datafeedId: string },
  request: DatafeedVerbRequest,
  wrong: readonly VigilError[] = [],
): Promise<DatafeedPayloadSource> => {
  const path = ['input', 'datafeedId'];
  const target = await orErrors(() => parseTarget(context, 'datafeed', input.datafeedId, path));
  const refusals = [...('errors' in target ? target.errors : []), ...checkDurations(input), ...wrong];
  if ('errors' in target || refusals.length > 0) {
    const errors = refusals.map((error) => toMutationError(error, { action: request.action, backendKey: undefined }));
    return { job: null, datafeed: null, task: null, errors };
  }
  const { datafeed, job, task, errors } = await context.verbs.runOnDatafeed(request, target.value, optionsOf(context, info, input, path));
  refresh(context, info, [{ job }]);
  const subject = { action: request.action, backendKey: target.value.backend };
  return { datafeed, job, task, errors: errors.map((error) => toMutationError(error, subject)) };
};
