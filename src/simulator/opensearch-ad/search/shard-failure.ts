import type { JsonObject } from '../../json.js';
import { type Cause, causeJson, isOwnType, SearchFailure } from './search-failure.js';

/** Where a search runs, as failures name it. */
export interface ShardPlace {
  readonly index: string;
  readonly uuid: string;
  readonly node: string;
}

/** What one shard refuses, while others may answer. */
export class ShardFailure extends Error {
  override readonly name = 'ShardFailure';
  readonly status: number;
  readonly failure: Cause;
  readonly place: ShardPlace;

  constructor(place: ShardPlace, failure: Cause, status = 400) {
    super(failure.reason);
    this.status = status;
    this.failure = failure;
    this.place = place;
  }
}

/** A shard that refuses an argument. */
export const shardArgument = (place: ShardPlace, reason: string, causedBy?: Cause): ShardFailure =>
  new ShardFailure(place, { type: 'illegal_argument_exception', reason, ...(causedBy && { causedBy }) });

/** `query_shard_exception`: what cannot be done with the mapping of this index. */
export const queryShard = (place: ShardPlace, reason: string, causedBy?: Cause): ShardFailure =>
  new ShardFailure(place, {
    type: 'query_shard_exception',
    reason,
    extra: { index: place.index, index_uuid: place.uuid },
    ...(causedBy && { causedBy }),
  });

/** A query whose value does not fit the mapping. */
export const uncreatable = (place: ShardPlace, cause: Cause): ShardFailure =>
  queryShard(place, `failed to create query: ${cause.reason}`, cause);

/** A failed shard as responses list it. */
export const failedShardJson = ({ place, failure }: ShardFailure): JsonObject => ({
  shard: 0,
  index: place.index,
  node: place.node,
  reason: causeJson(failure),
});

/** What is answered when no shard could: of Java's own throwables the first is repeated as the cause of itself. */
export function allShardsFailed(failures: readonly ShardFailure[]): SearchFailure {
  const [first] = failures;
  const causedBy = first !== undefined && !isOwnType(first.failure) ? { ...first.failure, causedBy: first.failure } : undefined;
  const extra = { phase: 'query', grouped: true, failed_shards: failures.map(failedShardJson) };
  return new SearchFailure(
    Math.max(...failures.map(({ status }) => status)),
    { type: 'search_phase_execution_exception', reason: 'all shards failed', extra, ...(causedBy && { causedBy }) },
    failures.map(({ failure }) => failure),
  );
}
