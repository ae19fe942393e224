import type { GraphQLResolveInfo } from 'graphql';
import type { Backend } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { StartJobRequest, VerbOutcome } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type JobPayloadSource, type ShownJob, showJob } from './run-job-verb.js';
import { type AskedVerb, type CommonInput, orErrors, runOnOne } from './run-verb.js';

/** What a vendor's own mutation starts: the vendor's word for it, and what its adapter takes. */
type Start = Omit<StartJobRequest, 'action'>;

const action = 'START_JOB';

/** Throws UNSUPPORTED where jobs are not started through the gateway. */
const checkStartable = (backend: Backend): void => {
  if (backend.adapter.startJob) return;
  const { key, vendor } = backend;
  const { capabilities } = backend.profile();
  const told = `Jobs of ${vendor} are not started through the gateway. It has: ${capabilities.join(', ') || 'none'}.`;
  throw new VigilError('UNSUPPORTED', told, {
    backend: key,
    vendor,
    action,
    supported: capabilities,
    path: ['input', 'backendId'],
  });
};

/**
 * For a vendor's own mutation that starts a job: what its payload, a `JobPayload`, is resolved from. `backendId` may name any backend, also one of another
 * vendor's that starts jobs: the adapter makes sure that it understands `request`. A function may throw INVALID_INPUT with the place in the input as
 * `path`, which is then in `errors`.
 */
export const runStart = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly backendId: string },
  request: Start | (() => Start),
): Promise<JobPayloadSource> => {
  const verb: AskedVerb<Start, VerbOutcome, ShownJob> = {
    action,
    kind: 'backend',
    request: await orErrors(() => (typeof request === 'function' ? request() : request)),
    send: (start, ids, options) =>
      Promise.all(
        ids.map(({ backend }) => {
          checkStartable(context.ownerOf(backend));
          return context.verbs.startJob(backend, { action, ...start }, options);
        }),
      ),
    show: showJob,
    prime: (loaders, outcomes) => loaders.primeJobs(outcomes.flatMap(({ job }) => job ?? [])),
  };
  return runOnOne(context, info, input, input.backendId, verb);
};
