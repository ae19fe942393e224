import { Failure } from './failures.js';
import type { World } from './world.js';

/** How the name of an index was read: a plain name, or an expression that may stand for several. */
type NameKind = 'index_or_alias' | 'index_expression';

/** No index by this name. */
export const missingIndex = (name: string, kind: NameKind = 'index_or_alias'): Failure =>
  new Failure(404, {
    type: 'index_not_found_exception',
    reason: `no such index [${name}]`,
    extra: { 'resource.type': kind, 'resource.id': name, index_uuid: '_na_', index: name },
  });

/** Refuses a name that no index can have. */
export function requireIndexName(name: string, rule = "must not start with '_'."): void {
  if (!name.startsWith('_')) return;
  throw new Failure(400, {
    type: 'invalid_index_name_exception',
    reason: `Invalid index name [${name}], ${rule}`,
    extra: { index_uuid: '_na_', index: name },
  });
}

/** Where results of tasks are stored; it appears with the first of them. */
export const taskIndex = '.tasks';

const notificationIndices = '.ml-notifications';

/** Whether an expression names the index of audit messages. */
export const namesNotifications = (expression: string): boolean =>
  expression.split(',').some((name) => name.startsWith(notificationIndices));

/** Refuses names of a list that stand for no index; wildcards need not stand for any. */
export function requireIndices(world: World, expression: string): void {
  for (const name of expression.split(',')) {
    if (name.includes('*') || name === '' || name === '_all' || name.startsWith(notificationIndices) || world.indices.has(name)) continue;
    if (name === taskIndex && world.tasks.allStored().length > 0) continue;
    requireIndexName(name);
    throw missingIndex(name);
  }
}
