import { isJsonObject, type JsonObject } from '../../json.js';
import type { Field, Fields } from './fields.js';

const withKeyword: JsonObject = { type: 'text', fields: { keyword: { type: 'keyword', ignore_above: 256 } } };

const learnedJson = ({ kind }: Field): JsonObject => (kind === 'text' ? withKeyword : { type: kind });

function put(properties: JsonObject, [step = '', ...rest]: readonly string[], definition: JsonObject): JsonObject {
  const known = properties[step];
  if (rest.length === 0) return { ...properties, [step]: definition };
  const inner = isJsonObject(known) ? known : {};
  const below = isJsonObject(inner.properties) ? inner.properties : {};
  return { ...properties, [step]: { ...inner, properties: put(below, rest, definition) } };
}

/** The mapping of an index as the server prints it: as it was created with, and what it learned since. */
export function mappingsJson(created: JsonObject = {}, fields: Fields): JsonObject {
  const start = isJsonObject(created.properties) ? created.properties : {};
  const properties = fields.learned().reduce((into, field) => put(into, field.name.split('.'), learnedJson(field)), start);
  return Object.keys(properties).length === 0 ? created : { ...created, properties };
}
