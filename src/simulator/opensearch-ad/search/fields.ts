import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { defaultFormat } from './dates.js';

/** How values of a field are kept. */
export type FieldKind = 'keyword' | 'text' | 'boolean' | 'date' | 'integer' | 'long' | 'float' | 'double';

/** A field that can be searched for. */
export interface Field {
  readonly name: string;
  readonly kind: FieldKind;
  /** Where its values stand in the object they are read from, step by step: `name` for `name.keyword`. */
  readonly steps: readonly string[];
  /** The innermost nested object it is part of. */
  readonly nested: string | undefined;
  readonly format: string;
  /** Longer values are not indexed. */
  readonly ignoreAbove: number;
}

/** The fields of an index: those of its mapping, and those it learned from documents. */
export interface Fields {
  get(name: string): Field | undefined;
  all(): Iterable<Field>;
  isNested(path: string): boolean;
  /** Those that came with documents. */
  learned(): readonly Field[];
  /** Maps what a document brings that is not mapped yet, where the mapping allows it. */
  learn(source: JsonObject): void;
}

const kinds: ReadonlyMap<string, FieldKind> = new Map<string, FieldKind>([
  ['keyword', 'keyword'],
  ['ip', 'keyword'],
  ['text', 'text'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['byte', 'integer'],
  ['short', 'integer'],
  ['integer', 'integer'],
  ['long', 'long'],
  ['half_float', 'float'],
  ['float', 'float'],
  ['double', 'double'],
  ['scaled_float', 'double'],
]);

/** What a string is taken for that is not mapped (date detection is on unless told otherwise). */
const looksLikeDate = /^\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?)?|\/\d\d\/\d\d)$/;

function kindOf(value: Json): FieldKind | undefined {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'number') return Number.isInteger(value) ? 'long' : 'float';
  if (typeof value !== 'string') return undefined;
  return looksLikeDate.test(value) ? 'date' : 'text';
}

interface Collected {
  readonly fields: Map<string, Field>;
  readonly nested: Set<string>;
  /** Objects that take no further members. */
  readonly closed: Set<string>;
}

function addField(
  into: Collected,
  name: string,
  kind: FieldKind,
  at: { path: string; nested: string | undefined },
  definition: JsonObject,
) {
  const { format, ignore_above: ignoreAbove } = definition;
  into.fields.set(name, {
    name,
    kind,
    steps: (at.nested === undefined ? at.path : at.path.slice(at.nested.length + 1)).split('.'),
    nested: at.nested,
    format: typeof format === 'string' ? format : defaultFormat,
    ignoreAbove: typeof ignoreAbove === 'number' ? ignoreAbove : Number.POSITIVE_INFINITY,
  });
}

function collect(into: Collected, properties: JsonObject, prefix: string, nested: string | undefined): void {
  for (const [key, definition] of Object.entries(properties)) {
    if (!isJsonObject(definition)) continue;
    const path = `${prefix}${key}`;
    const type = typeof definition.type === 'string' ? definition.type : 'object';
    const kind = kinds.get(type);
    if (kind !== undefined) {
      addField(into, path, kind, { path, nested }, definition);
      for (const [suffix, sub] of Object.entries(isJsonObject(definition.fields) ? definition.fields : {})) {
        const subKind = isJsonObject(sub) ? kinds.get(String(sub.type)) : undefined;
        if (isJsonObject(sub) && subKind !== undefined) addField(into, `${path}.${suffix}`, subKind, { path, nested }, sub);
      }
      continue;
    }
    if (definition.enabled === false || definition.dynamic === false || definition.dynamic === 'false') into.closed.add(path);
    if (type === 'nested') into.nested.add(path);
    const inner = isJsonObject(definition.properties) ? definition.properties : {};
    if (definition.enabled !== false) collect(into, inner, `${path}.`, type === 'nested' ? path : nested);
  }
}

/** The fields of a mapping; without one, everything is learned. */
export function createFields(mappings: JsonObject = {}): Fields {
  const into: Collected = { fields: new Map(), nested: new Set(), closed: new Set() };
  collect(into, isJsonObject(mappings.properties) ? mappings.properties : {}, '', undefined);
  const dynamic = mappings.dynamic === undefined || mappings.dynamic === true || mappings.dynamic === 'true';

  const learned: Field[] = [];

  const learnValue = (path: string, value: Json, nested: string | undefined): void => {
    if (into.fields.has(path) || into.closed.has(path)) return;
    if (Array.isArray(value)) {
      for (const item of value) learnValue(path, item, nested);
      return;
    }
    if (isJsonObject(value)) {
      const inner = into.nested.has(path) ? path : nested;
      for (const [key, member] of Object.entries(value)) learnValue(`${path}.${key}`, member ?? null, inner);
      return;
    }
    const kind = kindOf(value);
    if (kind === undefined) return;
    addField(into, path, kind, { path, nested }, {});
    learned.push(...[into.fields.get(path)].filter((field) => field !== undefined));
    if (kind === 'text') addField(into, `${path}.keyword`, 'keyword', { path, nested }, { ignore_above: 256 });
  };

  return {
    get: (name) => into.fields.get(name),
    all: () => into.fields.values(),
    isNested: (path) => into.nested.has(path),
    learned: () => learned,
    learn(source) {
      if (!dynamic) return;
      for (const [key, value] of Object.entries(source)) learnValue(key, value ?? null, undefined);
    },
  };
}
