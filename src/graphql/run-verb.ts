import type { GraphQLResolveInfo } from 'graphql';
import { type Job, type Revised, type Task, textOfId } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import type { JobVerbRequest, VerbOptions, VerbOutcome } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type MutationErrorSource, toMutationError } from './mutation-errors.js';
import { type BulkTarget, checkDurations, parseTarget } from './verb-arguments.js';

/** What a payload on one job is resolved from. */
export interface JobPayloadSource {
  readonly job: Revised<Job> | null;
  readonly task: Revised<Task> | null;
  readonly errors: readonly MutationErrorSource[];
}

/** What a bulk payload is resolved from. */
export interface JobsPayloadSource {
  readonly results: readonly (JobPayloadSource & { readonly jobId: string })[];
  readonly errors: readonly MutationErrorSource[];
}

/** What every verb's input may say. */
export interface CommonInput {
  readonly timeoutMs?: number | null;
  readonly waitMs?: number | null;
  readonly idempotencyKey?: string | null;
}

export const optionsOf = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  path: readonly string[] | undefined,
): VerbOptions => ({
  requestId: context.requestId,
  actor: context.actor,
  fields: context.fields(info),
  ...(typeof input.waitMs === 'number' ? { waitMs: input.waitMs } : {}),
  ...(input.idempotencyKey ? { idempotencyKey: input.idempotencyKey } : {}),
  ...(path ? { path } : {}),
});

/** Nothing read before a verb is true after it; what the verb learnt need not be read again. */
export const refresh = (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  outcomes: readonly { readonly job: Revised<Job> | null }[],
): void => {
  const loaders = context.loaders(info);
  loaders.clear();
  loaders.primeJobs(outcomes.flatMap(({ job }) => job ?? []));
};

const sourceOf = (outcome: VerbOutcome, request: JobVerbRequest, backendKey: string): JobPayloadSource => ({
  job: outcome.job,
  task: outcome.task,
  errors: outcome.errors.map((error) => toMutationError(error, { action: request.action, backendKey })),
});

const refused = (errors: readonly VigilError[], request: JobVerbRequest): JobPayloadSource => ({
  job: null,
  task: null,
  errors: errors.map((error) => toMutationError(error, { action: request.action, backendKey: undefined })),
});

/** Runs what may throw VigilError for its input; the error is the outcome. Faults go on. */
export const orErrors = async <T>(
  run: () => Promise<T> | T,
): Promise<{ readonly value: T } | { readonly errors: readonly VigilError[] }> => {
  try {
    return { value: await run() };
  } catch (error) {
    if (isVigilError(error)) return { errors: [error] };
    throw error;
  }
};

/** A verb on one job. */
export const runOnJob = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput & { readonly jobId: string },
  request: JobVerbRequest,
  wrong: readonly VigilError[] = [],
): Promise<JobPayloadSource> => {
  const path = ['input', 'jobId'];
  const target = await orErrors(() => parseTarget(context, 'job', input.jobId, path));
  const errors = [...('errors' in target ? target.errors : []), ...checkDurations(input), ...wrong];
  if ('errors' in target || errors.length > 0) return refused(errors, request);
  const ran = await orErrors(() => context.verbs.runOnJobs(request, [target.value], optionsOf(context, info, input, path)));
  if ('errors' in ran) return refused(ran.errors, request);
  const [outcome] = ran.value;
  if (!outcome) throw new VigilError('INTERNAL', 'A verb came back without an outcome.');
  refresh(context, info, [outcome]);
  return sourceOf(outcome, request, target.value.backend);
};

/** A verb on many jobs: one outcome for each. */
const runOnTargets = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  request: JobVerbRequest,
  targets: readonly BulkTarget[],
): Promise<JobsPayloadSource> => {
  const ids = targets.flatMap(({ id }) => id ?? []);
  const ran = await orErrors(() =>
    ids.length === 0 ? [] : context.verbs.runOnJobs(request, ids, optionsOf(context, info, input, undefined)),
  );
  if ('errors' in ran) return { results: [], errors: refused(ran.errors, request).errors };
  const outcomes = ran.value;
  refresh(context, info, outcomes);
  const byId = new Map(outcomes.map((outcome) => [outcome.jobId, outcome]));
  const results = targets.map(({ given, path, id, error }) => {
    if (id === undefined) return { jobId: given, ...refused(error ? [error] : [], request) };
    const outcome = byId.get(textOfId(id));
    if (!outcome) throw new VigilError('INTERNAL', 'A verb came back without an outcome for one of its jobs.');
    const source = sourceOf(outcome, request, id.backend);
    // The service knows of one job at a time; where that one stands in the list is known here.
    return { jobId: given, ...source, errors: source.errors.map((each) => (each.path?.at(-1) === 'jobId' ? { ...each, path } : each)) };
  });
  return { results, errors: [] };
};

/** A bulk verb: `wrong` says what is wrong with the request as a whole, `resolve` which jobs it is about. */
export const runOnMany = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  request: JobVerbRequest,
  {
    wrong,
    resolve,
  }: { readonly wrong: readonly VigilError[]; readonly resolve: () => Promise<readonly BulkTarget[]> | readonly BulkTarget[] },
): Promise<JobsPayloadSource> => {
  const subject = { action: request.action, backendKey: undefined };
  const errors = [...wrong, ...checkDurations(input)];
  if (errors.length > 0) return { results: [], errors: errors.map((error) => toMutationError(error, subject)) };
  const targets = await orErrors(resolve);
  if ('errors' in targets) return { results: [], errors: targets.errors.map((error) => toMutationError(error, subject)) };
  return runOnTargets(context, info, input, request, targets.value);
};

/** Stops a task. */
export const cancelTask = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: { readonly taskId: string; readonly idempotencyKey?: string | null },
): Promise<Omit<JobPayloadSource, 'job'>> => {
  const path = ['input', 'taskId'];
  const target = await orErrors(() => parseTarget(context, 'task', input.taskId, path));
  const subject = { action: 'CANCEL_TASK', backendKey: 'value' in target ? target.value.backend : undefined } as const;
  if ('errors' in target) return { task: null, errors: target.errors.map((error) => toMutationError(error, subject)) };
  const ran = await orErrors(() => context.verbs.cancelTask(target.value, optionsOf(context, info, input, path)));
  if ('errors' in ran) return { task: null, errors: ran.errors.map((error) => toMutationError(error, subject)) };
  const { task, errors } = ran.value;
  refresh(context, info, []);
  return { task, errors: errors.map((error) => toMutationError(error, subject)) };
};
