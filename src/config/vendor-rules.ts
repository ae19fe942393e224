import type { VendorModule } from '../domain/index.js';
import type { Fault, Path, Place } from './faults.js';
import { oneOf } from './issues.js';
import { type BackendAuthKind, backendAuthKinds } from './security-schema.js';
import { didYouMean } from './suggest.js';
import { at, isMap, listAt, type Places, type Tree } from './tree.js';

/** What a configuration has to know of a vendor. */
export type ConfigVendor = Pick<VendorModule, 'id' | 'authKinds' | 'settings' | 'handsResultsOver'>;

type Say = (path: Path, message: string, place?: Place) => void;

const usualAuthKinds: readonly BackendAuthKind[] = backendAuthKinds.filter((kind) => kind !== 'hmac');
const known: ReadonlySet<unknown> = new Set(backendAuthKinds);

const judgeAuth = (auth: Tree, backend: Path, { id, authKinds = usualAuthKinds }: ConfigVendor, say: Say): void => {
  const taken: ReadonlySet<unknown> = new Set(authKinds);
  if (auth === undefined && !taken.has('none')) say([...backend, 'auth'], `is missing: ${id} takes ${authKinds.join(', ')}`);
  if (!isMap(auth) || taken.has(auth.kind)) return;
  const must = oneOf(authKinds, auth.kind);
  const message = auth.kind === undefined ? `is missing: it ${must}` : known.has(auth.kind) ? `is not for ${id}: it ${must}` : must;
  say([...backend, 'auth', 'kind'], message);
};

const judgeSettings = (settings: Tree, path: Path, { id, settings: declared = {} }: ConfigVendor, places: Places, say: Say): void => {
  if (!isMap(settings)) return;
  const names = Object.keys(declared);
  for (const [name, value] of Object.entries(settings)) {
    const here = [...path, name];
    const setting = Object.hasOwn(declared, name) ? declared[name] : undefined;
    if (setting === undefined) {
      const has = names.length === 0 ? 'which has none' : `which has ${names.join(', ')}`;
      say(here, `is no setting of ${id}, ${has}${didYouMean(name, names)}`, places.ofKey(here));
    } else if (typeof value === 'string' && !setting.pattern.test(value)) {
      say(here, setting.must);
    }
  }
};

/** What depends on the vendor of a backend. Where the schema finds fault with the same value, these words are to be told: they know more. */
export const judgeVendors = (tree: Tree, places: Places, vendors: readonly ConfigVendor[]): readonly Fault[] => {
  const faults: Fault[] = [];
  const say: Say = (path, message, place = places.of(path)) => void faults.push({ place, path, message });
  const forgetful = at(tree, ['store', 'kind']) === 'memory';
  const readOnce = new Set<string>();
  for (const [index, backend] of listAt(tree, ['backends']).entries()) {
    const path: Path = ['backends', index];
    const vendor = vendors.find(({ id }) => id === at(backend, ['vendor']));
    if (vendor === undefined) continue;
    judgeAuth(at(backend, ['auth']), path, vendor, say);
    judgeSettings(at(backend, ['settings']), [...path, 'settings'], vendor, places, say);
    if (vendor.handsResultsOver) readOnce.add(vendor.id);
    else if (at(backend, ['consume']) !== undefined)
      say([...path, 'consume'], `has no meaning for ${vendor.id}: its jobs can be read without taking anything away`);
  }
  if (forgetful && readOnce.size > 0)
    say(
      ['store', 'kind'],
      `must not be memory with ${[...readOnce].join(', ')}: results can be read there only once, and would be lost with the process; use embedded or redis`,
    );
  return faults;
};
