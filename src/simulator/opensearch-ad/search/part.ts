import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { SearchFailure } from './search-failure.js';

/** Where a token stands in a body; both count from 1. */
interface Position {
  readonly line: number;
  readonly col: number;
}

/** Which token of a member: its name, the start of its value, or the end of it. */
type Point = 'name' | 'value' | 'end';

/** A part of a body that knows where it stands, since refusals say it. */
export interface Part {
  readonly value: Json;
  readonly name: string;
  at(key: string | number): Part;
  position(point: Point): Position;
  /** The value exactly as sent, which numbers may not survive being read. */
  raw(): string;
}

interface Member {
  readonly key: string | number;
  readonly name: number;
  readonly value: number;
}

const skipSpace = (text: string, at: number) => at + (/^[\s,:]*/.exec(text.slice(at, at + 4096))?.[0].length ?? 0);

function skipString(text: string, at: number): number {
  let end = at + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end + 1;
}

function skipValue(text: string, at: number): number {
  if (text[at] === '"') return skipString(text, at);
  if (text[at] !== '{' && text[at] !== '[') return at + (/^[^\s,\]}]*/.exec(text.slice(at, at + 4096))?.[0].length ?? 0);
  let depth = 0;
  let end = at;
  do {
    const character = text[end];
    if (character === '{' || character === '[') depth += 1;
    if (character === '}' || character === ']') depth -= 1;
    end = character === '"' ? skipString(text, end) : end + 1;
  } while (depth > 0 && end < text.length);
  return end;
}

/** The members of the object or list that begins at an offset. */
function membersAt(text: string, start: number): readonly Member[] {
  const list = text[start] === '[';
  const members: Member[] = [];
  let at = skipSpace(text, start + 1);
  while (at < text.length && text[at] !== ']' && text[at] !== '}') {
    const name = at;
    const afterName = list ? at : skipString(text, at);
    const value = list ? at : skipSpace(text, afterName);
    members.push({ key: list ? members.length : String(JSON.parse(text.slice(name, afterName))), name, value });
    at = skipSpace(text, skipValue(text, value));
  }
  return members;
}

function offsetsOf(text: string, path: readonly (string | number)[]): Readonly<Record<Point, number>> {
  let value = skipSpace(text, 0);
  let name = value;
  for (const step of path) {
    const member = membersAt(text, value).find(({ key }) => key === step);
    if (member === undefined) break;
    ({ name, value } = member);
  }
  return { name, value, end: skipValue(text, value) - 1 };
}

function positionOf(text: string, path: readonly (string | number)[], point: Point): Position {
  const before = text.slice(0, offsetsOf(text, path)[point]).split('\n');
  return { line: before.length, col: (before.at(-1)?.length ?? 0) + 1 };
}

/** A body as a whole; without the text it came as, that of a client that sends no spaces. */
export function wholeBody(body: JsonObject, text: string = JSON.stringify(body)): Part {
  const partAt = (value: Json, path: readonly (string | number)[]): Part => ({
    value,
    name: String(path.at(-1) ?? ''),
    at: (key) => partAt((isJsonObject(value) ? value[key] : Array.isArray(value) ? value[Number(key)] : null) ?? null, [...path, key]),
    position: (point) => positionOf(text, path, point),
    raw() {
      const { value: start, end } = offsetsOf(text, path);
      return text.slice(start, end + 1);
    },
  });
  return partAt(body, []);
}

/** The members of an object, or none. */
export const membersOf = (part: Part): readonly Part[] =>
  isJsonObject(part.value) ? Object.keys(part.value).map((key) => part.at(key)) : [];

/** The members of a list, or the one thing that stands for a list. */
export const itemsOf = (part: Part): readonly Part[] => (Array.isArray(part.value) ? part.value.map((_, index) => part.at(index)) : [part]);

/** `parsing_exception`: what a hand-written parser of the server says. */
export const parsing = (reason: string, part: Part, point: Point = 'value'): SearchFailure =>
  new SearchFailure(400, { type: 'parsing_exception', reason, extra: { ...part.position(point) } });

/** A place as texts name it. */
export const placeOf = (part: Part, point: Point): string => {
  const { line, col } = part.position(point);
  return `[${line}:${col}]`;
};

/** A name that nothing is registered under: a query, an aggregation. */
export function unknownName(what: string, part: Part): SearchFailure {
  const causedBy = { type: 'named_object_not_found_exception', reason: `${placeOf(part, 'value')} unknown field [${part.name}]` };
  return new SearchFailure(400, {
    type: 'parsing_exception',
    reason: `${what} [${part.name}]`,
    extra: { ...part.position('value') },
    causedBy,
  });
}

/** What the server's declared parsers say of a field they do not know. */
const unknownField = (parser: string, part: Part): SearchFailure =>
  new SearchFailure(400, {
    type: 'x_content_parse_exception',
    reason: `${placeOf(part, 'name')} [${parser}] unknown field [${part.name}]`,
  });

/** Runs what reads a field of a declared parser, whose refusals such a parser wraps. */
export function withinField<T>(parser: string, part: Part, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof SearchFailure)) throw cause;
    const { failure } = cause;
    const place = typeof failure.extra?.col === 'number' ? `[${failure.extra.line}:${failure.extra.col}]` : undefined;
    throw new SearchFailure(400, {
      type: 'x_content_parse_exception',
      reason: `${place ?? /\[\d+:\d+\]/.exec(failure.reason)?.[0] ?? placeOf(part, 'value')} [${parser}] failed to parse field [${part.name}]`,
      causedBy: failure,
    });
  }
}

/** Refuses members that a declared parser does not know. */
export function onlyFields(parser: string, part: Part, known: readonly string[]): void {
  const unknown = membersOf(part).find(({ name }) => !known.includes(name));
  if (unknown !== undefined) throw unknownField(parser, unknown);
}

/** A query or an aggregation that the real server has and this one does not: said plainly rather than passed over. */
export const notSimulated = (what: string): SearchFailure =>
  new SearchFailure(501, { type: 'unsupported_operation_exception', reason: `this simulator does not have ${what}` });
