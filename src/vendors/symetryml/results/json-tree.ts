import { createScanner, tokens } from './json-scanner.js';
import { asBuffer, tokenText } from './json-text.js';
import { scalarKindOfText, scalarKinds } from './scalar-table.js';

/** A value as it was sent: object entries in their order and with their doubles, numbers as their literal. */
export type JsonTree = JsonObjectTree | JsonArrayTree | JsonTextTree;

export interface JsonObjectTree {
  readonly kind: 'object';
  readonly entries: readonly (readonly [key: string, value: JsonTree])[];
}

export interface JsonArrayTree {
  readonly kind: 'array';
  readonly items: readonly JsonTree[];
}

/** `unusual`: NaN and the infinities. */
export interface JsonTextTree {
  readonly kind: 'string' | 'number' | 'boolean' | 'null' | 'unusual';
  /** Of a string what it says, of the others the literal. */
  readonly text: string;
}

const scalarNames: Readonly<Record<number, JsonTextTree['kind']>> = {
  [scalarKinds.number]: 'number',
  [scalarKinds.boolean]: 'boolean',
  [scalarKinds.null]: 'null',
  [scalarKinds.unusual]: 'unusual',
};

type Container = { kind: 'object'; entries: [string, JsonTree][]; key: string } | { kind: 'array'; items: JsonTree[] };

/** How many values may still be made of a text: each takes some hundred bytes of memory, though `1,` takes two in the text. */
export interface ValueBudget {
  left: number;
}

/** The one value these bytes hold; undefined when they are not JSON, as the scanner understands it, or hold more values than are left (less than 0 then). */
export const parseTree = (bytes: Uint8Array, budget: ValueBudget = { left: Number.POSITIVE_INFINITY }): JsonTree | undefined => {
  const buffer = asBuffer(bytes);
  const around: Container[] = [];
  let root: JsonTree | undefined;

  const add = (value: JsonTree): void => {
    const container = around.at(-1);
    if (container === undefined) root = value;
    else if (container.kind === 'array') container.items.push(value);
    else container.entries.push([container.key, value]);
  };

  const scanner = createScanner({
    onToken: (kind, start, end) => {
      if (kind < tokens.closeObject) budget.left -= 1;
      if (budget.left < 0) return;
      if (kind === tokens.openArray) around.push({ kind: 'array', items: [] });
      else if (kind === tokens.openObject) around.push({ kind: 'object', entries: [], key: '' });
      else if (kind === tokens.closeArray || kind === tokens.closeObject) {
        const done = around.pop();
        if (done !== undefined) add(done.kind === 'array' ? done : { kind: 'object', entries: done.entries });
      } else {
        const text = tokenText(buffer, start, end);
        const container = around.at(-1);
        if (kind === tokens.string) add({ kind: 'string', text });
        else if (kind === tokens.scalar) add({ kind: scalarNames[scalarKindOfText(text)] ?? 'null', text });
        else if (container?.kind === 'object') container.key = text;
      }
    },
  });
  scanner.write(bytes);
  scanner.end();
  return scanner.fault === null && budget.left >= 0 ? root : undefined;
};

/**
 * The value as plain JSON. NaN, the infinities and numbers too large for a double become text, because JSON cannot carry them;
 * of entries with the same key the last one stands, as with `JSON.parse`.
 */
export const plainJson = (tree: JsonTree): unknown => {
  switch (tree.kind) {
    case 'object':
      return Object.fromEntries(tree.entries.map(([key, value]) => [key, plainJson(value)]));
    case 'array':
      return tree.items.map(plainJson);
    case 'number': {
      const number = Number(tree.text);
      return Number.isFinite(number) ? number : tree.text;
    }
    case 'boolean':
      return tree.text === 'true';
    case 'null':
      return null;
    case 'string':
    case 'unusual':
      return tree.text;
  }
};

/** A member of an object: the last one of that key; undefined when there is none or it is null. */
export const memberOf = (tree: JsonTree, key: string): JsonTree | undefined => {
  const value = tree.kind === 'object' ? tree.entries.findLast(([name]) => name === key)?.[1] : undefined;
  return value?.kind === 'null' ? undefined : value;
};

/** The value of a text that is a JSON number within a double's range; null for words, NaN and the infinities. */
export const finiteNumber = (text: string): number | null => {
  const number = scalarKindOfText(text) === scalarKinds.number ? Number(text) : Number.NaN;
  return Number.isFinite(number) ? number : null;
};
