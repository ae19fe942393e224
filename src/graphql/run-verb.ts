import type { GraphQLResolveInfo } from 'graphql';
import { type Action, type GlobalId, type Revised, type Task, textOfId } from '../domain/index.js';
import { isVigilError, VigilError } from '../errors.js';
import type { Loaders } from '../loaders/index.js';
import type { VerbOptions } from '../progress/hub.js';
import type { GatewayContext } from './context.js';
import { type MutationErrorSource, toMutationError, type VerbSubject } from './mutation-errors.js';
import { type BulkTarget, checkDurations, parseTarget } from './verb-arguments.js';

/** What every payload on one object is resolved from, beside the object. */
export interface PayloadSource {
  readonly task: Revised<Task> | null;
  readonly errors: readonly MutationErrorSource[];
}

/** What a bulk payload is resolved from. */
export interface BulkSource<P> {
  /** `given`: the id as it stood in the input. */
  readonly results: readonly (P & { readonly given: string })[];
  readonly errors: readonly MutationErrorSource[];
}

/** What every verb's input may say. */
export interface CommonInput {
  readonly timeoutMs?: number | null;
  readonly waitMs?: number | null;
  readonly idempotencyKey?: string | null;
}

/** What was read from an input, or all that is wrong with it. */
export type Parsed<T> = { readonly value: T } | { readonly errors: readonly VigilError[] };

/** What the service says of one object. */
interface Outcome {
  readonly task: Revised<Task> | null;
  readonly errors: readonly VigilError[];
}

/** A verb as a mutation asks for it: `R` the request, `O` an outcome of the service, `S` what the payload shows beside `task` and `errors`. */
export interface AskedVerb<R, O extends Outcome, S extends object> {
  readonly action: Action;
  /** What it acts on; `<kind>Id` names it in the input. */
  readonly kind: 'job' | 'datafeed' | 'detector' | 'backend';
  readonly request: Parsed<R>;
  send(request: R, ids: readonly GlobalId[], options: VerbOptions): Promise<readonly O[]>;
  /** Null: it was not even asked for. */
  show(outcome: O | null): S;
  /** Hands on what the verb has just read. */
  prime(loaders: Loaders, outcomes: readonly O[]): void;
}

/** One that can be asked for many objects at once. */
export interface AskedBulkVerb<R, O extends Outcome, S extends object> extends AskedVerb<R, O, S> {
  /** The id as it was sent. */
  idOf(outcome: O): string;
}

/** The request, unless something is wrong with it. */
export const checked = <R>(request: R, wrong: readonly VigilError[] = []): Parsed<R> =>
  wrong.length > 0 ? { errors: wrong } : { value: request };

const errorsOf = (parsed: Parsed<unknown>): readonly VigilError[] => ('errors' in parsed ? parsed.errors : []);

/** Runs what may throw VigilError for its input; the error is the outcome. Faults go on. */
export const orErrors = async <T>(run: () => Promise<T> | T): Promise<Parsed<T>> => {
  try {
    return { value: await run() };
  } catch (error) {
    if (isVigilError(error)) return { errors: [error] };
    throw error;
  }
};

const optionsOf = (context: GatewayContext, info: GraphQLResolveInfo, input: CommonInput, path: readonly string[]): VerbOptions => ({
  requestId: context.requestId,
  actor: context.actor,
  fields: context.fields(info),
  path,
  ...(typeof input.waitMs === 'number' ? { waitMs: input.waitMs } : {}),
  ...(input.idempotencyKey ? { idempotencyKey: input.idempotencyKey } : {}),
});

const toErrors = (errors: readonly VigilError[], action: Action, backendKey?: string): readonly MutationErrorSource[] =>
  errors.map((error) => toMutationError(error, { action, backendKey } satisfies VerbSubject));

const sourceOf = <O extends Outcome, S extends object>(
  { action, show }: Pick<AskedVerb<unknown, O, S>, 'action' | 'show'>,
  outcome: O,
  backendKey: string,
): S & PayloadSource => ({ ...show(outcome), task: outcome.task, errors: toErrors(outcome.errors, action, backendKey) });

const refused = <S extends object>(
  { action, show }: Pick<AskedVerb<unknown, never, S>, 'action' | 'show'>,
  errors: readonly VigilError[],
): S & PayloadSource => ({
  ...show(null),
  task: null,
  errors: toErrors(errors, action),
});

