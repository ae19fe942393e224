import type { IncomingHttpHeaders } from 'node:http';
import type { SimulatedUser } from '../simulator.js';
import type { Dialect } from './dialect.js';
import { Failure } from './failures.js';

/** Who asks, as messages name them. */
export interface Principal {
  /** `user [mon]` or `API key id [x] of user [mon]`. */
  readonly described: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly privileges: readonly string[];
}

/** Cluster privileges and the actions each grants, the least first (ClusterPrivilegeResolver). */
const clusterPrivileges: readonly (readonly [name: string, patterns: readonly string[]])[] = [
  ['cancel_task', ['cluster:admin/tasks/cancel*']],
  ['monitor_ml', ['cluster:monitor/xpack/ml/*']],
  ['monitor', ['cluster:monitor/*']],
  ['manage_ml', ['cluster:admin/xpack/ml/*', 'cluster:monitor/xpack/ml/*']],
  ['manage', ['cluster:*']],
  ['all', ['*']],
];

/** Index privileges, which this simulator does not tell apart by index. */
const indexPrivileges: readonly (readonly [name: string, patterns: readonly string[]])[] = [
  ['create_index', ['indices:admin/create']],
  ['view_index_metadata', ['indices:admin/get']],
  ['read', ['indices:data/read/*']],
  ['all', ['*']],
];

const covers = (pattern: string, action: string) => (pattern.endsWith('*') ? action.startsWith(pattern.slice(0, -1)) : pattern === action);

const patternsOf = (privilege: string): readonly string[] =>
  privilege.includes(':')
    ? [privilege]
    : [...clusterPrivileges, ...indexPrivileges].flatMap(([name, patterns]) => (name === privilege ? patterns : []));

/** Asking who one is. */
export const authenticateAction = 'cluster:admin/xpack/security/user/authenticate';

/** Asking what one may do. */
export const hasPrivilegesAction = 'cluster:admin/xpack/security/user/has_privileges';

/** What somebody may ask about oneself without any privilege. */
const aboutOneself: readonly string[] = [authenticateAction, hasPrivilegesAction];

/** Whether somebody may do something; without security everybody may. */
export const mayDo = (principal: Principal | undefined, action: string): boolean =>
  principal === undefined ||
  aboutOneself.includes(action) ||
  principal.privileges.flatMap(patternsOf).some((pattern) => covers(pattern, action));

/**
 * Whether somebody has a privilege by its name, or by the action it would grant. One that this simulator does not
 * know belongs to whom it was given by name, and to those who may do everything.
 */
export function hasPrivilege({ privileges }: Principal, kind: 'cluster' | 'index', name: string): boolean {
  const [known, others] = kind === 'cluster' ? [clusterPrivileges, indexPrivileges] : [indexPrivileges, clusterPrivileges];
  const granted = privileges.flatMap(patternsOf);
  const wanted = name.includes(':') ? [name] : known.find(([candidate]) => candidate === name)?.[1];
  if (wanted !== undefined) return wanted.every((action) => granted.some((pattern) => covers(pattern, action)));
  return granted.includes('*') || (privileges.includes(name) && !others.some(([other]) => other === name));
}

function unauthenticated(users: readonly SimulatedUser[], reason: string): Failure {
  const basic = 'Basic realm="security" charset="UTF-8"';
  const tokens = users.some(({ apiKey, bearer }) => apiKey !== undefined || bearer !== undefined);
  const offered: string | readonly string[] = tokens ? ['Bearer realm="security"', 'ApiKey', basic] : basic;
  return new Failure(
    401,
    { type: 'security_exception', reason, extra: { header: { 'WWW-Authenticate': offered } } },
    { headers: { 'www-authenticate': offered } },
  );
}

const asPrincipal = (user: SimulatedUser, described: string): Principal => ({
  described,
  name: user.name,
  roles: [user.name],
  privileges: user.privileges,
});

const decode = (encoded: string) => Buffer.from(encoded, 'base64').toString('utf8');

/** Finds out who asks; undefined without security. A wrong API key or token reads like none at all (7.9). */
export function authenticate(
  users: readonly SimulatedUser[] | undefined,
  headers: IncomingHttpHeaders,
  uri: string,
): Principal | undefined {
  if (users === undefined) return undefined;
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(.*)$/.exec(headers.authorization ?? '') ?? [];
  const missing = () => unauthenticated(users, `missing authentication credentials for REST request [${uri}]`);
  switch (scheme.toLowerCase()) {
    case 'basic': {
      const [name = '', ...password] = decode(credentials).split(':');
      const user = users.find((candidate) => candidate.name === name && candidate.password === password.join(':'));
      if (user === undefined) throw unauthenticated(users, `unable to authenticate user [${name}] for REST request [${uri}]`);
      return asPrincipal(user, `user [${name}]`);
    }
    case 'apikey': {
      const user = users.find(({ apiKey }) => apiKey === credentials);
      if (user === undefined) throw missing();
      return asPrincipal(user, `API key id [${decode(credentials).split(':')[0]}] of user [${user.name}]`);
    }
    case 'bearer': {
      const user = users.find(({ bearer }) => bearer === credentials);
      if (user === undefined) throw missing();
      return asPrincipal(user, `user [${user.name}]`);
    }
    default:
      throw missing();
  }
}

/** Whom `es-secondary-authorization` names; undefined where it names nobody. */
export function authenticateSecondary(
  users: readonly SimulatedUser[] | undefined,
  headers: IncomingHttpHeaders,
  uri: string,
): Principal | undefined {
  const credentials = headers['es-secondary-authorization'];
  return typeof credentials === 'string' ? authenticate(users, { authorization: credentials }, uri) : undefined;
}

/** What would grant an action; the index is named where it is one on an index. */
function remedyOf(action: string, index: string | undefined): string {
  const [known, kind] = action.startsWith('indices:') ? [indexPrivileges, 'index'] : [clusterPrivileges, 'cluster'];
  const granting = known.filter(([, patterns]) => patterns.some((pattern) => covers(pattern, action))).map(([name]) => name);
  const on = index === undefined ? '' : ` on indices [${index}]`;
  return `${on}, this action is granted by the ${kind} privileges [${granting.join(',')}]`;
}

/** Refuses an action that somebody may not do. */
export function authorize(dialect: Dialect, principal: Principal | undefined, action: string, index?: string): void {
  if (principal === undefined || mayDo(principal, action)) return;
  const start = `action [${action}] is unauthorized for ${principal.described}`;
  const detail = dialect.forbiddenDetail;
  const roles = principal.described.startsWith('user') ? ` ${detail} [${principal.roles.join(',')}]` : '';
  throw new Failure(403, { type: 'security_exception', reason: detail === 'none' ? start : `${start}${roles}${remedyOf(action, index)}` });
}
