import type { Json } from '../json.js';

/** What the server's parser calls the token a value starts with. */
export function tokenOf(value: Json): string {
  if (value === null) return 'VALUE_NULL';
  switch (typeof value) {
    case 'string':
      return 'VALUE_STRING';
    case 'number':
      return 'VALUE_NUMBER';
    case 'boolean':
      return 'VALUE_BOOLEAN';
    default:
      return Array.isArray(value) ? 'START_ARRAY' : 'START_OBJECT';
  }
}
