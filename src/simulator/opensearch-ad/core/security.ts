import type { IncomingHttpHeaders } from 'node:http';
import type { SimulatedAnswer } from '../../exchange.js';
import type { SimulatedUser } from '../../simulator.js';
import type { Dialect } from '../dialect.js';
import { SearchFailure } from '../search/search-failure.js';
import type { World } from '../world.js';
import { mayDo } from './privileges.js';

/** Nobody known asks. What is answered is no error envelope, and with OpenSearch nothing at all. */
export class AuthenticationFailure extends Error {
  override readonly name = 'AuthenticationFailure';
  readonly answer: SimulatedAnswer;

  constructor(answer: SimulatedAnswer) {
    super('not authenticated');
    this.answer = answer;
  }
}

/** OpenSearch Security sends no body; Search Guard FLX sends JSON to whom asks for it, and text otherwise (sources of both). */
function refusal({ product }: Dialect, accept: string): AuthenticationFailure {
  if (product === 'opensearch') {
    const headers = { 'www-authenticate': 'Basic realm="OpenSearch Security"', 'content-type': 'text/plain; charset=UTF-8' };
    return new AuthenticationFailure({ status: 401, headers, body: '' });
  }
  const challenge = { 'www-authenticate': 'Basic realm="Search Guard"' };
  if (!/application\/(?:json|vnd\.elasticsearch\+json)/.test(accept)) {
    return new AuthenticationFailure({ status: 401, headers: { ...challenge, 'content-type': 'text/plain' }, body: 'Unauthorized' });
  }
  const body = JSON.stringify({ status: 401, error: { reason: 'Unauthorized', type: 'authentication_exception' } });
  return new AuthenticationFailure({ status: 401, headers: { ...challenge, 'content-type': 'application/json' }, body });
}

function findUser(users: readonly SimulatedUser[], authorization: string): SimulatedUser | undefined {
  const [, scheme = '', credentials = ''] = /^(\S+)\s+(.*)$/.exec(authorization) ?? [];
  if (scheme.toLowerCase() === 'bearer') return users.find(({ bearer }) => bearer !== undefined && bearer === credentials);
  if (scheme.toLowerCase() !== 'basic') return undefined;
  const [name = '', ...rest] = Buffer.from(credentials, 'base64').toString('utf8').split(':');
  return users.find((user) => user.name === name && user.password !== undefined && user.password === rest.join(':'));
}

/** Finds out who asks; undefined without security. Throws an AuthenticationFailure. */
export function authenticate({ users, dialect }: World, headers: IncomingHttpHeaders): SimulatedUser | undefined {
  if (users === undefined) return undefined;
  const user = findUser(users, headers.authorization ?? '');
  if (user === undefined) throw refusal(dialect, headers.accept ?? '');
  return user;
}

/** Refuses an action that somebody may not do; without security everybody may. `action` as the route of it names it, in full. */
export function authorize({ dialect }: World, user: SimulatedUser | undefined, action: string): void {
  if (user === undefined || mayDo(dialect.names.actions, user.privileges, action)) return;
  const described = `User [name=${user.name}, backend_roles=[], requestedTenant=null]`;
  const reason = dialect.product === 'opensearch' ? `no permissions for [${action}] and ${described}` : 'Insufficient permissions';
  throw new SearchFailure(403, { type: 'security_exception', reason });
}
