import type { DocumentNode, FragmentDefinitionNode, SelectionSetNode } from 'graphql';
import { Kind } from 'graphql';
import { VigilError } from '../errors.js';
import type { OperationLimits } from './limits.js';

/** What can be told of a document from its shape alone. */
export interface Measures {
  /** Deepest nesting of fields over all operations. Introspection counts as one: graphql-js has a rule of its own for its depth. */
  readonly depth: number;
  /** Aliases over all operations, a fragment's once per use. */
  readonly aliases: number;
  /** Most root fields of one operation, by response name. */
  readonly rootFields: number;
  /** Most uses of `__schema` and `__type` in one operation, each alias below them counting as one more: so often may the schema be in the answer. */
  readonly introspections: number;
}

type Fragments = ReadonlyMap<string, FragmentDefinitionNode>;
type Shape = Omit<Measures, 'rootFields'>;

const nothing: Shape = { depth: 0, aliases: 0, introspections: 0 };

const introspectionFields: ReadonlySet<string> = new Set(['__schema', '__type']);

export const fragmentsOf = (document: DocumentNode): Fragments =>
  new Map(document.definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])));

/** Shapes of selection sets. Each fragment is measured once, however often it is spread: 30 fragments spreading each other twice are 2³⁰ uses. */
const createShaper = (fragments: Fragments): ((set: SelectionSetNode) => Shape) => {
  const known = new Map<string, Shape>();
  const shapeOfFragment = (name: string): Shape => {
    const before = known.get(name);
    if (before) return before;
    const fragment = fragments.get(name);
    const shape = fragment ? shapeOf(fragment.selectionSet) : nothing;
    known.set(name, shape);
    return shape;
  };
  const shapeOf = (set: SelectionSetNode): Shape => {
    let depth = 0;
    let aliases = 0;
    let introspections = 0;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const below = selection.selectionSet ? shapeOf(selection.selectionSet) : nothing;
        const introspects = introspectionFields.has(selection.name.value);
        depth = Math.max(depth, 1 + (introspects ? 0 : below.depth));
        aliases += below.aliases + (selection.alias ? 1 : 0);
        introspections += introspects ? 1 + below.aliases : below.introspections;
      } else {
        const spread = selection.kind === Kind.FRAGMENT_SPREAD ? shapeOfFragment(selection.name.value) : shapeOf(selection.selectionSet);
        depth = Math.max(depth, spread.depth);
        aliases += spread.aliases;
        introspections += spread.introspections;
      }
    }
    return { depth, aliases, introspections };
  };
  return shapeOf;
};

/** Fields at the root of an operation: response name → name in the schema. A fragment's are collected once. */
export const rootFieldsOf = (set: SelectionSetNode, fragments: Fragments): ReadonlyMap<string, string> => {
  const found = new Map<string, string>();
  const visited = new Set<string>();
  const collect = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) found.set((selection.alias ?? selection.name).value, selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet);
      else if (!visited.has(selection.name.value)) {
        visited.add(selection.name.value);
        const fragment = fragments.get(selection.name.value);
        if (fragment) collect(fragment.selectionSet);
      }
    }
  };
  collect(set);
  return found;
};

/** Measures a document that has no fragment cycles; it need not be valid otherwise. */
export const measure = (document: DocumentNode): Measures => {
  const fragments = fragmentsOf(document);
  const shapeOf = createShaper(fragments);
  let measures: Measures = { ...nothing, rootFields: 0 };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const { depth, aliases, introspections } = shapeOf(definition.selectionSet);
    measures = {
      depth: Math.max(measures.depth, depth),
      aliases: measures.aliases + aliases,
      rootFields: Math.max(measures.rootFields, rootFieldsOf(definition.selectionSet, fragments).size),
      introspections: Math.max(measures.introspections, introspections),
    };
  }
  return measures;
};

/** A figure for a message: an exact one means nothing to anybody above this. */
export const figure = (count: number): string => (count > 1_000_000_000 ? 'more than 1000000000' : String(count));

/** The whole schema is megabytes at worst: once for an operation is enough, and what the usual tools ask for. */
const schemaTwice = 'The document asks for the schema more than once: ask for `__schema` or `__type` once, without aliases below it.';

/** Which limits the document exceeds. */
export const limitFaults = (measures: Measures, limits: OperationLimits): readonly VigilError[] => {
  const faults: VigilError[] = [];
  const check = (found: number, allowed: number, name: keyof OperationLimits, words: (count: string) => string): void => {
    if (found > allowed) faults.push(new VigilError('INVALID_INPUT', `${words(figure(found))}; limits.${name} allows ${allowed}.`));
  };
  check(measures.depth, limits.maxDepth, 'maxDepth', (count) => `The document nests fields ${count} deep`);
  check(measures.aliases, limits.maxAliases, 'maxAliases', (count) => `The document has ${count} aliases`);
  check(measures.rootFields, limits.maxRootFields, 'maxRootFields', (count) => `The operation has ${count} root fields`);
  if (measures.introspections > 1) faults.push(new VigilError('INVALID_INPUT', schemaTwice));
  return faults;
};
