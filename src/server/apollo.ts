import { ApolloServer, type ApolloServerOptionsWithGateway, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type DocumentNode, type ExecutionResult, GraphQLError, Kind, type OperationTypeNode, parse } from 'graphql';
import type { Logger } from 'pino';
import { asVigilError, errorCatalogue } from '../errors.js';
import type { Executor } from '../execution/executor.js';
import { admit } from './admission.js';
import { createErrorTranslator } from './apollo-errors.js';
import { doorError, withRequestId } from './door-error.js';
import { type HttpOperation, refusalOf } from './http-operation.js';
import type { ServerDependencies } from './options.js';

/** Context value of Apollo's own pipeline. Apollo copies it, so what changes is one level down. */
export interface DoorContext {
  readonly operation: HttpOperation;
}

type Gateway = ApolloServerOptionsWithGateway<DoorContext>['gateway'];
type GatewayExecutor = NonNullable<Awaited<ReturnType<Gateway['load']>>['executor']>;

/** Stands where Apollo wants a document, when the one sent must not be parsed. */
const unparsed = parse('{ __typename }', { noLocation: true });

/**
 * Stands for a document that was admitted: Apollo looks for its operation and whether that is a query, a mutation or a subscription. The executor alone knows
 * the real one, so that it is parsed and validated once, limits first.
 */
const outlineOf = (operation: OperationTypeNode, name: string | null | undefined): DocumentNode => ({
  kind: Kind.DOCUMENT,
  definitions: [
    {
      kind: Kind.OPERATION_DEFINITION,
      operation,
      ...(typeof name === 'string' && { name: { kind: Kind.NAME, value: name } }),
      selectionSet: { kind: Kind.SELECTION_SET, selections: [] },
    },
  ],
});

/**
 * Apollo skips its own parsing and validation when a document is there already (requestPipeline.js, Apollo Server 5.5): the executor has done both,
 * with the limits first, and a refused document is never looked at again. The refusal itself takes Apollo's ordinary way of errors.
 */
const createHooks = (executor: Executor): ApolloServerPlugin<DoorContext> => ({
  requestDidStart: async ({ contextValue: { operation } }) => ({
    didResolveSource: async (context) => {
      const { operationName, variables } = context.request;
      const admission = admit(executor, { query: context.source, operationName, variables }, operation.requestId);
      operation.admission = admission;
      Object.assign(context, { document: admission.ok ? outlineOf(admission.kind, operationName) : unparsed });
    },
    didResolveOperation: async () => {
      if (refusalOf(operation) === undefined) return;
      throw new GraphQLError('Refused.', { extensions: { code: 'INVALID_INPUT', http: { status: 400 } } });
    },
    willSendResponse: async ({ response: { body, http } }) => {
      if (body.kind !== 'single') return;
      const errors = refusalOf(operation) ?? body.singleResult.errors;
      operation.answered = true;
      if (errors === undefined) return;
      operation.failed = true;
      const nothingRan = operation.admission !== undefined && body.singleResult.data === undefined;
      const ourFault = errors.some((error) => error.extensions?.code === 'INTERNAL');
      if (nothingRan && ourFault) http.status = errorCatalogue.INTERNAL.httpStatus;
      operation.requestError = nothingRan && !ourFault;
      body.singleResult = { ...body.singleResult, errors: withRequestId(errors, operation.requestId) };
    },
  }),
});

const createGatewayExecutor =
  (executor: Executor, createContext: ServerDependencies['createContext'], logger: Logger): GatewayExecutor =>
  async ({ source, request: { operationName, variables }, context }): Promise<ExecutionResult> => {
    const { operation }: DoorContext = { operation: context.operation };
    const { requestId, actor, controller } = operation;
    try {
      return await executor.execute(
        { query: source, operationName, variables },
        createContext({ requestId, actor, signal: controller.signal }),
      );
    } catch (error) {
      logger.error({ err: error, requestId }, 'the executor threw');
      const { message, extensions } = doorError('INTERNAL', asVigilError(error).message, requestId);
      return { errors: [new GraphQLError(message, { extensions: extensions ?? {} })] };
    }
  };

/** Apollo Server, started: the truth for what HTTP means to GraphQL. Every operation runs through the executor. */
export const createApollo = async ({
  executor,
  createContext,
  logger,
}: Pick<ServerDependencies, 'executor' | 'createContext' | 'logger'>): Promise<ApolloServer<DoorContext>> => {
  let announce: Parameters<Gateway['onSchemaLoadOrUpdate']>[0] | undefined;
  const gateway: Gateway = {
    onSchemaLoadOrUpdate: (listener) => {
      announce = listener;
      return () => {
        announce = undefined;
      };
    },
    load: async () => {
      announce?.({ apiSchema: executor.schema, coreSupergraphSdl: '' });
      return { executor: createGatewayExecutor(executor, createContext, logger) };
    },
    stop: async () => {
      announce = undefined;
    },
  };
  const apollo = new ApolloServer<DoorContext>({
    gateway,
    logger: logger.child({ component: 'apollo' }),
    // What Apollo does must not depend on NODE_ENV.
    nodeEnv: 'production',
    introspection: true,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    // 30 MiB, least recently used first: holds persisted queries only.
    cache: 'bounded',
    documentStore: null,
    formatError: createErrorTranslator(logger),
    plugins: [
      createHooks(executor),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await apollo.start();
  return apollo;
};
