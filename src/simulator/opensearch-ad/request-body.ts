import { isJsonObject, type JsonObject, parseJson } from '../json.js';
import type { Dialect } from './dialect.js';
import { parseFailure } from './failures.js';
import type { Call } from './routes.js';
import { SearchFailure } from './search/search-failure.js';

/** What Jackson says about text that stops too early, and about other text that is not JSON. */
function notJson(dialect: Dialect, text: string): SearchFailure {
  const at = (column: number) => `[Source: ${dialect.jsonSource}; line: 1, column: ${column}]`;
  const unclosed = /^\s*\{/.test(text) && text.split('{').length > text.split('}').length;
  const [type, reason] = unclosed
    ? [
        'json_e_o_f_exception',
        `Unexpected end-of-input: expected close marker for Object (start marker at ${at(text.indexOf('{') + 1)})\n at ${at(text.length + 1)}`,
      ]
    : [
        'json_parse_exception',
        `Unrecognized token: was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at ${at(1)}`,
      ];
  return new SearchFailure(400, { type, reason });
}

/** The JSON object of a body. */
export function parseBody(dialect: Dialect, text: string): JsonObject {
  const value = parseJson(text);
  if (value === undefined) throw notJson(dialect, text);
  if (!isJsonObject(value)) throw parseFailure(`Failed to parse object: expecting token of type [START_OBJECT] but found [VALUE_STRING]`);
  return value;
}

/** A body that has to be there. */
export function requireBody(dialect: Dialect, call: Call): JsonObject {
  if (call.body === '') throw parseFailure('request body is required');
  return parseBody(dialect, call.body);
}

/** A body, or what stands in for it in the query (RestRequest.contentOrSourceParamParser). */
export function bodyOrSource(dialect: Dialect, call: Call): JsonObject {
  const text = call.body === '' ? call.params.text('source') : call.body;
  if (text === undefined || text === '') throw parseFailure('request body or source parameter is required');
  return parseBody(dialect, text);
}
