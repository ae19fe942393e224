import { type Call, type Prepared, type Route, reply } from './routes.js';

/** The simulated licence keeps its id. */
const licenceId = 'ae041d88-0000-4f65-bff6-4f3c5f8a051d';
const dayMs = 24 * 3_600_000;

function prepareLicence({ world, params }: Call): Prepared {
  for (const name of ['local', 'accept_enterprise']) params.text(name);
  const now = world.timers.now();
  const issued = now - 10 * dayMs;
  const expires = now + 20 * dayMs;
  return {
    action: 'cluster:monitor/xpack/license/get',
    run: () =>
      reply({
        license: {
          status: 'active',
          uid: licenceId,
          type: world.settings.licence,
          issue_date: new Date(issued).toISOString(),
          issue_date_in_millis: issued,
          expiry_date: new Date(expires).toISOString(),
          expiry_date_in_millis: expires,
          max_nodes: 1000,
          issued_to: world.cluster.name,
          issuer: 'elasticsearch',
          start_date_in_millis: -1,
        },
      }),
  };
}

function prepareXpack({ world, params }: Call): Prepared {
  const categories = (params.text('categories') ?? 'build,license,features').split(',');
  const { dialect, settings } = world;
  const ml = {
    available: settings.licence !== 'basic',
    enabled: settings.ml,
    native_code_info: { version: dialect.number, build_hash: dialect.buildHash.slice(0, 14) },
  };
  const licence = { uid: licenceId, type: settings.licence, mode: settings.licence, status: 'active' };
  return {
    action: 'cluster:monitor/xpack/info',
    run: () =>
      reply({
        ...(categories.includes('build') && { build: { hash: dialect.buildHash, date: dialect.buildDate } }),
        ...(categories.includes('license') && { license: { ...licence, expiry_date_in_millis: world.timers.now() + 20 * dayMs } }),
        ...(categories.includes('features') && {
          features: { ilm: { available: true, enabled: true }, ml, slm: { available: true, enabled: true } },
        }),
        tagline: 'You know, for X',
      }),
  };
}

/** Licence and features. */
export const licenceRoutes: readonly Route[] = [
  { method: 'GET', template: '/_license', prepare: prepareLicence },
  { method: 'GET', template: '/_xpack', prepare: prepareXpack },
];
