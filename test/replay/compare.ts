import { elasticsearchVocabulary } from './elasticsearch-vocabulary.js';
import { isObject, type Json, type JsonObject } from './json.js';
import type { Variables } from './variables.js';
import type { Vocabulary } from './vocabulary.js';

/** How two answers are compared. */
export interface Comparison {
  readonly variables: Variables;
  /** Dotted paths that are not compared, `*` for any member. */
  readonly ignored: readonly string[];
  /** Absent: that of Elasticsearch. */
  readonly vocabulary?: Vocabulary;
}

const vocabularyOf = ({ vocabulary = elasticsearchVocabulary }: Comparison): Vocabulary => vocabulary;

const kindOf = (value: Json | undefined): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);

/** Whether a recorded text and an actual one say the same. */
function sameText(recorded: string, actual: string, comparison: Comparison): boolean {
  const { cutText, normalise } = vocabularyOf(comparison);
  const wanted = normalise(comparison.variables.translate(recorded.replace(cutText, '')));
  const found = normalise(actual);
  return cutText.test(recorded) ? found.startsWith(wanted) : found === wanted;
}

const isIgnored = (path: readonly string[], ignored: readonly string[]) =>
  ignored.some((pattern) => {
    if (pattern === '') return path.length === 0;
    const keys = pattern.split('.');
    return keys.length === path.length && keys.every((key, index) => key === '*' || key === path[index]);
  });

const shown = (value: Json | undefined) => JSON.stringify(value)?.slice(0, 300) ?? 'nothing';

const byText = (textOf: (value: Json) => string) => (left: Json, right: Json) =>
  textOf(left) < textOf(right) ? -1 : textOf(left) > textOf(right) ? 1 : 0;

function learnIds(recorded: JsonObject, actual: JsonObject, path: readonly string[], comparison: Comparison): readonly string[] {
  const pairs = vocabularyOf(comparison).idsIn(recorded, actual, path);
  return pairs
    .filter(([first, second]) => !comparison.variables.learn(first, second))
    .map(([first, second]) => `${first} cannot be ${second}`);
}

function compareTexts(recorded: string, actual: string, path: readonly string[], comparison: Comparison): readonly string[] {
  if (!vocabularyOf(comparison).tells(path) || sameText(recorded, actual, comparison)) return [];
  return [`${path.join('.')}: recorded ${shown(comparison.variables.translate(recorded))}, now ${shown(actual)}`];
}

function compareLists(
  recorded: readonly Json[],
  actual: readonly Json[],
  path: readonly string[],
  comparison: Comparison,
): readonly string[] {
  const vocabulary = vocabularyOf(comparison);
  const leftOut = recorded.map(vocabulary.leftOut).filter((count) => count !== undefined);
  const wanted = recorded.filter((item) => vocabulary.leftOut(item) === undefined);
  const place = path.join('.');
  const exact = vocabulary.isExactList(path.at(-1) ?? '');
  const scalars = wanted.every((item) => !isObject(item) && !Array.isArray(item));
  if (scalars && !exact) {
    if (wanted.length === 0 && leftOut.length === 0 && actual.length > 0) return [`${place}: recorded empty, now ${shown(actual)}`];
    const kinds = new Set(wanted.map(kindOf));
    const odd = actual.find((item) => wanted.length > 0 && !kinds.has(kindOf(item)));
    return odd === undefined ? [] : [`${place}: recorded ${[...kinds].join(', ')}, now ${shown(odd)}`];
  }
  const length = leftOut.reduce<number>((sum, count) => sum + (count === 'any' ? Number.NaN : count), wanted.length);
  if (!Number.isNaN(length) && length !== actual.length)
    return [`${place}: recorded ${length} items, now ${actual.length}: ${shown(actual)}`];
  const sameness = vocabulary.sameness(wanted, path);
  const [first, second] = sameness === undefined ? [wanted, actual] : pairItems(wanted, actual, sameness, comparison);
  return first.flatMap((item, index) => {
    const other = second[index];
    if (exact && typeof item === 'string' && typeof other === 'string')
      return sameText(item, other, comparison) ? [] : [`${place}.${index}: recorded ${shown(item)}, now ${shown(other)}`];
    return compare(item, other, [...path, String(index)], comparison);
  });
}

