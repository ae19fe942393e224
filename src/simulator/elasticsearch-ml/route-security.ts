import { randomBytes } from 'node:crypto';
import { isJsonObject, type Json } from '../json.js';
import { parseBody } from './body-fields.js';
import { Failure } from './failures.js';
import { type Call, type Prepared, type Route, reply } from './routes.js';
import { authenticateAction } from './security.js';

const realm = { name: 'default_file', type: 'file' };

function prepareAuthenticate({ principal }: Call): Prepared {
  return {
    action: authenticateAction,
    run: () =>
      reply({
        username: principal?.name ?? '_anonymous',
        roles: principal?.roles ?? [],
        full_name: null,
        email: null,
        metadata: {},
        enabled: true,
        authentication_realm: realm,
        lookup_realm: realm,
      }),
  };
}

/** The cluster privileges of all roles that a key is given. */
function privilegesIn(descriptors: Json | undefined): readonly string[] {
  const roles = isJsonObject(descriptors) ? Object.values(descriptors) : [];
  return roles.flatMap((role) => (isJsonObject(role) && Array.isArray(role.cluster) ? role.cluster.map((name: Json) => String(name)) : []));
}

function prepareKey(call: Call): Prepared {
  const { settings } = call.world;
  const { name, role_descriptors } = parseBody('api_key_request', call.body);
  call.params.text('refresh');
  return {
    action: 'cluster:admin/xpack/security/api_key/create',
    readsBody: true,
    run() {
      const users = settings.users ?? [];
      // Keys come with TLS; a simulation has them where it was given one to begin with.
      if (!users.some(({ apiKey }) => apiKey !== undefined)) {
        const extra = { 'disabled.feature': 'api_keys' };
        throw new Failure(400, { type: 'feature_not_enabled_exception', reason: 'api keys are not enabled', extra });
      }
      const [id, key] = [randomBytes(15).toString('base64url'), randomBytes(16).toString('base64url')];
      const encoded = Buffer.from(`${id}:${key}`).toString('base64');
      const owner = call.principal?.name ?? '_anonymous';
      settings.users = [...users, { name: owner, apiKey: encoded, privileges: privilegesIn(role_descriptors) }];
      return reply({ id, name: name ?? '', api_key: key, ...(call.world.dialect.productHeader && { encoded }) });
    },
  };
}

/** Who asks, and keys for those who shall. */
export const securityRoutes: readonly Route[] = [
  { method: 'GET', template: '/_security/_authenticate', prepare: prepareAuthenticate },
  { method: 'POST', template: '/_security/api_key', prepare: prepareKey },
  { method: 'PUT', template: '/_security/api_key', prepare: prepareKey },
];
