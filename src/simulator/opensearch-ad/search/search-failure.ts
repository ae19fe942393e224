import type { JsonObject } from '../../json.js';

/** One throwable as the server prints it. */
export interface Cause {
  readonly type: string;
  readonly reason: string;
  /** Printed after type and reason: `line` and `col`, `index`, `phase`. */
  readonly extra?: JsonObject;
  readonly causedBy?: Cause;
}

/** A throwable as JSON, without the envelope: so it stands in a failed shard, or in a task's result. */
export const causeJson = ({ type, reason, extra, causedBy }: Cause): JsonObject => ({
  type,
  reason,
  ...extra,
  ...(causedBy && { caused_by: causeJson(causedBy) }),
});

/** Types that are not the server's own but Java's: they are looked at less closely. */
const javaTypes: readonly string[] = [
  'illegal_argument_exception',
  'illegal_state_exception',
  'number_format_exception',
  'null_pointer_exception',
];

/** Whether a throwable is one of the server's own types. */
export const isOwnType = ({ type }: Cause): boolean => !javaTypes.includes(type);

/** The innermost of nested parse failures, as long as those are of the server's own types. */
function rootOf(failure: Cause): Cause {
  const { type, causedBy } = failure;
  return type === 'x_content_parse_exception' && causedBy !== undefined && isOwnType(causedBy) ? rootOf(causedBy) : failure;
}

/** The error envelope; a root cause is printed without what caused it. */
function envelope(status: number, failure: Cause, rootCauses: readonly Cause[]): JsonObject {
  const roots = rootCauses.map(({ type, reason, extra }) => causeJson({ type, reason, ...(extra && { extra }) }));
  return { error: { root_cause: roots, ...causeJson(failure) }, status };
}

/** A request the server refuses: the status it answers, and its error envelope. */
export class SearchFailure extends Error {
  override readonly name = 'SearchFailure';
  readonly status: number;
  readonly failure: Cause;
  readonly body: JsonObject;

  constructor(status: number, failure: Cause, rootCauses: readonly Cause[] = [rootOf(failure)]) {
    super(failure.reason);
    this.status = status;
    this.failure = failure;
    this.body = envelope(status, failure, rootCauses);
  }
}

/** No index by this name; how the name was read decides `resource.type`. */
export const missingIndex = (name: string, kind: 'index_or_alias' | 'index_expression' = 'index_or_alias'): SearchFailure =>
  new SearchFailure(404, {
    type: 'index_not_found_exception',
    reason: `no such index [${name}]`,
    extra: { index: name, 'resource.id': name, 'resource.type': kind, index_uuid: '_na_' },
  });

/** The refusal of an argument. */
export const illegalArgument = (reason: string): SearchFailure => new SearchFailure(400, { type: 'illegal_argument_exception', reason });
