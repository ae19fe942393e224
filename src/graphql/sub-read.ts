import type { GraphQLResolveInfo } from 'graphql';
import type { FailedPart } from '../domain/index.js';
import type { GatewayContext } from './context.js';
import { settle } from './settle.js';

const lists: ReadonlySet<string> = new Set([
  'JobConnection',
  'TaskConnection',
  'DetectorConnection',
  'DetectorModelConnection',
  'JobsUpdate',
  'TasksUpdate',
  'DetectorsUpdate',
  'NodeStatsUpdate',
]);

/** Whether the field stands in a row of a list: there a failure is an entry in `unavailable`, made when the list was read, and no GraphQL error. */
export const inList = (info: GraphQLResolveInfo): boolean => {
  for (let path: GraphQLResolveInfo['path'] | undefined = info.path; path; path = path.prev) {
    if (path.typename !== undefined && lists.has(path.typename)) return true;
  }
  return false;
};

/** A read for one field of an object: its failure is an error of that field, but null in a list's row. */
export const subRead = async <T>(info: GraphQLResolveInfo, promise: Promise<T>): Promise<T | null> => {
  const read = await settle(promise);
  if (read.ok) return read.value;
  if (inList(info)) return null;
  throw read.error;
};

/** Throws why a part of a single object is not there; in a list's row the value stays null. */
export const refuseMissing = (context: GatewayContext, info: GraphQLResolveInfo, backendKey: string, part: FailedPart): null => {
  if (inList(info)) return null;
  const failure = context
    .loaders(info)
    .missing(backendKey)
    .find((each) => each.part === part);
  if (failure) throw failure.error;
  return null;
};
