import { z } from 'zod';
import type { BackendProfile, CallOptions } from '../../domain/index.js';
import { isVigilError } from '../../errors.js';
import { isRejected, toldNothing } from '../../http/index.js';
import { profileOf } from './capabilities.js';
import type { AdapterContext } from './context.js';
import type { Flavour } from './dialect.js';
import { isAbsent } from './errors.js';
import { isAtLeast, isVersion } from './version.js';

const text = z.string().optional().catch(undefined);
/** It stands in messages: nothing but a version. */
const version = z
  .string()
  .regex(/^\d{1,4}\.\d{1,4}[\w.+-]{0,32}$/)
  .optional()
  .catch(undefined);
const rootSchema = z.object({
  tagline: text,
  version: z.object({ number: version, distribution: text }).optional().catch(undefined),
});
type Root = z.infer<typeof rootSchema>;

const countSchema = z.object({ count: z.number() });
const nodeSchema = z.object({
  nodes: z.record(z.string(), z.object({ version })).optional().default({}),
});

/** What the root says of the product, as far as it may be read. */
interface Told {
  readonly flavour: Flavour;
  readonly version: string | null;
}

/** The only release there is runs on Elasticsearch 8.17 alone (Search Guard documents, anomaly-detection-versions). The root knows nothing of it. */
const searchGuardVersion = (elasticsearch: string | undefined): string | null => (elasticsearch?.startsWith('8.17.') ? '1.0.0-tp1' : null);

/** In compatibility mode OpenSearch leaves out its distribution and calls itself 7.10.2: only its tagline is its own (2.19.4, seen). */
const isDisguised = ({ version, tagline }: Root): boolean => version?.distribution === undefined && /opensearch/i.test(tagline ?? '');

/** The plugin of OpenSearch has the version of its server. Open Distro is Elasticsearch 7 with the plugin, and its root knows no distribution. */
const toldBy = (root: Root, configured: Flavour): Told => {
  const number = root.version?.number;
  if (configured === 'search-guard') return { flavour: configured, version: searchGuardVersion(number) };
  const known = isVersion(number) ? number : null;
  if (root.version?.distribution === 'opensearch') return { flavour: 'opensearch', version: known };
  if (isDisguised(root)) return { flavour: 'opensearch', version: null };
  const isOpenDistro = isAtLeast(known, 7, 0) && !isAtLeast(known, 8, 0);
  return isOpenDistro ? { flavour: 'opendistro', version: known } : { flavour: 'opensearch', version: known };
};

const isSwitchedOff = (error: unknown): boolean => isVigilError(error) && error.code === 'REFUSED' && error.facts.httpStatus === 500;

type Unlearnt = Omit<CallOptions, 'profile'>;

const callAs = (call: Unlearnt, told: Told): CallOptions => ({ ...call, profile: profileOf(told.flavour, told.version, null) });

/** Each node knows its own version, whatever the root calls itself. Null when it may not be asked. */
const askNode = async ({ request }: AdapterContext, told: Told, call: Unlearnt): Promise<string | null> => {
  const query = { filter_path: 'nodes.*.version' };
  const node = {
    schema: nodeSchema,
    method: 'GET',
    path: '/_nodes/_local',
    root: true,
    route: 'GET /_nodes/{id}',
    query,
    subject: 'node',
  } as const;
  try {
    const { nodes } = await request(node, callAs(call, told));
    const [version] = Object.values(nodes).map((each) => each.version);
    return isVersion(version) ? version : null;
  } catch (error) {
    if (!toldNothing(error)) throw error;
    return null;
  }
};

/** Null when the root may not be read: a reader of detectors need not be able to. */
const askRoot = async (context: AdapterContext, configured: Flavour, call: Unlearnt): Promise<Told | null> => {
  const nothing: Told = { flavour: configured, version: null };
  const ask = { schema: rootSchema, method: 'GET', path: '/', root: true, route: 'GET /', subject: 'root' } as const;
  try {
    const root = await context.request(ask, callAs(call, nothing));
    const told = toldBy(root, configured);
    return told.flavour === 'opensearch' && isDisguised(root) ? { ...told, version: await askNode(context, told, call) } : told;
  } catch (error) {
    if (!toldNothing(error)) throw error;
    return null;
  }
};

/** What the count of detectors, which every reader may ask for, shows of anomaly detection: it is there, is not, or refuses everything. */
const askPlugin = async ({ request }: AdapterContext, told: Told, call: Unlearnt): Promise<{ readonly trouble: unknown }> => {
  try {
    const count = { schema: countSchema, method: 'GET', path: '/detectors/count', route: 'GET /detectors/count' } as const;
    await request(count, callAs(call, told));
    return { trouble: null };
  } catch (trouble) {
    return { trouble };
  }
};

type Places = readonly [Told, ...Told[]];

/** Where the plugin may be when the root does not tell. */
const placesOf = (configured: Flavour): Places => {
  const unknown = (flavour: Flavour): Told => ({ flavour, version: null });
  return configured === 'search-guard' ? [unknown(configured)] : [unknown('opensearch'), unknown('opendistro')];
};

const learnAt = async (context: AdapterContext, [place, ...others]: Places, call: Unlearnt): Promise<BackendProfile> => {
  const { trouble } = await askPlugin(context, place, call);
  if (call.signal.aborted || isRejected(trouble)) throw trouble;
  const [next, ...rest] = others;
  if (next !== undefined && isAbsent(trouble)) return learnAt(context, [next, ...rest], call);
  // What else it meets says nothing for good: whoever reads will meet it too.
  const notice = isVigilError(trouble) && (isAbsent(trouble) || isSwitchedOff(trouble)) ? trouble.message : null;
  return profileOf(place.flavour, place.version, notice);
};

/**
 * `GET /` for version and product, which needs the cluster's `main` privilege; without it the product is found by its paths. The count of detectors tells
 * whether there is anomaly detection at all, and whether it is switched on. Credentials that are refused by both are thrown, so that it is asked again when
 * they may have been put right.
 */
export const learnProfile = async (context: AdapterContext, configured: Flavour, call: Unlearnt): Promise<BackendProfile> => {
  const told = await askRoot(context, configured, call);
  return learnAt(context, told === null ? placesOf(configured) : [told], call);
};
