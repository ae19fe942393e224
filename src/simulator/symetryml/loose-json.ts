import { isJsonObject, type Json } from '../json.js';

/** Characters Gson escapes for HTML; samples have `\u003d` and `\u003c`. */
const escaped = /[<>&='\u2028\u2029]/g;
const spellOut = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

const writeString = (text: string) => JSON.stringify(text).replace(escaped, spellOut);

/** JSON as the server writes it: `Infinity`, `-Infinity` and `NaN` bare, which strict parsers refuse (JSON API Objects, 5.0 and later). */
export function writeLoose(value: Json): string {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (typeof value === 'string') return writeString(value);
  if (Array.isArray(value)) return `[${value.map((one: Json) => writeLoose(one)).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).flatMap(([key, member]) =>
    member === undefined ? [] : [`${writeString(key)}:${writeLoose(member)}`],
  );
  return `{${members.join(',')}}`;
}