/** A verb on one object. */
export const runOnOne = async <R, O extends Outcome, S extends object>(
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  idText: string,
  verb: AskedVerb<R, O, S>,
): Promise<S & PayloadSource> => {
  const path = ['input', `${verb.kind}Id`];
  const target = await orErrors(() => parseTarget(context, verb.kind, idText, path));
  const wrong = [...errorsOf(target), ...checkDurations(input), ...errorsOf(verb.request)];
  if (wrong.length > 0 || 'errors' in target || 'errors' in verb.request) return refused(verb, wrong);
  const { value: request } = verb.request;
  const ran = await orErrors(() => verb.send(request, [target.value], optionsOf(context, info, input, path)));
  if ('errors' in ran) return refused(verb, ran.errors);
  const [outcome] = ran.value;
  if (!outcome) throw new VigilError('INTERNAL', 'A verb came back without an outcome.');
  await refresh(context, info, verb, ran.value);
  return sourceOf(verb, outcome, target.value.backend);
};

/** Nothing read before a verb is true after it; what the verb learnt need not be read again, and is shown when all instances can know it. */
const refresh = async <O extends Outcome>(
  context: GatewayContext,
  info: GraphQLResolveInfo,
  verb: Pick<AskedVerb<unknown, O, object>, 'prime'>,
  outcomes: readonly O[],
): Promise<void> => {
  await context.ledger.agreed();
  const loaders = context.loaders(info);
  loaders.clear();
  context.shown.forget();
  verb.prime(loaders, outcomes);
};

const samePath = (a: readonly string[] | null, b: readonly string[]): boolean => a?.join() === b.join();

/** One outcome for each target, in their order. */
const runOnTargets = async <R, O extends Outcome, S extends object>(
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  verb: AskedBulkVerb<R, O, S>,
  { request, targets }: { readonly request: R; readonly targets: readonly BulkTarget[] },
): Promise<BulkSource<S & PayloadSource>> => {
  const ids = targets.flatMap(({ id }) => id ?? []);
  const placeOfOne = ['input', `${verb.kind}Id`];
  const ran = await orErrors(() => (ids.length === 0 ? [] : verb.send(request, ids, optionsOf(context, info, input, placeOfOne))));
  if ('errors' in ran) return { results: [], errors: toErrors(ran.errors, verb.action) };
  await refresh(context, info, verb, ran.value);
  const byId = new Map(ran.value.map((outcome) => [verb.idOf(outcome), outcome]));
  const results = targets.map(({ given, path, id, error }) => {
    if (id === undefined) return { given, ...refused(verb, error ? [error] : []) };
    const outcome = byId.get(textOfId(id));
    if (!outcome) throw new VigilError('INTERNAL', 'A verb came back without an outcome for one of its targets.');
    const source = sourceOf(verb, outcome, id.backend);
    // The service knows of one object at a time; where that one stands in the list is known here.
    const errors = source.errors.map((each) => (samePath(each.path, placeOfOne) ? { ...each, path } : each));
    return { given, ...source, errors };
  });
  return { results, errors: [] };
};

/** A bulk verb: `wrong` says what is wrong with the list as a whole, `resolve` what it names. */
export const runOnMany = async <R, O extends Outcome, S extends object>(
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: CommonInput,
  verb: AskedBulkVerb<R, O, S>,
  {
    wrong,
    resolve,
  }: { readonly wrong: readonly VigilError[]; readonly resolve: () => Promise<readonly BulkTarget[]> | readonly BulkTarget[] },
): Promise<BulkSource<S & PayloadSource>> => {
  const errors = [...wrong, ...errorsOf(verb.request), ...checkDurations(input)];
  if (errors.length > 0 || 'errors' in verb.request) return { results: [], errors: toErrors(errors, verb.action) };
  const targets = await orErrors(resolve);
  if ('errors' in targets) return { results: [], errors: toErrors(targets.errors, verb.action) };
  return runOnTargets(context, info, input, verb, { request: verb.request.value, targets: targets.value });
};

/** Stops a task. */
export const cancelTask = async (
  context: GatewayContext,
  info: GraphQLResolveInfo,
  input: { readonly taskId: string; readonly idempotencyKey?: string | null },
): Promise<PayloadSource> => {
  const path = ['input', 'taskId'];
  const action = 'CANCEL_TASK';
  const target = await orErrors(() => parseTarget(context, 'task', input.taskId, path));
  if ('errors' in target) return { task: null, errors: toErrors(target.errors, action) };
  const { backend } = target.value;
  const ran = await orErrors(() => context.verbs.cancelTask(target.value, optionsOf(context, info, input, path)));
  if ('errors' in ran) return { task: null, errors: toErrors(ran.errors, action, backend) };
  const { task, errors } = ran.value;
  await context.ledger.agreed();
  context.loaders(info).clear();
  context.shown.forget();
  return { task, errors: toErrors(errors, action, backend) };
};
