/** The client of a Vigil gateway: for front ends, scripts and the command line alike. Runs in browsers and in Node. */
export * from './client.js';
export { type AnsweredError, type ClientErrorCode, type ConnectionCode, VigilClientError } from './errors.js';
export * from './generated/operations.js';
export type { FetchLike } from './http-door.js';
export * from './list-page.js';
export { applyListStep, createListState, type Listed, type ListState, type ListUpdate } from './list-step.js';
export type { ConnectionState } from './live-door.js';
export { type ResumableOptions, resumable } from './resumable.js';
