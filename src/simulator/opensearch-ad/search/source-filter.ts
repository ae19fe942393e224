import { tokenOf } from '../../elastic-rest/token-of.js';
import { isJsonObject, type Json, type JsonObject } from '../../json.js';
import { globOf } from './index-names.js';
import { itemsOf, membersOf, type Part, parsing } from './part.js';

/** What of a source is answered; undefined where it is not asked for. */
export type SourceFilter = (source: JsonObject) => JsonObject | undefined;

type Test = (path: string) => boolean;

/** A pattern lets through what it names, whatever is below that, and, to get there, what is above. */
interface Includes {
  readonly whole: Test;
  readonly above: Test;
}

function includeTest(patterns: readonly string[]): Includes {
  const globs = patterns.map(globOf);
  const whole = (path: string) => globs.some((fits) => fits(path));
  const prefixes = patterns.flatMap((pattern) => pattern.split('.').map((_, index, steps) => globOf(steps.slice(0, index).join('.'))));
  const open = patterns.some((pattern) => pattern.startsWith('*'));
  return { whole, above: (path) => open || prefixes.some((fits) => fits(path)) };
}

function filterItem(item: Json, path: string, keep: Includes | undefined, drop: Test): Json | undefined {
  if (!isJsonObject(item)) return keep === undefined ? item : undefined;
  const kept = filterObject(item, `${path}.`, keep, drop);
  return keep !== undefined && Object.keys(kept).length === 0 ? undefined : kept;
}

const present = (value: Json | undefined): value is Json => value !== undefined;

function filterMember(value: Json, path: string, keep: Includes | undefined, drop: Test): Json | undefined {
  if (drop(path)) return undefined;
  const inside = keep === undefined || keep.whole(path) ? undefined : keep;
  if (inside !== undefined && !(typeof value === 'object' && value !== null && inside.above(path))) return undefined;
  if (!Array.isArray(value)) return filterItem(value, path, inside, drop);
  // Objects in a list that have nothing left are dropped with it.
  const kept = value
    .map((item: Json) => filterItem(item, path, inside, drop))
    .filter((item) => item !== undefined && !(isJsonObject(item) && Object.keys(item).length === 0))
    .filter(present);
  return inside !== undefined && kept.length === 0 ? undefined : kept;
}

function filterObject(source: JsonObject, prefix: string, keep: Includes | undefined, drop: Test): JsonObject {
  const members = Object.entries(source).map(([key, value]) => [key, filterMember(value ?? null, `${prefix}${key}`, keep, drop)] as const);
  return Object.fromEntries(members.filter(([, value]) => value !== undefined));
}

/** A filter by patterns; no includes mean everything. */
function sourceFilter(includes: readonly string[], excludes: readonly string[]): SourceFilter {
  if (includes.length === 0 && excludes.length === 0) return (source) => source;
  const keep = includes.length === 0 ? undefined : includeTest(includes);
  const globs = excludes.map(globOf);
  return (source) => filterObject(source, '', keep, (path) => globs.some((fits) => fits(path)));
}

function namesOf(part: Part): readonly string[] {
  return itemsOf(part).map((item) => {
    if (typeof item.value === 'string') return item.value;
    throw parsing(`Unknown key for a ${tokenOf(item.value)} in [${part.name}].`, item);
  });
}

/** Reads `_source`; what the endpoint itself leaves out comes on top. */
export function readSource(part: Part, alwaysExcluded: readonly string[]): SourceFilter {
  const { value } = part;
  if (value === false) return () => undefined;
  if (value === null || value === true) return sourceFilter([], alwaysExcluded);
  if (typeof value === 'string' || Array.isArray(value)) return sourceFilter(namesOf(part), alwaysExcluded);
  if (!isJsonObject(value)) throw parsing(`Expected one of [VALUE_BOOLEAN, START_OBJECT] but found [${tokenOf(value)}]`, part);
  const chosen = { includes: [] as readonly string[], excludes: [] as readonly string[] };
  for (const member of membersOf(part)) {
    if (member.name === 'includes' || member.name === 'include') chosen.includes = namesOf(member);
    else if (member.name === 'excludes' || member.name === 'exclude') chosen.excludes = namesOf(member);
    else throw parsing(`Unknown key for a ${tokenOf(member.value)} in [${member.name}].`, member);
  }
  return sourceFilter(chosen.includes, [...chosen.excludes, ...alwaysExcluded]);
}
