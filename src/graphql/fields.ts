import {
  type FieldNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { type FieldSet, type JobFilter, jobFilterFields } from '../domain/index.js';
import type { JobOrderField } from './job.input.js';
import { defaultMessages, maxPage } from './paging.js';

type ListField = { readonly field: GraphQLField<unknown, unknown>; readonly node: FieldNode };
interface Selected {
  readonly coordinates: FieldSet;
  /** Job lists: what they need of a job depends on their arguments. */
  readonly jobLists: readonly ListField[];
  /** Everywhere the vendor's log is selected. */
  readonly messages: readonly ListField[];
  /** By what arguments add: thousands of watches with the same arguments then share one set. */
  readonly extended: Map<string, FieldSet>;
}
type Document = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'operation' | 'variableValues'>;

/** Facts that a field is made of without being their namesake. */
const derived: Readonly<Record<string, readonly string[]>> = {
  'JobConnection.stateCounts': ['Job.state'],
  'JobsUpdate.stateCounts': ['Job.state'],
};
const jobListTypes: ReadonlySet<string> = new Set(['JobConnection', 'JobsUpdate']);
const orderFields: Readonly<Record<JobOrderField, string>> = {
  ID: 'Job.id',
  CREATED_AT: 'Job.createdAt',
  STARTED_AT: 'Job.startedAt',
  FINISHED_AT: 'Job.finishedAt',
  STATE: 'Job.state',
  LAST_ACTIVITY_AT: 'Job.lastActivityAt',
};

/** What is selected on an interface is wanted of every type that implements it. */
const typesOf = (schema: GraphQLSchema, type: GraphQLNamedType): readonly string[] =>
  isAbstractType(type) ? [type.name, ...schema.getPossibleTypes(type).map((each) => each.name)] : [type.name];

const collect = ({ schema, fragments, operation }: Document): Selected => {
  const coordinates = new Set<string>();
  const jobLists: ListField[] = [];
  const messages: ListField[] = [];
  const spread = new Set<string>();

  const visitField = (type: GraphQLNamedType, node: FieldNode): void => {
    if (!isObjectType(type) && !isInterfaceType(type)) return;
    const field = type.getFields()[node.name.value];
    if (!field) return;
    for (const owner of typesOf(schema, type)) {
      const coordinate = `${owner}.${field.name}`;
      coordinates.add(coordinate);
      for (const each of derived[coordinate] ?? []) coordinates.add(each);
    }
    const target = getNamedType(field.type);
    if (jobListTypes.has(target.name)) jobLists.push({ field, node });
    if (target.name === 'JobMessage') messages.push({ field, node });
    if (node.selectionSet) visit(target, node.selectionSet);
  };
  const visit = (type: GraphQLNamedType, set: SelectionSetNode): void => {
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) visitField(type, selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
        visit(condition ?? type, selection.selectionSet);
      } else if (!spread.has(selection.name.value)) {
        // A fragment selects the same wherever it is spread: once is enough, and no cycle can trap us.
        spread.add(selection.name.value);
        const fragment = fragments[selection.name.value];
        const condition = fragment && schema.getType(fragment.typeCondition.name.value);
        if (condition) visit(condition, fragment.selectionSet);
      }
    }
  };
  const root = schema.getRootType(operation.operation);
  if (root) visit(root, operation.selectionSet);
  return { coordinates, jobLists, messages, extended: new Map() };
};

/** What of a list's arguments decides which facts it needs. */
interface ListArguments {
  readonly filter?: { readonly [K in keyof JobFilter]?: JobFilter[K] | null } | null;
  readonly orderBy?: { readonly field: JobOrderField } | null;
}

const argumentsOf = (
  field: ListField['field'],
  node: FieldNode,
  variables: GraphQLResolveInfo['variableValues'],
): Readonly<Record<string, unknown>> => {
  try {
    return getArgumentValues(field, node, variables);
  } catch (error) {
    // Arguments that cannot be had fail their own field, with a message of its own; nobody else's.
    if (error instanceof GraphQLError) return {};
    throw error;
  }
};

const argumentNeeds = ({ field, node }: ListField, variables: GraphQLResolveInfo['variableValues']): readonly string[] => {
  const { filter, orderBy }: ListArguments = argumentsOf(field, node, variables);
  const present: JobFilter = Object.fromEntries(Object.entries(filter ?? {}).filter(([, value]) => value !== null));
  return [...jobFilterFields(present), ...(orderBy ? [orderFields[orderBy.field]] : [])];
};

/** An operation's node is parsed once and kept by the document cache, so this lives exactly as long. */
const known = new WeakMap<OperationDefinitionNode, Selected>();

const selectedBy = (info: Document): Selected => {
  const selected = known.get(info.operation) ?? collect(info);
  known.set(info.operation, selected);
  return selected;
};

/** The most lines of the vendor's log that the operation wants of a job anywhere: one call gives them for all. */
export const messagesWanted = (info: Document): number =>
  selectedBy(info).messages.reduce((most, { field, node }) => {
    const { first } = argumentsOf(field, node, info.variableValues);
    return Math.max(most, typeof first === 'number' ? Math.min(first, maxPage) : defaultMessages);
  }, 0);

/**
 * Schema coordinates (`Job.state`) of everything the operation selects anywhere, and of what its filters and orders look at. Directives are not
 * weighed: what `@include` may leave out is counted in.
 */
export const operationFields = (info: Document): FieldSet => {
  const selected = selectedBy(info);
  const needs = new Set(selected.jobLists.flatMap((list) => argumentNeeds(list, info.variableValues)));
  if (needs.size === 0) return selected.coordinates;
  const key = [...needs].sort().join();
  const extended = selected.extended.get(key) ?? new Set([...selected.coordinates, ...needs]);
  selected.extended.set(key, extended);
  return extended;
};
