import { SearchFailure } from './search/search-failure.js';

const fail = (type: string) => (status: number, reason: string) => new SearchFailure(status, { type, reason });

/** `OpenSearchStatusException`: what anomaly detection refuses. */
export const statusFailure = fail('status_exception');
export const illegalState = (reason: string): SearchFailure => fail('illegal_state_exception')(500, reason);
export const parseFailure = (reason: string): SearchFailure => fail('parse_exception')(400, reason);
export const internalFailure = (reason: string): SearchFailure => fail('internal_failure')(500, reason);
export const requestInvalid = (reason: string): SearchFailure =>
  fail('action_request_validation_exception')(400, `Validation Failed: 1: ${reason};`);

/** A configuration that anomaly detection cannot parse: a 500, whatever is wrong with it (2.11, 2.19). */
export const invalidConfig = (type: string, reason: string): SearchFailure => fail(type)(500, reason);
