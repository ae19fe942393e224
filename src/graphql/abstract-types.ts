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

const byId = (value: unknown): string => {
  if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string')
    return nodeTypes[parseId(value.id).kind];
  throw new VigilError('INTERNAL', 'An object without an id was returned as a Node.');
};

const byTypename = (value: unknown): string => {
  if (typeof value === 'object' && value !== null && 'typename' in value && typeof value.typename === 'string') return value.typename;
  throw new VigilError('INTERNAL', 'An object of an abstract type does not say which one it is.');
};

/**
 * Says which type a plain object has where a field gives an interface: a Node by the kind of its id, everything else by its property `typename`.
 * Not done in the decorators: type-graphql 2.0.0-rc.4 makes an async function of every `resolveType`, and each row of a list a promise.
 */
export const resolveAbstractTypes = (schema: GraphQLSchema): void => {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = type.name === 'Node' ? byId : byTypename;
  }
};
