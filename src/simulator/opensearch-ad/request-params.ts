import { type RequestParams as Params, readRequestParams } from '../elastic-rest/request-params.js';
import { illegalArgument, type SearchFailure } from './search/search-failure.js';

export type RequestParams = Params<SearchFailure>;

export const createRequestParams = (query: URLSearchParams, pathParams: Readonly<Record<string, string>>): RequestParams =>
  readRequestParams(query, pathParams, illegalArgument);
