import { tokenOf } from '../elastic-rest/token-of.js';
import type { Json, JsonObject } from '../json.js';
import { isJsonObject, parseJson } from '../json.js';
import { type Cause, contentFailure } from './failures.js';

/** A member of the outermost object of a body, with the places the server names in its messages. */
export interface BodyField {
  readonly key: string;
  readonly keyPlace: string;
  readonly value: Json;
  readonly valuePlace: string;
  /** Where the last character of the value stands. */
  readonly endPlace: string;
}

/** `line:column` of an offset, both from 1. */
function placeOf(text: string, offset: number): string {
  const before = text.slice(0, offset).split('\n');
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`;
}

function skipString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function skipValue(text: string, start: number): number {
  let depth = 0;
  let at = start;
  while (at < text.length) {
    const character = text[at] ?? '';
    if (character === '"') at = skipString(text, at) - 1;
    else if ('{['.includes(character)) depth += 1;
    else if (depth === 0 && ',}'.includes(character)) return at;
    else if ('}]'.includes(character)) depth -= 1;
    at += 1;
  }
  return at;
}

const skipTo = (text: string, from: number, wanted: RegExp): number => {
  let at = from;
  while (at < text.length && !wanted.test(text[at] ?? '')) at += 1;
  return at;
};

/** Why a body is no JSON, the way Jackson says it of what stands where the first name should. */
function brokenJson(text: string): Cause {
  const at = skipTo(text, text.indexOf('{') + 1, /\S/);
  const found = text[at] ?? '';
  const [line, column] = placeOf(text, at + 1).split(':');
  const source = '(org.elasticsearch.common.bytes.AbstractBytesReference$MarkSupportingStreamInputWrapper)';
  const where = `\n at [Source: ${source}; line: ${line}, column: ${column}]`;
  const expected = found === '"' ? 'something else' : 'double-quote to start field name';
  return {
    type: 'json_parse_exception',
    reason: `Unexpected character ('${found}' (code ${found.codePointAt(0) ?? -1})): was expecting ${expected}${where}`,
  };
}

/** Parses a body that has to be an object; `parser` is the name that the server's messages give the thing. */
export function parseBody(parser: string, text: string): JsonObject {
  const json = parseJson(text);
  if (json === undefined) throw contentFailure(`[1:1] [${parser}] failed to parse object`, brokenJson(text));
  if (!isJsonObject(json)) throw contentFailure(`[1:1] [${parser}] Expected START_OBJECT but was: ${tokenOf(json)}`);
  return json;
}

/** The members of a body that has to be an object, in the order sent. */
export function parseBodyFields(parser: string, text: string): readonly BodyField[] {
  const json = parseBody(parser, text);
  const fields: BodyField[] = [];
  let at = skipTo(text, text.indexOf('{') + 1, /["}]/);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const key = parseJson(text.slice(at, keyEnd));
    const valueStart = skipTo(text, skipTo(text, keyEnd, /:/) + 1, /\S/);
    const valueEnd = skipValue(text, valueStart);
    if (typeof key === 'string') {
      const places = { keyPlace: placeOf(text, at), valuePlace: placeOf(text, valueStart), endPlace: placeOf(text, valueEnd - 1) };
      fields.push({ key, value: json[key] ?? null, ...places });
    }
    at = skipTo(text, valueEnd, /["}]/);
  }
  return fields;
}
