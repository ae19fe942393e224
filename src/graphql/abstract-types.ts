import { type GraphQLSchema, isInterfaceType } from 'graphql';
import { type IdKind, parseId } from '../domain/index.js';
import { VigilError } from '../errors.js';

const nodeTypes: Readonly<Record<IdKind, string>> = {
  backend: 'Backend',
  job: 'Job',
  task: 'Task',
  detector: 'Detector',
  datafeed: 'Datafeed',
  node: 'NodeStats',
  cluster: 'ClusterStats',
  result: 'JobResult',
};

const hasTypename = (value: unknown): value is { readonly typename: string } =>
  typeof value === 'object' && value !== null && 'typename' in value && typeof value.typename === 'string';

const byId = (value: unknown): string => {
  // The parts of one result have ids of one kind.
  if (hasTypename(value)) return value.typename;
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string')
    return nodeTypes[parseId(value.id).kind];
  throw new VigilError('INTERNAL', 'An object without an id was returned as a Node.');
};

const byTypename = (value: unknown): string => {
  if (hasTypename(value)) return value.typename;
  throw new VigilError('INTERNAL', 'An object of an abstract type does not say which one it is.');
};

/**
 * Says which type a plain object has where a field gives an interface: by its property `typename`; a Node without one by the kind of its id.
 * Not done in the decorators: type-graphql 2.0.0-rc.4 makes an async function of every `resolveType`, and each row of a list a promise.
 */
export const resolveAbstractTypes = (schema: GraphQLSchema): void => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = type.name === 'Node' ? byId : byTypename;
  }
};
