import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from 'pino';
import { asVigilError, errorCatalogue } from '../errors.js';
import { hasCatalogueCode } from './door-error.js';

const httpStatusOf = (error: unknown): number => {
  const http: unknown = error instanceof GraphQLError ? error.extensions.http : undefined;
  if (typeof http !== 'object' || http === null || !('status' in http)) return 500;
  return typeof http.status === 'number' ? http.status : 500;
};

/**
 * Apollo's `formatError`. What the executor formatted passes unchanged; Apollo's own refusals (body, CSRF, persisted queries, method) keep their words and
 * get a code of the catalogue; anything else is a fault whose text stays in the log. The words `PersistedQueryNotFound` are what clients wait for.
 */
export const createErrorTranslator =
  (logger: Logger) =>
  (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    if (hasCatalogueCode(formatted)) return formatted;
    if (httpStatusOf(error) < 500) {
      return {
        message: formatted.message.trim(),
        extensions: { code: 'INVALID_INPUT', retryable: errorCatalogue.INVALID_INPUT.retryable },
      };
    }
    logger.error({ err: error }, 'a request failed inside the HTTP door');
    return { message: asVigilError(error).message, extensions: { code: 'INTERNAL', retryable: errorCatalogue.INTERNAL.retryable } };
  };
