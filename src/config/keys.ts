import { z } from 'zod';
import type { Path } from './faults.js';
import type { ConfigSchema } from './schema.js';
import { at, isMap, type Tree } from './tree.js';

type Shape = z.core.JSONSchema.JSONSchema;

/** One key of the file, as the reference page lists it. */
export interface ConfigKey {
  /** `backends[].auth.kind`. */
  readonly path: string;
  /** `integer`, `boolean`, `string`, `array`, `object`; `map` where the file chooses the names. */
  readonly type: string;
  readonly default: unknown;
  /** Bounds of a number; undefined for everything else. */
  readonly minimum: number | undefined;
  readonly maximum: number | undefined;
  /** The environment variable that overrides it. */
  readonly variable: string | undefined;
}

const shapes = (schema: ConfigSchema): Shape => z.toJSONSchema(schema, { io: 'output' });

const isShape = (shape: unknown): shape is Shape => typeof shape === 'object' && shape !== null;

/** The alternatives of a shape: itself, or the members of a union. */
const alternatives = (shape: Shape): readonly Shape[] => (shape.oneOf ?? shape.anyOf ?? [shape]).filter(isShape);

const propertiesOf = (shape: Shape): readonly (readonly [string, Shape])[] =>
  Object.entries(shape.properties ?? {}).flatMap(([name, below]) => (isShape(below) ? [[name, below] as const] : []));

const itemOf = (shape: Shape): Shape | undefined => (isShape(shape.items) && !Array.isArray(shape.items) ? shape.items : undefined);

const typeOf = ({ type, additionalProperties }: Shape): string =>
  isShape(additionalProperties) ? 'map' : typeof type === 'string' ? type : 'object';

/** Only these parts of the file have variables: what a deployment changes without touching the file. */
const overridden: ReadonlySet<string> = new Set(['server', 'store']);

const variableOf = (path: string, type: string): string | undefined => {
  const [part = '', key, ...deeper] = path.split('.');
  if (key === undefined || deeper.length > 0 || !overridden.has(part) || type === 'array' || type === 'object') return undefined;
  return `VIGIL_${part.toUpperCase()}_${key.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
};

const walk = (shape: Shape, path: string, found: Map<string, ConfigKey>): void => {
  for (const alternative of alternatives(shape)) {
    for (const [name, below] of propertiesOf(alternative)) {
      const here = path === '' ? name : `${path}.${name}`;
      const type = typeOf(below);
      const { default: fallback, minimum, maximum } = below;
      if (!found.has(here)) found.set(here, { path: here, type, default: fallback, minimum, maximum, variable: variableOf(here, type) });
      walk(below, here, found);
      const item = itemOf(below);
      if (item) walk(item, `${here}[]`, found);
    }
  }
};

/** Every key of the file. */
export const listKeys = (schema: ConfigSchema): readonly ConfigKey[] => {
  const found = new Map<string, ConfigKey>();
  walk(shapes(schema), '', found);
  return [...found.values()];
};

/** Alternative of a union that the tree's `kind` chooses, else all. */
const chosen = (shape: Shape, tree: Tree): readonly Shape[] => {
  const all = alternatives(shape);
  const kind = isMap(tree) ? tree.kind : undefined;
  const matching = all.filter((each) => {
    const tag = each.properties?.kind;
    return isShape(tag) && tag.const === kind;
  });
  return matching.length > 0 ? matching : all;
};

/** Keys allowed at a place of the tree. */
export const keysAt = (schema: ConfigSchema, tree: Tree, path: Path): readonly string[] => {
  let here: readonly Shape[] = chosen(shapes(schema), tree);
  for (const [index, step] of path.entries()) {
    const below = here.flatMap((shape) => {
      const next = typeof step === 'number' ? itemOf(shape) : propertiesOf(shape).find(([name]) => name === step)?.[1];
      return next ? [next] : [];
    });
    here = below.flatMap((shape) => chosen(shape, at(tree, path.slice(0, index + 1))));
  }
  return [...new Set(here.flatMap((shape) => propertiesOf(shape).map(([name]) => name)))];
};
