import type { GraphQLResolveInfo } from 'graphql';
import { parseId } from '../domain/index.js';
import { isVigilError } from '../errors.js';
import type { JobVerbRequest } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type JobPayloadSource, runOnJob } from './run-job-verb.js';
import { settle } from './settle.js';
import type { DeleteJobInput } from './verb.input.js';

export type DeletedJobPayloadSource = JobPayloadSource & { readonly deletedJobId: string | null };

/** The id under which caches hold the job: afterwards nobody can tell the incarnation any more. */
const fullIdOf = async (context: GatewayContext, info: GraphQLResolveInfo, text: string): Promise<string> => {
  const read = await settle(Promise.resolve(text).then((id) => context.loaders(info).job(parseId(id))));
  // A malformed id, or a backend that does not answer: the verb itself says so.
  if (!read.ok && !isVigilError(read.error)) throw read.error;
  return read.ok && read.value ? read.value.id : text;
};

export const runDelete = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: DeleteJobInput,
  request: JobVerbRequest,
): Promise<DeletedJobPayloadSource> => {
  const asked = context.fields(info).has('DeleteJobPayload.deletedJobId');
  const fullId = asked && !input.jobId.includes('~') ? await fullIdOf(context, info, input.jobId) : input.jobId;
  const outcome = await runOnJob(context, info, input, request);
  return { ...outcome, deletedJobId: outcome.task?.state === 'SUCCEEDED' ? fullId : null };
};
