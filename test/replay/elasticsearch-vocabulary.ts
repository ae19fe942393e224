import { isObject, type Json } from './json.js';
import type { Pair, Vocabulary } from './vocabulary.js';

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
const cut = /…\(\d+ (?:chars|items)\)$/;

const text = (value: Json | undefined) => (typeof value === 'string' && value !== '' ? value : undefined);

/** What Elasticsearch ML answers: most of it are ids, times, sizes and counters. */
export const elasticsearchVocabulary: Vocabulary = {
  tells(path) {
    const key = path.at(-1) ?? '';
    const inError = path.includes('error') || path.includes('node_failures');
    return path.length === 0 || telling.has(key) || (inError && key !== 'stack_trace' && key !== 'index_uuid');
  },
  numberAt: (recorded, path) => (exactNumbers.has(path.at(-1) ?? '') ? recorded : undefined),
  isExactList: (key) => exactLists.has(key),
  normalise: (value) =>
    value
      .replace(/@[0-9a-f]{6,8}\b/g, '@hash')
      .replace(/machine_memory=\d+/g, 'machine_memory=N')
      .replace(/_time: \d+/g, '_time: N')
      .replace(/allowed: \[([A-Z, ]+)\]/g, (_, methods: string) => `allowed: [${methods.split(', ').sort().join(', ')}]`),
  cutText: cut,
  leftOut: (item) => (typeof item === 'string' && cut.test(item) ? 'any' : undefined),
  isMap: (path, keys) =>
    path.at(-1) === 'nodes' || path.at(-1) === 'tasks' || (keys.length > 0 && keys.every((key) => nodeId.test(key) || taskId.test(key))),
  idsIn(recorded, actual) {
    const learnt: Pair[] = [];
    const [recordedNode, actualNode] = [text(recorded.node), text(actual.node)];
    if (recordedNode !== undefined && actualNode !== undefined) learnt.push([recordedNode, actualNode]);
    if (typeof recorded.task === 'string' && typeof actual.task === 'string') learnt.push([recorded.task, actual.task]);
    if (recorded.action !== undefined && typeof recorded.id === 'number')
      learnt.push([`${recordedNode}:${recorded.id}`, `${actualNode}:${String(actual.id)}`]);
    return learnt;
  },
  signature: (value) =>
    isObject(value) ? [value.action, value.description, value.parent_task_id === undefined, value.name].map(String).join('|') : '',
  sameness: (items) =>
    items.some((item) => isObject(item) && item.action !== undefined)
      ? (item) => (isObject(item) ? `${String(item.node)}:${String(item.id)}` : '')
      : undefined,
};
