import { isJsonObject, type JsonObject } from '../json.js';

/** Settings of the cluster as `_cluster/settings` keeps them: by flat name, as text. */
export interface ClusterSettings {
  /** What is in force: transient before persistent. */
  get(name: string): string | undefined;
  list(kind: SettingsKind): Readonly<Record<string, string>>;
  /** Sets or, with null, removes. */
  set(kind: SettingsKind, name: string, value: string | null): void;
  /** What does not outlive a restart of the whole cluster. */
  forgetTransient(): void;
}

/** Where a setting is kept. */
export type SettingsKind = 'persistent' | 'transient';

/** No settings. */
export function createClusterSettings(): ClusterSettings {
  const kept = { persistent: new Map<string, string>(), transient: new Map<string, string>() };
  return {
    get: (name) => kept.transient.get(name) ?? kept.persistent.get(name),
    list: (kind) => Object.fromEntries(kept[kind]),
    set(kind, name, value) {
      if (value === null) kept[kind].delete(name);
      else kept[kind].set(name, value);
    },
    forgetTransient: () => kept.transient.clear(),
  };
}

/** Settings nested or flat, as flat names. */
export function flattenSettings(settings: JsonObject, prefix = ''): Readonly<Record<string, string | null>> {
  return Object.fromEntries(
    Object.entries(settings).flatMap(([key, value]): (readonly [string, string | null])[] => {
      const name = `${prefix}${key}`;
      if (isJsonObject(value)) return Object.entries(flattenSettings(value, `${name}.`));
      return value === undefined ? [] : [[name, value === null ? null : String(value)]];
    }),
  );
}
