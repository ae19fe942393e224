import { similarWords } from '../elastic-rest/levenshtein.js';
import { tokenOf } from '../elastic-rest/token-of.js';
import type { Json } from '../json.js';
import { type BodyField, parseBodyFields } from './body-fields.js';
import { contentFailure, Failure, parseFailure } from './failures.js';
import { parseFlag, type RequestParams } from './request-params.js';
import { parseTimeValue, type TimeValue } from './time-value.js';

/** Fields an endpoint takes from the body if there is one, and from the query otherwise. */
export interface InputSpec {
  /** What the server calls the thing in messages about the body. */
  readonly parser: string;
  readonly fields: Readonly<Record<string, InputField>>;
  /** Unknown members of the body are ignored (open, start). */
  readonly lenient?: boolean;
}

/** One of these fields. */
export interface InputField {
  readonly kind: 'flag' | 'time' | 'text';
  /** The spelling to use instead; using this one is answered with a warning. */
  readonly replacedBy?: string;
}

/** The values given. */
export interface Input {
  flag(name: string, fallback: boolean): boolean;
  time(name: string, fallback: TimeValue): TimeValue;
  text(name: string): string | undefined;
}

type Value = boolean | TimeValue | string;

function convert(field: BodyField, kind: InputField['kind'], parser: string): Value {
  const { value } = field;
  const unfit = () => contentFailure(`[${field.valuePlace}] [${parser}] ${field.key} doesn't support values of type: ${tokenOf(value)}`);
  try {
    if (kind === 'flag') {
      if (typeof value === 'boolean') return value;
      if (typeof value === 'string') return parseFlag(value);
      throw unfit();
    }
    if (typeof value === 'string') return kind === 'time' ? parseTimeValue(field.key, value) : value;
    if (typeof value === 'number' && kind === 'text') return String(value);
    throw unfit();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.failure.type !== 'illegal_argument_exception') throw cause;
    throw contentFailure(`[${field.valuePlace}] [${parser}] failed to parse field [${field.key}]`, cause.failure);
  }
}

/** The refusal of a member that a parser does not know, with what it may have meant. */
function unknownField(field: BodyField, parser: string, known: Iterable<string>): Failure {
  const similar = similarWords(field.key, known);
  const hint = similar.length === 0 ? '' : ` did you mean ${similar.length === 1 ? `[${similar[0]}]` : `any of [${similar.join(', ')}]`}?`;
  return contentFailure(`[${field.keyPlace}] [${parser}] unknown field [${field.key}]${hint}`);
}

function readBody(spec: InputSpec, body: string, warn: (text: string) => void): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  for (const field of parseBodyFields(spec.parser, body)) {
    const known = spec.fields[field.key];
    if (known === undefined && spec.lenient === true) continue;
    if (known === undefined) throw unknownField(field, spec.parser, Object.keys(spec.fields));
    const { replacedBy } = known;
    if (replacedBy !== undefined) {
      warn(`[${spec.parser}][${field.valuePlace}] Deprecated field [${field.key}] used, expected [${replacedBy}] instead`);
    }
    values.set(replacedBy ?? field.key, convert(field, known.kind, spec.parser));
  }
  return values;
}

function readQuery(spec: InputSpec, params: RequestParams, warn: (text: string) => void): ReadonlyMap<string, Value> {
  const values = new Map<string, Value>();
  // Deprecated spellings first: where both are sent, the new one wins (7.10).
  const ordered = Object.entries(spec.fields).sort(
    ([, left], [, right]) => Number(right.replacedBy !== undefined) - Number(left.replacedBy !== undefined),
  );
  for (const [name, { kind, replacedBy }] of ordered) {
    if (!params.has(name)) continue;
    const text = params.text(name) ?? '';
    if (replacedBy !== undefined) warn(`Deprecated field [${name}] used, expected [${replacedBy}] instead`);
    values.set(replacedBy ?? name, kind === 'flag' ? parseFlag(text) : kind === 'time' ? parseTimeValue(name, text) : text);
  }
  return values;
}

/** Reads the fields; with a body the query stays unread, and so is refused if it holds any. */
export function readInput(spec: InputSpec, body: string, params: RequestParams, warn: (text: string) => void): Input {
  const values = body === '' ? readQuery(spec, params, warn) : readBody(spec, body, warn);
  return {
    flag(name, fallback) {
      const value = values.get(name);
      return typeof value === 'boolean' ? value : fallback;
    },
    time(name, fallback) {
      const value = values.get(name);
      return typeof value === 'object' ? value : fallback;
    },
    text(name) {
      const value = values.get(name);
      return typeof value === 'string' ? value : undefined;
    },
  };
}

/** The members of a body as they are, for endpoints that keep them; a body there has to be, and members nobody knows are refused. */
export function plainMembers(parser: string, body: string, known: readonly string[]): Readonly<Record<string, Json>> {
  if (body === '') throw parseFailure('request body is required');
  const fields = parseBodyFields(parser, body);
  const unknown = fields.find(({ key }) => !known.includes(key));
  if (unknown !== undefined) throw unknownField(unknown, parser, known);
  return Object.fromEntries(fields.map(({ key, value }) => [key, value]));
}