/** Puts two lists into the same order: items that are known first, the others by what they say. */
function pairItems(
  recorded: readonly Json[],
  actual: readonly Json[],
  idOf: (item: Json) => string,
  comparison: Comparison,
): readonly [readonly Json[], readonly Json[]] {
  const pairs = recorded.flatMap((item) => {
    const wanted = comparison.variables.translate(idOf(item));
    const found = wanted === idOf(item) ? undefined : actual.find((candidate) => idOf(candidate) === wanted);
    return found === undefined ? [] : [[item, found] as const];
  });
  const [first, second] = [new Set(pairs.map(([item]) => item)), new Set(pairs.map(([, item]) => item))];
  const inOrder = byText(vocabularyOf(comparison).signature);
  const rest = (items: readonly Json[], done: ReadonlySet<Json>) => items.filter((item) => !done.has(item)).sort(inOrder);
  return [
    [...first, ...rest(recorded, first)],
    [...second, ...rest(actual, second)],
  ];
}

/** Pairs the members of a map whose keys are ids. */
function pairIds(recorded: JsonObject, actual: JsonObject, path: readonly string[], comparison: Comparison): readonly string[] {
  const { variables } = comparison;
  const open = new Set(Object.keys(actual));
  const paired: [string, string | undefined][] = [];
  const unknown: string[] = [];
  for (const key of Object.keys(recorded)) {
    const known = variables.known(key);
    if (known !== undefined && open.delete(known)) paired.push([key, known]);
    else unknown.push(key);
  }
  const inOrder = byText(vocabularyOf(comparison).signature);
  const order = (of: JsonObject) => (left: string, right: string) => inOrder(of[left] ?? null, of[right] ?? null);
  const rest = [...open].sort(order(actual));
  for (const [index, key] of unknown.sort(order(recorded)).entries()) paired.push([key, rest[index]]);
  const spare = rest.slice(unknown.length).map((key) => `${path.join('.')}: ${key} was not recorded: ${shown(actual[key])}`);
  const within = paired.flatMap(([key, other]) => {
    if (other === undefined) return [`${path.join('.')}.${key}: is missing: ${shown(recorded[key])}`];
    const clash = variables.learn(key, other) ? [] : [`${key} cannot be ${other}`];
    return [...clash, ...compare(recorded[key] ?? null, actual[other], [...path, other], comparison)];
  });
  return [...spare, ...within];
}

function compareObjects(recorded: JsonObject, actual: JsonObject, path: readonly string[], comparison: Comparison): readonly string[] {
  const keys = Object.keys(recorded);
  if (vocabularyOf(comparison).isMap(path, keys)) return pairIds(recorded, actual, path, comparison);
  const clashes = learnIds(recorded, actual, path, comparison);
  const own = new Set(keys);
  const extra = Object.keys(actual)
    .filter((key) => !own.has(key) && !isIgnored([...path, key], comparison.ignored))
    .map((key) => `${[...path, key].join('.')}: was not recorded: ${shown(actual[key])}`);
  return [...clashes, ...extra, ...keys.flatMap((key) => compare(recorded[key] ?? null, actual[key], [...path, key], comparison))];
}

/** What is different between a recorded answer and an actual one; nothing when they agree. */
export function compare(recorded: Json, actual: Json | undefined, path: readonly string[], comparison: Comparison): readonly string[] {
  if (isIgnored(path, comparison.ignored)) return [];
  const place = path.join('.');
  if (kindOf(recorded) !== kindOf(actual)) return [`${place}: recorded ${shown(recorded)}, now ${shown(actual)}`];
  if (typeof recorded === 'string' && typeof actual === 'string') return compareTexts(recorded, actual, path, comparison);
  if (Array.isArray(recorded) && Array.isArray(actual)) return compareLists(recorded, actual, path, comparison);
  if (isObject(recorded) && isObject(actual)) return compareObjects(recorded, actual, path, comparison);
  const wanted = typeof recorded === 'number' ? vocabularyOf(comparison).numberAt(recorded, path) : recorded;
  return wanted !== undefined && wanted !== actual ? [`${place}: recorded ${shown(recorded)}, now ${shown(actual)}`] : [];
}
