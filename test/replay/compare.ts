import { isObject, type Json, type JsonObject } from './json.js';
import type { Variables } from './variables.js';

/** How two answers are compared. */
export interface Comparison {
  readonly variables: Variables;
  /** Dotted paths that are not compared, `*` for any member. */
  readonly ignored: readonly string[];
}

/** Members whose texts say something; other texts are ids, times and sizes, and only have to be texts. */
const telling: ReadonlySet<string> = new Set([
  'action',
  'assignment_explanation',
  'canceled',
  'categorization_status',
  'datafeed_id',
  'description',
  'detector_description',
  'error',
  'function',
  'job_id',
  'job_type',
  'level',
  'license.expired.feature',
  'memory_status',
  'reason',
  'result_type',
  'state',
  'status',
  'tagline',
  'type',
  'X-Opaque-Id',
]);

/** Numbers that are no counters. */
const exactNumbers: ReadonlySet<string> = new Set(['count', 'status']);

const exactLists: ReadonlySet<string> = new Set(['groups', 'indices', 'influencers']);

const nodeId = /^[\w-]{22}$/;
const taskId = /^[\w-]{22}:\d+$/;
const elided = /…\(\d+ (?:chars|items)\)$/;

/** What differs from run to run within a text: sizes, object hashes, the order of a set of methods. */
const normalise = (text: string): string =>
  text
    .replace(/@[0-9a-f]{6,8}\b/g, '@hash')
    .replace(/machine_memory=\d+/g, 'machine_memory=N')
    .replace(/_time: \d+/g, '_time: N')
    .replace(/allowed: \[([A-Z, ]+)\]/g, (_, methods: string) => `allowed: [${methods.split(', ').sort().join(', ')}]`);

const kindOf = (value: Json | undefined): string => (Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value);

/** Whether a recorded text and an actual one say the same. */
function sameText(recorded: string, actual: string, variables: Variables): boolean {
  const wanted = normalise(variables.translate(recorded.replace(elided, '')));
  const found = normalise(actual);
  return elided.test(recorded) ? found.startsWith(wanted) : found === wanted;
}

const isIgnored = (path: readonly string[], ignored: readonly string[]) =>
  ignored.some((pattern) => {
    if (pattern === '') return path.length === 0;
    const keys = pattern.split('.');
    return keys.length === path.length && keys.every((key, index) => key === '*' || key === path[index]);
  });

const shown = (value: Json | undefined) => JSON.stringify(value)?.slice(0, 300) ?? 'nothing';

/** What makes entries of a map or a list of tasks the same, whatever their ids. */
const signature = (value: Json): string =>
  isObject(value) ? [value.action, value.description, value.parent_task_id === undefined, value.name].map(String).join('|') : '';

const bySignature = (left: Json, right: Json) => (signature(left) < signature(right) ? -1 : signature(left) > signature(right) ? 1 : 0);

function learnIds(recorded: JsonObject, actual: JsonObject, variables: Variables): readonly string[] {
  const learnt: [recorded: string, actual: string][] = [];
  const text = (value: Json | undefined) => (typeof value === 'string' && value !== '' ? value : undefined);
  const [recordedNode, actualNode] = [text(recorded.node), text(actual.node)];
  if (recordedNode !== undefined && actualNode !== undefined) learnt.push([recordedNode, actualNode]);
  if (typeof recorded.task === 'string' && typeof actual.task === 'string') learnt.push([recorded.task, actual.task]);
  if (recorded.action !== undefined && typeof recorded.id === 'number') {
    learnt.push([`${recordedNode}:${recorded.id}`, `${actualNode}:${String(actual.id)}`]);
  }
  return learnt.filter(([first, second]) => !variables.learn(first, second)).map(([first, second]) => `${first} cannot be ${second}`);
}

function compareTexts(recorded: string, actual: string, path: readonly string[], comparison: Comparison): readonly string[] {
  const key = path.at(-1) ?? '';
  const inError = path.includes('error') || path.includes('node_failures');
  const tells = path.length === 0 || telling.has(key) || (inError && key !== 'stack_trace' && key !== 'index_uuid');
  if (!tells || sameText(recorded, actual, comparison.variables)) return [];
  return [`${path.join('.')}: recorded ${shown(comparison.variables.translate(recorded))}, now ${shown(actual)}`];
}

function compareLists(
  recorded: readonly Json[],
  actual: readonly Json[],
  path: readonly string[],
  comparison: Comparison,
): readonly string[] {
  const cut = recorded.some((item) => typeof item === 'string' && elided.test(item));
  const wanted = recorded.filter((item) => !(typeof item === 'string' && elided.test(item)));
  const scalars = wanted.every((item) => !isObject(item) && !Array.isArray(item));
  const exact = exactLists.has(path.at(-1) ?? '');
  if (scalars && !exact) {
    if (wanted.length === 0 && !cut && actual.length > 0) return [`${path.join('.')}: recorded empty, now ${shown(actual)}`];
    const kinds = new Set(wanted.map(kindOf));
    const odd = actual.find((item) => wanted.length > 0 && !kinds.has(kindOf(item)));
    return odd === undefined ? [] : [`${path.join('.')}: recorded ${[...kinds].join(', ')}, now ${shown(odd)}`];
  }
  if (!cut && wanted.length !== actual.length)
    return [`${path.join('.')}: recorded ${wanted.length} items, now ${actual.length}: ${shown(actual)}`];
  const tasks = wanted.some((item) => isObject(item) && item.action !== undefined);
  const [first, second] = tasks ? pairTasks(wanted, actual, comparison.variables) : [wanted, actual];
  return first.flatMap((item, index) => {
    const other = second[index];
    if (exact && typeof item === 'string')
      return item === other ? [] : [`${path.join('.')}.${index}: recorded ${item}, now ${shown(other)}`];
    return compare(item, other, [...path, String(index)], comparison);
  });
}

const idOf = (task: Json | undefined) => (isObject(task) ? `${String(task.node)}:${String(task.id)}` : '');

/** Puts two lists of tasks into the same order: those that are known first, the others by what they do. */
function pairTasks(recorded: readonly Json[], actual: readonly Json[], variables: Variables): readonly [readonly Json[], readonly Json[]] {
  const pairs = recorded.flatMap((task) => {
    const found = actual.find((candidate) => idOf(candidate) === variables.known(idOf(task)));
    return found === undefined ? [] : [[task, found] as const];
  });
  const [first, second] = [new Set(pairs.map(([task]) => task)), new Set(pairs.map(([, task]) => task))];
  const rest = (tasks: readonly Json[], done: ReadonlySet<Json>) => tasks.filter((task) => !done.has(task)).sort(bySignature);
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
  const order = (of: JsonObject) => (left: string, right: string) => bySignature(of[left] ?? null, of[right] ?? null);
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
  const ids = (key: string) => nodeId.test(key) || taskId.test(key);
  if (path.at(-1) === 'nodes' || path.at(-1) === 'tasks' || (keys.length > 0 && keys.every(ids)))
    return pairIds(recorded, actual, path, comparison);
  const clashes = learnIds(recorded, actual, comparison.variables);
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
  const exact = typeof recorded === 'boolean' || exactNumbers.has(path.at(-1) ?? '');
  return exact && recorded !== actual ? [`${place}: recorded ${shown(recorded)}, now ${shown(actual)}`] : [];
}
