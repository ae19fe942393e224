import type { DocumentNode, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql';
import { GraphQLError, Kind, NoFragmentCyclesRule, NoSchemaIntrospectionCustomRule, parse, specifiedRules, validate } from 'graphql';
import { VigilError } from '../errors.js';
import { type CostFunction, compileCost } from './cost.js';
import { type CursorArgument, cursorArgumentOf } from './cursor-argument.js';
import { asInvalidInput } from './format-error.js';
import type { OperationLimits } from './limits.js';
import { fragmentsOf, limitFaults, measure, rootFieldsOf } from './measure.js';

/** Errors reported of one document; the rest would only cost time. */
const maxErrors = 10;

/** A document that may run, with all that does not depend on variables. */
export interface PreparedOperation {
  readonly ok: true;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly kind: OperationTypeNode;
  readonly operationName: string | null;
  /** Distinct names of root fields, in order of the document. */
  readonly rootFields: readonly string[];
  readonly cost: CostFunction;
  /** Of a subscription only. */
  readonly cursor: CursorArgument | undefined;
}

/** A document that may not run, whatever its variables. */
export interface RejectedOperation {
  readonly ok: false;
  readonly errors: readonly GraphQLError[];
}

/** What documents are judged by. */
export interface PrepareOptions {
  readonly schema: GraphQLSchema;
  readonly limits: OperationLimits;
  /** Off: `__schema` and `__type` are refused, and errors suggest no names. */
  readonly introspection: boolean;
}

const rejected = (errors: readonly GraphQLError[]): RejectedOperation => ({ ok: false, errors });
const refusal = (message: string): GraphQLError => asInvalidInput(new GraphQLError(message));

/** graphql-js aborts in these words, 16.6 to 16.15. In others its own message is shown, which says the same less clearly. */
const tokenLimitWords = /Document contains more tha[nt] \d+ tokens/;

const parseWithin = (query: string, maxTokens: number): DocumentNode | RejectedOperation => {
  try {
    return parse(query, { maxTokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (!tokenLimitWords.test(error.message)) return rejected([asInvalidInput(error)]);
    return rejected([refusal(`The document has more tokens than the ${maxTokens} that limits.maxTokens allows.`)]);
  }
};

const operationOf = (document: DocumentNode, name: string | null): OperationDefinitionNode | RejectedOperation => {
  const all = document.definitions.filter((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION);
  const [only, ...others] = name === null ? all : all.filter((each) => each.name?.value === name);
  if (only === undefined)
    return rejected([refusal(name === null ? 'The document has no operation.' : `The document has no operation called "${name}".`)]);
  if (others.length > 0) return rejected([refusal('The document has several operations: say in operationName which one to run.')]);
  return only;
};

/** graphql-js 16.15 gives up comparing fields of the same name after a budget of its own, without saying what for. */
const explained = (error: GraphQLError): GraphQLError =>
  error.message === 'Validation aborted.'
    ? refusal('The document repeats fields too often to compare them with each other. Ask for each field once.')
    : asInvalidInput(error);

/** Everything about a document that does not depend on variables. `operationName` null or empty: the only one. */
const judge = (
  query: string,
  operationName: string | null,
  { schema, limits, introspection }: PrepareOptions,
): PreparedOperation | RejectedOperation => {
  const document = parseWithin(query, limits.maxTokens);
  if ('ok' in document) return document;

  const options = { hideSuggestions: !introspection, maxErrors };
  // Cycles first, for the walks below follow fragments; limits second, so that the expensive rules never see a document beyond them.
  const cycles = validate(schema, document, [NoFragmentCyclesRule], options);
  if (cycles.length > 0) return rejected(cycles.map(explained));
  const beyond = limitFaults(measure(document), limits);
  if (beyond.length > 0) return rejected(beyond.map((fault) => new GraphQLError(fault.message, { originalError: fault })));
  const rules = introspection ? specifiedRules : [...specifiedRules, NoSchemaIntrospectionCustomRule];
  const invalid = validate(schema, document, rules, options);
  if (invalid.length > 0) return rejected(invalid.map(explained));

  const operation = operationOf(document, operationName);
  if ('ok' in operation) return operation;
  const fragments = fragmentsOf(document);
  return {
    ok: true,
    document,
    operation,
    kind: operation.operation,
    operationName: operation.name?.value ?? null,
    rootFields: [...new Set(rootFieldsOf(operation.selectionSet, fragments).values())],
    cost: compileCost(schema, fragments, operation),
    cursor: operation.operation === 'subscription' ? cursorArgumentOf(document, operation.selectionSet, fragments) : undefined,
  };
};

/** Parses, validates and measures one document. Never throws for what a client can send. */
export const prepare = (query: string, operationName: string | null, options: PrepareOptions): PreparedOperation | RejectedOperation => {
  try {
    return judge(query, operationName, options);
  } catch (error) {
    // Thousands of nested brackets within the token limit exhaust the stack of a recursive parser.
    if (!(error instanceof RangeError)) throw error;
    const fault = new VigilError(
      'INVALID_INPUT',
      `The document nests deeper than can be read; limits.maxDepth allows ${options.limits.maxDepth}.`,
      { cause: error },
    );
    return rejected([new GraphQLError(fault.message, { originalError: fault })]);
  }
};
