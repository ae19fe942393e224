import { formatId, type GlobalId, type IdKind, parseIdOf } from '../domain/index.js';
import { asVigilError, isVigilError, VigilError } from '../errors.js';
import type { GatewayContext } from './context.js';
import { at, maxIds } from './filters.js';
import type { CloseJobsInput, JobExpressionInput } from './verb.input.js';

/** Longest that an answer may be held back: proxies give up on longer ones. */
const maxWaitMs = 600_000;
/** Most jobs that one expression may touch. */
const maxExpanded = 5_000;

const invalid = (message: string, ...path: string[]): VigilError => new VigilError('INVALID_INPUT', message, { path: ['input', ...path] });

interface Durations {
  readonly timeoutMs?: number | null;
  readonly waitMs?: number | null;
}

interface Switches {
  readonly closeFirst?: boolean | null;
  readonly force?: boolean | null;
}

/** What is wrong with the durations of a verb. */
export const checkDurations = ({ timeoutMs, waitMs }: Durations): readonly VigilError[] => [
  ...(typeof timeoutMs === 'number' && timeoutMs < 0 ? [invalid('`timeoutMs` is negative.', 'timeoutMs')] : []),
  ...(typeof waitMs === 'number' && (waitMs < 0 || waitMs > maxWaitMs)
    ? [invalid(`\`waitMs\` has to be 0 to ${maxWaitMs}.`, 'waitMs')]
    : []),
];

/** What is wrong with the switches of a reset. */
export const checkReset = ({ closeFirst, force }: Switches): readonly VigilError[] =>
  force && !closeFirst ? [invalid('`force` is about closing: it needs `closeFirst: true`.', 'force')] : [];

/** What is wrong with the snapshot a job is to go back to. */
export const checkSnapshot = ({ snapshotId }: { readonly snapshotId: string }): readonly VigilError[] =>
  snapshotId.trim() === '' ? [invalid('`snapshotId` is empty: name one of the `modelSnapshots` of the job.', 'snapshotId')] : [];

/** Reads an id and makes sure its backend is configured. Throws INVALID_INPUT or NOT_FOUND with the place in the input. */
export const parseTarget = (context: GatewayContext, kind: IdKind, text: string, path: readonly string[]): GlobalId =>
  at(path, () => {
    const id = parseIdOf(kind, text);
    context.backends.get(id.backend);
    return id;
  });

/** One object of a bulk verb: what was given, and what it names or why not. */
export interface BulkTarget {
  readonly given: string;
  readonly path: readonly string[];
  readonly id: GlobalId | undefined;
  readonly error: VigilError | undefined;
}

/** What bulk verbs take lists of. */
type BulkKind = 'job' | 'detector';

const parseBulkTarget = (context: GatewayContext, kind: BulkKind, given: string, index: number): BulkTarget => {
  const path = ['input', `${kind}Ids`, String(index)];
  try {
    return { given, path, id: parseTarget(context, kind, given, path), error: undefined };
  } catch (error) {
    return { given, path, id: undefined, error: asVigilError(error) };
  }
};

/** What is wrong with a list of ids as a whole. */
export const checkIds = (kind: BulkKind, ids: readonly string[]): readonly VigilError[] => {
  if (ids.length === 0) return [invalid(`The list is empty: name at least one ${kind}.`, `${kind}Ids`)];
  return ids.length > maxIds ? [invalid(`${ids.length} ${kind}s are too many for one request: at most ${maxIds}.`, `${kind}Ids`)] : [];
};

/** Each distinct id once, in the order given; one that is wrong is its own outcome and does not stop the others. */
export const parseBulk = (context: GatewayContext, kind: BulkKind, ids: readonly string[]): readonly BulkTarget[] => {
  const first = new Map<string, number>();
  for (const [index, id] of ids.entries()) if (!first.has(id)) first.set(id, index);
  return [...first].map(([id, index]) => parseBulkTarget(context, kind, id, index));
};

/** What is wrong with how closeJobs names its jobs. */
export const checkTargets = ({ jobIds, expression }: CloseJobsInput): readonly VigilError[] => {
  if (jobIds && expression) return [invalid('Give either `jobIds` or `expression`, not both.', 'expression')];
  if (jobIds) return checkIds('job', jobIds);
  return expression ? checkExpression(expression) : [invalid('Name the jobs with `jobIds` or `expression`.')];
};

const checkExpression = ({ expression, allowNoMatch, allowNoJobs }: JobExpressionInput): readonly VigilError[] => {
  if (expression.trim() === '') return [invalid('The expression is empty; all jobs are `_all`.', 'expression', 'expression')];
  const both = typeof allowNoMatch === 'boolean' && typeof allowNoJobs === 'boolean';
  if (!both || allowNoMatch === allowNoJobs) return [];
  return [
    invalid('`allowNoJobs` is the old name of `allowNoMatch`, and says the opposite here. Leave it out.', 'expression', 'allowNoJobs'),
  ];
};

/** Asks the vendor which jobs an expression names. Throws VigilError with the place in the input. */
export const expandedTargets = async (context: GatewayContext, input: JobExpressionInput): Promise<readonly BulkTarget[]> => {
  const path = ['input', 'expression'];
  const backend = parseTarget(context, 'backend', input.backendId, [...path, 'backendId']);
  const allowNoMatch = input.allowNoMatch ?? input.allowNoJobs;
  const expression = { expression: input.expression, ...(typeof allowNoMatch === 'boolean' ? { allowNoMatch } : {}) };
  const ids = await context.verbs.expand(backend.backend, expression, context.requestId).catch((cause: unknown) => {
    if (!isVigilError(cause)) throw cause;
    const { code, message, facts } = cause;
    throw new VigilError(code, message, { backend: backend.backend, ...facts, path: [...path, 'expression'], cause });
  });
  if (ids.length > maxExpanded) {
    throw new VigilError('INVALID_INPUT', `The expression names ${ids.length} jobs: at most ${maxExpanded} in one request. Narrow it.`, {
      path: [...path, 'expression'],
    });
  }
  return ids.map((id) => ({
    given: formatId('job', id.backend, id.native, id.incarnation),
    path: [...path, 'expression'],
    id,
    error: undefined,
  }));
};
