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
import {
  type DetectorFilter,
  detectorFilterFields,
  type EntityValue,
  type FieldSet,
  type JobFilter,
  jobFilterFields,
} from '../domain/index.js';
import { defaultMessages, maxPage } from './paging.js';

type ListField = { readonly field: GraphQLField<unknown, unknown>; readonly node: FieldNode };
interface Selected {
  readonly coordinates: FieldSet;
  /** Lists whose arguments decide what they need of their rows. */
  readonly lists: readonly ListField[];
  /** Everywhere the vendor's log is selected. */
  readonly messages: readonly ListField[];
  /** Everywhere the profile of an entity is selected. */
  readonly entityProfiles: readonly ListField[];
  /** By what arguments add: thousands of watches with the same arguments then share one set. */
  readonly extended: Map<string, FieldSet>;
}
type Document = Pick<GraphQLResolveInfo, 'schema' | 'fragments' | 'operation' | 'variableValues'>;

/** Facts that a field is made of without being their namesake. */
const derived: Readonly<Record<string, readonly string[]>> = {
  'JobConnection.stateCounts': ['Job.state'],
  'JobsUpdate.stateCounts': ['Job.state'],
};

/** What of a list's arguments decides which facts it needs. */
interface ListArguments {
  readonly filter?: Readonly<Record<string, unknown>> | null;
  readonly orderBy?: { readonly field: string } | null;
}

/** What lists of a type need of their rows for a filter, and by what they can be ordered. */
interface ListNeeds {
  readonly ofFilter: (filter: object) => readonly string[];
  readonly orderFields: Readonly<Record<string, string>>;
  /** Without an order. */
  readonly unordered: readonly string[];
}
const jobLists: ListNeeds = {
  ofFilter: (filter: JobFilter) => jobFilterFields(filter),
  orderFields: {
    ID: 'Job.id',
    CREATED_AT: 'Job.createdAt',
    STARTED_AT: 'Job.startedAt',
    FINISHED_AT: 'Job.finishedAt',
    STATE: 'Job.state',
    LAST_ACTIVITY_AT: 'Job.lastActivityAt',
  },
  unordered: [],
};
const detectorLists: ListNeeds = {
  ofFilter: (filter: DetectorFilter) => detectorFilterFields(filter),
  orderFields: { ID: 'Detector.id', NAME: 'Detector.name', UPDATED_AT: 'Detector.updatedAt' },
  unordered: ['Detector.name'],
};
const listNeeds: Readonly<Record<string, ListNeeds>> = {
  JobConnection: jobLists,
  JobsUpdate: jobLists,
  DetectorConnection: detectorLists,
  // A stream has no order.
  DetectorsUpdate: { ...detectorLists, unordered: [] },
};
/** Whether a task is one of an entity's decides whether it is in a list at all. */
const taskListTypes: ReadonlySet<string> = new Set(['TaskConnection', 'TasksUpdate']);

/** What is selected on an interface is wanted of every type that implements it. */
const typesOf = (schema: GraphQLSchema, type: GraphQLNamedType): readonly string[] =>
  isAbstractType(type) ? [type.name, ...schema.getPossibleTypes(type).map((each) => each.name)] : [type.name];

const collect = ({ schema, fragments, operation }: Document): Selected => {
  const coordinates = new Set<string>();
  const lists: ListField[] = [];
  const messages: ListField[] = [];
  const entityProfiles: ListField[] = [];
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
    if (Object.hasOwn(listNeeds, target.name)) lists.push({ field, node });
    if (taskListTypes.has(target.name)) coordinates.add('Task.entity');
    if (target.name === 'JobMessage') messages.push({ field, node });
    if (target.name === 'EntityProfile') entityProfiles.push({ field, node });
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
  return { coordinates, lists, messages, entityProfiles, extended: new Map() };
};

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
  const needs = listNeeds[getNamedType(field.type).name];
  if (!needs) return [];
  const { filter, orderBy }: ListArguments = argumentsOf(field, node, variables);
  const present = Object.fromEntries(Object.entries(filter ?? {}).filter(([, value]) => value !== null));
  const order = orderBy ? needs.orderFields[orderBy.field] : undefined;
  return [...needs.ofFilter(present), ...(order === undefined ? needs.unordered : [order])];
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

/** Entities whose profile the operation wants of each detector. */
export const entitiesWanted = (info: Document): readonly (readonly EntityValue[])[] =>
  selectedBy(info).entityProfiles.flatMap(({ field, node }) => {
    const { entity } = argumentsOf(field, node, info.variableValues);
    return Array.isArray(entity) ? [entity.map(({ name, value }: EntityValue) => ({ name, value }))] : [];
  });

/**
 * Schema coordinates (`Job.state`) of everything the operation selects anywhere, and of what its filters and orders look at. Directives are not
 * weighed: what `@include` may leave out is counted in.
 */
export const operationFields = (info: Document): FieldSet => {
  const selected = selectedBy(info);
  const needs = new Set(selected.lists.flatMap((list) => argumentNeeds(list, info.variableValues)));
  if (needs.size === 0) return selected.coordinates;
  const key = [...needs].sort().join();
  const extended = selected.extended.get(key) ?? new Set([...selected.coordinates, ...needs]);
  selected.extended.set(key, extended);
  return extended;
};
