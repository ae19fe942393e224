import { buildSchema, type ExecutionResult, type GraphQLSchema, isObjectType } from 'graphql';
import { pino } from 'pino';
import { createExecutor, type Executor, type OperationFacts, type OperationLimits } from '../../../src/execution/index.js';

const limits: OperationLimits = { maxDepth: 8, maxAliases: 10, maxTokens: 2000, maxRootFields: 4, maxCost: 1000 };

const sdl = `
  type Query {
    hello(name: String = "world", loud: Boolean! = false): String
    job(id: ID!): Job
    jobs(first: Int = 50, filter: JobFilter): JobConnection!
    nodes(ids: [ID!]!): [Job]!
    fail: String
    strict: String!
    row: [Job!]
  }
  type Mutation { closeJobs(input: CloseJobsInput!): Payload!  closeJob(id: ID!): Job }
  type Subscription { ticks(upTo: Int, filter: JobFilter): Tick! }
  type Tick { number: Int!  context: String  job: Job }
  input JobFilter { text: String  words: [String!]  ids: [ID!]  tasks: [ID!]  any: [JobFilter!]  not: JobFilter }
  scalar JSON
  input CloseJobsInput { jobIds: [ID!]  expression: String }
  type Payload { results: [Job!]! }
  type JobConnection { edges: [Edge!]!  totalCount: Int }
  type Edge { node: Job! }
  type Job { id: ID!  raw: JSON  name: String  broken: String  parent: Job  tasks(first: Int = 10): [Job!]! }
`;

/** A resolver as the tests write them. */
export type Resolver = (source: unknown, args: Record<string, unknown>, context: { readonly requestId: string }) => unknown;

/** A schema whose fields answer as told: `{ 'Query.hello': () => … }`. A subscription field gives its source under `Subscription.ticks`. */
export const schemaWith = (resolvers: Readonly<Record<string, Resolver>> = {}): GraphQLSchema => {
  const schema = buildSchema(sdl);
  for (const [coordinate, resolver] of Object.entries(resolvers)) {
    const [typeName = '', fieldName = ''] = coordinate.split('.');
    const type = schema.getType(typeName);
    const field = isObjectType(type) ? type.getFields()[fieldName] : undefined;
    if (!field) throw new TypeError(`the test schema has no ${coordinate}`);
    if (typeName === 'Subscription') {
      field.subscribe = resolver;
      field.resolve = (event) => event;
    } else field.resolve = resolver;
  }
  return schema;
};

/** An executor over the test schema, with what it logged and reported, and contexts numbered from 1. */
export const harness = (
  resolvers: Readonly<Record<string, Resolver>> = {},
  options: {
    readonly limits?: Partial<OperationLimits>;
    readonly introspection?: boolean;
    readonly onOperation?: (facts: OperationFacts) => void;
  } = {},
) => {
  const lines: string[] = [];
  const facts: OperationFacts[] = [];
  const executor: Executor = createExecutor({
    schema: schemaWith(resolvers),
    limits: { ...limits, ...options.limits },
    introspection: options.introspection ?? true,
    logger: pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) }),
    onOperation: options.onOperation ?? ((each) => void facts.push(each)),
  });
  let contexts = 0;
  const createContext = () => {
    contexts += 1;
    return { requestId: `req-${contexts}` };
  };
  return {
    executor,
    facts,
    logged: () => lines.join(''),
    contexts: () => contexts,
    createContext,
    run: (query: string, variables?: Record<string, unknown>, operationName?: string) =>
      executor.execute({ query, variables, operationName }, createContext),
    subscribe: (query: string, variables?: Record<string, unknown>) => executor.subscribe({ query, variables }, createContext),
  };
};

/** What a client would see. */
export const seen = (result: ExecutionResult): ExecutionResult => JSON.parse(JSON.stringify(result));

export const codes = (result: ExecutionResult): readonly unknown[] => (result.errors ?? []).map((error) => error.extensions.code);
export const messages = (result: ExecutionResult): readonly string[] => (result.errors ?? []).map((error) => error.message);

export const isStream = (
  result: AsyncIterableIterator<ExecutionResult> | ExecutionResult,
): result is AsyncIterableIterator<ExecutionResult> => Symbol.asyncIterator in result;
