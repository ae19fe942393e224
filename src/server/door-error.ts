import type { GraphQLFormattedError } from 'graphql';
import { type ErrorCode, errorCatalogue, errorCodes } from '../errors.js';

/** An error of the door itself, in the shape every other error has. */
export const doorError = (code: ErrorCode, message: string, requestId: string): GraphQLFormattedError => ({
  message,
  extensions: { code, retryable: errorCatalogue[code].retryable, requestId },
});

/** Errors found before there was a context do not know which request they belong to. */
export const withRequestId = (errors: readonly GraphQLFormattedError[], requestId: string): readonly GraphQLFormattedError[] =>
  errors.map((error) => {
    const { message, locations, path, extensions } = error;
    if (extensions?.requestId !== undefined) return error;
    return { message, ...(locations && { locations }), ...(path && { path }), extensions: { ...extensions, requestId } };
  });

const catalogued: ReadonlySet<unknown> = new Set(errorCodes);
export const hasCatalogueCode = (error: GraphQLFormattedError): boolean => catalogued.has(error.extensions?.code);
