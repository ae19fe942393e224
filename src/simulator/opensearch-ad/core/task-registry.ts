import type { Json, JsonObject } from '../../json.js';
import type { NodeRecord } from '../cluster.js';
import type { Runtime } from '../runtime.js';
import { type Cause, causeJson } from '../search/search-failure.js';
import type { World } from '../world.js';

/** A task that is running. */
export interface TaskRecord {
  /** `<node>:<number>`. */
  readonly id: string;
  readonly node: NodeRecord;
  readonly number: number;
  readonly type: string;
  readonly action: string;
  readonly description: string;
  readonly status: (() => JsonObject) | undefined;
  readonly parent: string | undefined;
  readonly cancellable: boolean;
  readonly headers: JsonObject;
  readonly startedAt: number;
  readonly startedTicks: number;
  cancelledAt: number | undefined;
}

/** What a task begins with. */
export interface TaskStart {
  readonly action: string;
  readonly type?: string;
  readonly description?: string;
  readonly status?: () => JsonObject;
  readonly parent?: string;
  readonly cancellable?: boolean;
  readonly headers?: JsonObject;
}

/** How a task ended. */
export type TaskOutcome = { readonly response: Json } | { readonly failure: Cause };

/** Running tasks and results that were stored; the latter outlive a crash. */
export interface TaskRegistry {
  start(begin: TaskStart): TaskRecord;
  /** Ends a task; with an outcome, its result is stored. */
  finish(task: TaskRecord, outcome?: TaskOutcome): void;
  running(): readonly TaskRecord[];
  find(id: string): TaskRecord | undefined;
  stored(id: string): JsonObject | undefined;
  cancel(task: TaskRecord): void;
  /** Resolves when a task is cancelled, ends, or is lost with its server. */
  ended(task: TaskRecord): Promise<void>;
  /** How a task is shown: more of it where details are asked for, and what it uses only while it runs. */
  show(task: TaskRecord, detailed: boolean, running?: boolean): JsonObject;
}

const idle: JsonObject = { cpu_time_in_nanos: 0, memory_in_bytes: 0 };
const resources: JsonObject = {
  average: idle,
  total: idle,
  min: idle,
  max: idle,
  thread_info: { thread_executions: 0, active_threads: 0 },
};

/** Where results are stored; it comes with the first of them. */
export const taskIndex = '.tasks';

const keyword: JsonObject = { type: 'keyword' };
const boolean: JsonObject = { type: 'boolean' };
const long: JsonObject = { type: 'long' };
const opaque: JsonObject = { type: 'object', enabled: false };

const taskMappings: JsonObject = {
  dynamic: 'strict',
  _meta: { version: 5 },
  properties: {
    completed: boolean,
    error: opaque,
    response: opaque,
    task: {
      properties: {
        action: keyword,
        cancellable: boolean,
        cancellation_time_millis: long,
        cancelled: boolean,
        description: { type: 'text' },
        headers: opaque,
        id: long,
        node: keyword,
        parent_task_id: keyword,
        resource_stats: opaque,
        running_time_in_nanos: long,
        start_time_in_millis: long,
        status: opaque,
        type: keyword,
      },
    },
  },
};

function storeResult({ indices }: World, id: string, result: JsonObject): void {
  const settings = { number_of_shards: '1', auto_expand_replicas: '0-1' };
  if (!indices.exists(taskIndex)) indices.create(taskIndex, { mappings: taskMappings, settings });
  indices.put(taskIndex, id, result);
}

/** The tasks of one server. */
export function createTaskRegistry(world: World): TaskRegistry {
  const tasks = new Map<string, { readonly task: TaskRecord; readonly runtime: Runtime; readonly waiting: Set<() => void> }>();
  let number = 0;
  const opensearch = world.dialect.product === 'opensearch';

  const show = (task: TaskRecord, detailed: boolean, running = true): JsonObject => ({
    node: task.node.id,
    id: task.number,
    type: task.type,
    action: task.action,
    ...(detailed && task.status && { status: task.status() }),
    ...(detailed && { description: task.description }),
    start_time_in_millis: task.startedAt,
    running_time_in_nanos: Math.round((performance.now() - task.startedTicks) * 1e6),
    cancellable: task.cancellable,
    ...((opensearch || task.cancellable) && { cancelled: task.cancelledAt !== undefined }),
    ...(task.parent !== undefined && { parent_task_id: task.parent }),
    headers: task.headers,
    ...(opensearch && detailed && running && { resource_stats: resources }),
    ...(opensearch && task.cancelledAt !== undefined && { cancellation_time_millis: task.cancelledAt }),
  });
  const wake = (id: string) => {
    for (const settle of tasks.get(id)?.waiting ?? []) settle();
  };
  /** A crash takes along what ran; its memory is then another. */
  const forgetLost = () => {
    for (const [id, { runtime }] of [...tasks]) {
      if (runtime === world.runtime) continue;
      wake(id);
      tasks.delete(id);
    }
  };
  return {
    start({ action, type = 'transport', description = '', status, parent, cancellable = false, headers = {} }) {
      number += 1;
      const node = world.cluster.manager();
      const task: TaskRecord = {
        id: `${node.id}:${number}`,
        node,
        number,
        type,
        action,
        description,
        status,
        parent,
        cancellable,
        headers,
        startedAt: world.schedule.now(),
        startedTicks: performance.now(),
        cancelledAt: undefined,
      };
      tasks.set(task.id, { task, runtime: world.runtime, waiting: new Set() });
      return task;
    },
    finish(task, outcome) {
      forgetLost();
      if (!tasks.has(task.id)) return;
      const result = outcome && ('response' in outcome ? { response: outcome.response } : { error: causeJson(outcome.failure) });
      if (result !== undefined) storeResult(world, task.id, { completed: true, task: show(task, true, false), ...result });
      wake(task.id);
      tasks.delete(task.id);
    },
    running() {
      forgetLost();
      return [...tasks.values()].map(({ task }) => task);
    },
    find(id) {
      forgetLost();
      return tasks.get(id)?.task;
    },
    stored: (id) => world.indices.get(taskIndex, id)?.source,
    cancel(task) {
      task.cancelledAt ??= world.schedule.now();
      wake(task.id);
    },
    ended: ({ id }) => new Promise((settle) => (tasks.has(id) ? void tasks.get(id)?.waiting.add(settle) : settle())),
    show,
  };
}
