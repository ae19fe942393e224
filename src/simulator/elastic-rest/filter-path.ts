import { isJsonObject, type Json } from '../json.js';

const globs = new Map<string, RegExp>();

function matches(pattern: string, key: string): boolean {
  let glob = globs.get(pattern);
  if (glob === undefined) {
    glob = new RegExp(
      `^${pattern
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
        .join('.*')}$`,
    );
    globs.set(pattern, glob);
  }
  return glob.test(key);
}

/** What is left of each path below a key: undefined where it does not lead there, an empty path where it ends. */
const descend = (paths: readonly (readonly string[])[], key: string): readonly (readonly string[])[] =>
  paths.flatMap((path) => {
    const [head, ...rest] = path;
    if (head === undefined) return [];
    if (head !== '**') return matches(head, key) ? [rest] : [];
    const [next, ...afterNext] = rest;
    const beyond = next !== undefined && matches(next, key) ? [afterNext] : [];
    return [path, ...beyond];
  });

function include(value: Json, paths: readonly (readonly string[])[]): Json | undefined {
  if (paths.some((path) => path.length === 0)) return value;
  if (Array.isArray(value)) {
    const kept = value.map((item: Json) => include(item, paths)).filter((item) => item !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (!isJsonObject(value)) return undefined;
  const entries = Object.entries(value).flatMap(([key, member]) => {
    const below = descend(paths, key);
    const kept = member === undefined || below.length === 0 ? undefined : include(member, below);
    return kept === undefined ? [] : [[key, kept] as const];
  });
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function exclude(value: Json, paths: readonly (readonly string[])[]): Json {
  if (Array.isArray(value)) return value.map((item: Json) => exclude(item, paths));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      const below = descend(paths, key);
      if (member === undefined || below.some((path) => path.length === 0)) return [];
      return [[key, exclude(member, below)]];
    }),
  );
}

/** `filter_path`: paths with wildcards to keep, or with a minus in front to leave out. Nothing left is `{}`. */
export function filterPath(body: Json, filter: string | undefined): Json {
  const paths = (filter ?? '').split(',').map((path) => path.trim());
  const split = (chosen: readonly string[]) => chosen.map((path) => path.split('.'));
  const excluded = split(paths.filter((path) => path.startsWith('-')).map((path) => path.slice(1)));
  const included = split(paths.filter((path) => path !== '' && !path.startsWith('-')));
  const kept = included.length === 0 ? body : (include(body, included) ?? {});
  return excluded.length === 0 ? kept : exclude(kept, excluded);
}
