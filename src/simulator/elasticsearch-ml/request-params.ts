import { type RequestParams as Params, readFlag, readRequestParams } from '../elastic-rest/request-params.js';
import { type Failure, illegalArgument } from './failures.js';
import { parseTimeValue, type TimeValue } from './time-value.js';

/** Parameters of a request, with those that are durations. */
export interface RequestParams extends Params<Failure> {
  time(name: string, fallback: TimeValue): TimeValue;
}

/** Reads `true` and `false`; an empty value counts as true. */
export const parseFlag = (value: string): boolean => readFlag(value, illegalArgument);

export function createRequestParams(query: URLSearchParams, pathParams: Readonly<Record<string, string>>): RequestParams {
  const params = readRequestParams(query, pathParams, illegalArgument);
  return {
    ...params,
    time(name, fallback) {
      const value = params.text(name);
      return value === undefined ? fallback : parseTimeValue(name, value);
    },
  };
}
