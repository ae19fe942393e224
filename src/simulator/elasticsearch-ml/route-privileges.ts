import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { parseBody } from './body-fields.js';
import { illegalArgument, parseFailure, validationFailure } from './failures.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { hasPrivilege, hasPrivilegesAction, type Principal } from './security.js';

interface IndexCheck {
  readonly names: readonly string[];
  readonly privileges: readonly string[];
}

const namesIn = (value: Json | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.map((name: Json) => String(name)) : [];

const indexChecksIn = (value: Json | undefined): readonly IndexCheck[] =>
  (Array.isArray(value) ? value : []).map((entry: Json) => ({
    names: namesIn(isJsonObject(entry) ? entry.names : undefined),
    privileges: namesIn(isJsonObject(entry) ? entry.privileges : undefined),
  }));

type Verdicts = Readonly<Record<string, boolean>>;

const verdicts = (principal: Principal, kind: 'cluster' | 'index', names: readonly string[]): Verdicts =>
  Object.fromEntries(names.map((name) => [name, hasPrivilege(principal, kind, name)]));

/** By index; one that is named twice is asked about both. */
function indexVerdicts(principal: Principal, checks: readonly IndexCheck[]): Readonly<Record<string, Verdicts>> {
  const found = new Map<string, Verdicts>();
  for (const { names, privileges } of checks) {
    for (const name of names) found.set(name, { ...found.get(name), ...verdicts(principal, 'index', privileges) });
  }
  return Object.fromEntries(found);
}

function answer(principal: Principal, clusterNames: readonly string[], checks: readonly IndexCheck[]): JsonObject {
  const cluster = verdicts(principal, 'cluster', clusterNames);
  const index = indexVerdicts(principal, checks);
  const all = [cluster, ...Object.values(index)].flatMap((each) => Object.values(each)).every((has) => has);
  return { username: principal.name, has_all_requested: all, cluster, index, application: {} };
}

const known: readonly string[] = ['cluster', 'index', 'application'];

function prepareHasPrivileges({ body, principal }: Call): Prepared {
  // The route is there with security alone, and then somebody asks.
  const who: Principal = principal ?? { described: 'user [_anonymous]', name: '_anonymous', roles: [], privileges: [] };
  if (body === '') throw parseFailure('request body or source parameter is required');
  const members = parseBody('has_privileges', body);
  const unknown = Object.keys(members).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw parseFailure(`failed to parse privileges check [${who.name}/has_privileges]. unexpected field [${unknown}]`);
  }
  if (Array.isArray(members.application) && members.application.length > 0) {
    throw illegalArgument('simulated users have no application privileges to check');
  }
  const [cluster, index] = [namesIn(members.cluster), indexChecksIn(members.index)];
  if (cluster.length === 0 && index.length === 0) throw validationFailure('must specify at least one privilege');
  return { action: hasPrivilegesAction, readsBody: true, run: () => reply(answer(who, cluster, index)) };
}

/** What those who ask may do. A server without security does not have it. */
export const privilegeRoutes: readonly Route[] = ['GET', 'POST'].map((method) => ({
  method,
  template: '/_security/user/_has_privileges',
  prepare: prepareHasPrivileges,
}));
