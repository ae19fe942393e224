import type { Environment } from './expand.js';
import type { Fault } from './faults.js';
import type { ConfigKey } from './keys.js';
import { didYouMean } from './suggest.js';
import { isMap, type Places, type Tree, type TreeMap } from './tree.js';

const ours = /^VIGIL_(SERVER|STORE)_/;

const partOf = (tree: TreeMap, name: string): TreeMap | undefined => {
  const part = tree[name] ?? {};
  return isMap(part) ? part : undefined;
};

/** The values of another kind of store mean nothing to the one the environment chose. */
const withKind = (part: TreeMap, key: string, value: string): TreeMap =>
  key === 'kind' && (part.kind ?? 'embedded') !== value ? { kind: value } : { ...part, [key]: value };

/** Puts `VIGIL_SERVER_*` and `VIGIL_STORE_*` over what the file says. An empty variable counts as not set. */
export const applyOverrides = (
  tree: Tree,
  environment: Environment,
  keys: readonly ConfigKey[],
  places: Places,
): { readonly tree: Tree; readonly faults: readonly Fault[] } => {
  const known = new Map(keys.flatMap((key) => (key.variable === undefined ? [] : [[key.variable, key] as const])));
  const faults: Fault[] = [];
  const given = Object.entries(environment).filter(([name, value]) => ours.test(name) && value !== undefined && value !== '');
  // `kind` first, whatever the order of the environment: it decides what the others may be.
  given.sort(([a], [b]) => Number(b.endsWith('_KIND')) - Number(a.endsWith('_KIND')));

  let result: Tree = tree ?? {};
  for (const [variable, value = ''] of given) {
    const place = { in: 'environment', variable } as const;
    const key = known.get(variable);
    if (key === undefined) {
      const message = `is no variable of Vigil${didYouMean(variable, [...known.keys()])}; lists and maps are set in the file`;
      faults.push({ place, path: [], message });
      continue;
    }
    const [part = '', name = ''] = key.path.split('.');
    const before = isMap(result) ? partOf(result, part) : undefined;
    // What is no map is a fault of the file, found later.
    if (before === undefined || !isMap(result)) continue;
    result = { ...result, [part]: withKind(before, name, value) };
    places.set([part, name], place, place);
  }
  return { tree: result, faults };
};
