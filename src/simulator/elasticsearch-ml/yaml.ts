import { isJsonObject, type Json } from '../json.js';

const isLeaf = (value: Json): boolean =>
  typeof value !== 'object' || value === null || (Array.isArray(value) ? value.length === 0 : Object.keys(value).length === 0);

function lines(value: Json, indent: string): readonly string[] {
  if (isLeaf(value)) return [`${indent}${JSON.stringify(value)}`];
  if (Array.isArray(value)) {
    return value.flatMap((item: Json) => {
      const [first = '', ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (member === undefined) return [];
    if (isLeaf(member)) return [`${indent}${key}: ${JSON.stringify(member)}`];
    return [`${indent}${key}:`, ...lines(member, Array.isArray(member) ? indent : `${indent}  `)];
  });
}

/** A body the way the server writes YAML: every text quoted, lists no deeper than their name. */
export const toYaml = (value: Json): string => `---\n${lines(value, '').join('\n')}\n`;

/** A flat YAML object as JSON text; the server takes all of YAML, its users send one line. */
export const flatYamlToJson = (text: string): string =>
  JSON.stringify(
    Object.fromEntries(
      [...text.matchAll(/^(\w+):\s*(.*?)\s*$/gm)].map(([, key = '', value = '']) => [
        key,
        value === 'true' || value === 'false' ? value === 'true' : value,
      ]),
    ),
  );
