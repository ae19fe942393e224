import type {
  ArgumentNode,
  DirectiveNode,
  FieldNode,
  GraphQLField,
  GraphQLInputType,
  GraphQLNamedType,
  GraphQLSchema,
  OperationDefinitionNode,
  SelectionSetNode,
  ValueNode,
} from 'graphql';
import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
} from 'graphql';
import type { fragmentsOf } from './measure.js';

/** Coerced variables, defaults of the operation filled in. */
type Variables = Readonly<Record<string, unknown>>;

/** Estimated number of fields in the answer, for these variables. */
export type CostFunction = (variables: Variables) => number;

/** One estimate under way: each fragment is estimated once, however often it is spread. */
interface Estimate {
  readonly variables: Variables;
  readonly fragments: Map<string, number>;
}
type Term = (estimate: Estimate) => number;

const sum = (terms: readonly Term[]): Term => {
  return (estimate) => {
    let total = 0;
    for (const term of terms) total += term(estimate);
    return total;
  };
};

const literalOf = (node: ValueNode, variables: Variables): unknown =>
  node.kind === Kind.VARIABLE ? variables[node.name.value] : valueFromASTUntyped(node, variables);

/** A value of any form takes as much room as dozens of fields. */
const openScalar = 'JSON';
const openScalarCost = 50;

/**
 * Fields that are not read with their row: each of them is a call to the backend for each row, and as often as an alias repeats it with other arguments.
 * They cost what keeps the calls of one operation in the thousands while the answer itself could have a hundred thousand fields.
 */
const calls: ReadonlySet<string> = new Set([
  'Detector.anomalies',
  'Detector.entityProfile',
  'Detector.profile',
  'Job.anomalies',
  'Job.modelSnapshots',
]);
const callCost = 20;

/** The same of what the gateway keeps itself: no backend is asked, but each is a read of the store, and a table's rows are cut out of megabytes. */
const storeReads: ReadonlySet<string> = new Set(['DataFrame.rows', 'JobResult.entities']);
const storeReadCost = 5;

const ownCost = (coordinate: string): number => {
  if (calls.has(coordinate)) return callCost;
  return storeReads.has(coordinate) ? storeReadCost : 1;
};

const isSized = (name: string, type: GraphQLInputType): boolean =>
  name === 'first' || name === 'ids' || name.endsWith('Ids') || (isListType(getNullableType(type)) && getNamedType(type).name === 'ID');

/** How many objects an argument asks for: a number, or the length of a list of ids. Anything else is for the resolver to refuse. */
const sizeOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.length;
  return value === null || value === undefined ? 0 : 1;
};

/** The largest size in a value: its own, or of what lies in an input object, however deep. */
const sizeIn = (name: string, type: GraphQLInputType, value: unknown): number => {
  if (isSized(name, type)) return sizeOf(value);
  const named = getNamedType(type);
  if (!isInputObjectType(named) || typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((largest: number, each) => Math.max(largest, sizeIn(name, named, each)), 0);
  const members = Object.values(named.getFields());
  return members.reduce((largest, member) => Math.max(largest, sizeIn(member.name, member.type, Reflect.get(value, member.name))), 0);
};

/** By how much a field multiplies what stands below it: at least 1. Absent and null arguments mean the schema's default. */
const multiplierOf = (
  field: GraphQLField<unknown, unknown>,
  given: readonly ArgumentNode[],
): ((variables: Variables) => number) | undefined => {
  const sized = field.args.filter(({ name, type }) => isSized(name, type) || isInputObjectType(getNamedType(type)));
  if (sized.length === 0) return undefined;
  const readers = sized.map((argument) => {
    const node = given.find((each) => each.name.value === argument.name);
    return (variables: Variables): number =>
      sizeIn(argument.name, argument.type, (node ? literalOf(node.value, variables) : undefined) ?? argument.defaultValue);
  });
  return (variables) => Math.max(1, ...readers.map((read) => read(variables)));
};

/** Whether `@skip` and `@include` let a selection through; undefined when it has neither. */
const conditionOf = (directives: readonly DirectiveNode[] | undefined): ((variables: Variables) => boolean) | undefined => {
  const conditions = (directives ?? []).flatMap((directive) => {
    const node = directive.arguments?.find((each) => each.name.value === 'if');
    const wanted = directive.name.value === 'include';
    if (!node || !(wanted || directive.name.value === 'skip')) return [];
    return [(variables: Variables) => literalOf(node.value, variables) === wanted];
  });
  return conditions.length === 0 ? undefined : (variables) => conditions.every((holds) => holds(variables));
};

/**
 * The cost of an operation as a function of its variables: every field counts 1 (one of any form 50, one that is a call of its own 20, one that is a read
 * of the store 5), and `first` and lists of ids multiply what stands below the field that has them, also inside input objects. The document must be valid.
 * Other lists count as one: their length is the backend's and not the client's. Introspection is bounded apart: see measure.
 */
export const compileCost = (
  schema: GraphQLSchema,
  fragments: ReturnType<typeof fragmentsOf>,
  operation: OperationDefinitionNode,
): CostFunction => {
  const compiled = new Map<string, Term>();

  const fragmentTerm = (name: string): Term => {
    const before = compiled.get(name);
    if (before) return before;
    const fragment = fragments.get(name);
    const body = fragment ? termOf(fragment.selectionSet, schema.getType(fragment.typeCondition.name.value)) : () => 0;
    const term: Term = (estimate) => {
      const known = estimate.fragments.get(name);
      if (known !== undefined) return known;
      const cost = body(estimate);
      estimate.fragments.set(name, cost);
      return cost;
    };
    compiled.set(name, term);
    return term;
  };

  const fieldTerm = (node: FieldNode, parent: GraphQLNamedType | undefined): Term => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    if (!node.selectionSet) {
      const weight = field && getNamedType(field.type).name === openScalar ? openScalarCost : 1;
      return () => weight;
    }
    const below = termOf(node.selectionSet, field ? getNamedType(field.type) : undefined);
    const own = parent ? ownCost(`${parent.name}.${node.name.value}`) : 1;
    const multiplier = field ? multiplierOf(field, node.arguments ?? []) : undefined;
    return multiplier ? (estimate) => own + multiplier(estimate.variables) * below(estimate) : (estimate) => own + below(estimate);
  };

  const termOf = (set: SelectionSetNode, parent: GraphQLNamedType | undefined): Term =>
    sum(
      set.selections.map((selection) => {
        const inner =
          selection.kind === Kind.FIELD
            ? fieldTerm(selection, parent)
            : selection.kind === Kind.FRAGMENT_SPREAD
              ? fragmentTerm(selection.name.value)
              : termOf(selection.selectionSet, narrowed(selection.typeCondition?.name.value, parent));
        const condition = conditionOf(selection.directives);
        return condition ? (estimate: Estimate) => (condition(estimate.variables) ? inner(estimate) : 0) : inner;
      }),
    );

  const narrowed = (name: string | undefined, parent: GraphQLNamedType | undefined): GraphQLNamedType | undefined => {
    const type = name === undefined ? parent : schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  };

  const root = termOf(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined);
  return (variables) => root({ variables, fragments: new Map() });
};
