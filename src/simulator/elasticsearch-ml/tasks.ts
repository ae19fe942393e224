import type { Changes } from '../changes.js';
import type { Json, JsonObject } from '../json.js';
import type { Cluster, NodeRecord } from './cluster.js';
import { type Cause, causeJson } from './failures.js';

/** A task that is running. */
export interface TaskRecord {
  /** `<node>:<number>`. */
  readonly id: string;
  readonly node: NodeRecord;
  readonly number: number;
  readonly type: string;
  readonly action: string;
  readonly description?: string;
  readonly status?: () => Json;
  readonly parent?: string;
  readonly cancellable: boolean;
  readonly headers: JsonObject;
  readonly startedAt: number;
  readonly startedTicks: number;
  /** Called once when it is cancelled. */
  readonly onCancel?: () => void;
  cancelled: boolean;
  /** Its node left, or it was forgotten: nobody will hear how it ends. */
  lost: boolean;
}

/** What a task begins with. */
export interface TaskStart {
  readonly node: NodeRecord;
  readonly action: string;
  readonly type?: string;
  readonly description?: string;
  readonly status?: () => Json;
  readonly parent?: string;
  readonly cancellable?: boolean;
  readonly headers?: JsonObject;
  readonly onCancel?: () => void;
}

/** A stored result; it outlives its node. */
export interface StoredTask {
  readonly id: string;
  readonly task: JsonObject;
  readonly outcome: TaskOutcome;
}

/** How a task ended. */
export type TaskOutcome = { readonly response: Json } | { readonly failure: Cause };

/** Running tasks and stored results. */
export interface TaskRegistry {
  start(begin: TaskStart): TaskRecord;
  /** Ends a task; with an outcome it is stored. Nothing happens to one that is lost. */
  finish(task: TaskRecord, outcome?: TaskOutcome): void;
  running(): readonly TaskRecord[];
  find(id: string): TaskRecord | undefined;
  stored(id: string): StoredTask | undefined;
  allStored(): readonly StoredTask[];
  /** Cancels a task and its children. */
  cancel(task: TaskRecord): void;
  /** Loses a running task with its children, or a stored result; false where there is neither. */
  forget(id: string): boolean;
  /** The node has left. */
  loseNode(nodeId: string): void;
  /** How a running task is shown; description and status only where they are asked for. */
  show(task: TaskRecord, detailed: boolean): JsonObject;
}

/** Tasks of a cluster. `tellsCancelled`: cancellable tasks show whether they were cancelled. */
export function createTaskRegistry(cluster: Cluster, changes: Changes, tellsCancelled: boolean): TaskRegistry {
  const running = new Map<string, TaskRecord>();
  const stored = new Map<string, StoredTask>();

  const show = (task: TaskRecord, detailed: boolean, cancelled: boolean): JsonObject => ({
    node: task.node.id,
    id: task.number,
    type: task.type,
    action: task.action,
    ...(detailed && task.status && { status: task.status() }),
    ...(detailed && { description: task.description ?? '' }),
    start_time_in_millis: task.startedAt,
    running_time_in_nanos: Math.round((performance.now() - task.startedTicks) * 1e6),
    cancellable: task.cancellable,
    ...(task.cancellable && tellsCancelled && { cancelled }),
    ...(task.parent !== undefined && { parent_task_id: task.parent }),
    headers: task.headers,
  });
  const childrenOf = (task: TaskRecord) => [...running.values()].filter(({ parent }) => parent === task.id);
  const cancel = (task: TaskRecord): void => {
    if (task.cancelled) return;
    task.cancelled = true;
    for (const child of childrenOf(task)) cancel(child);
    task.onCancel?.();
    changes.notify();
  };
  const lose = (task: TaskRecord): void => {
    task.lost = true;
    running.delete(task.id);
    for (const child of childrenOf(task)) lose(child);
  };

  return {
    start(begin) {
      const number = cluster.nextTaskNumber(begin.node.id);
      const task: TaskRecord = {
        type: 'transport',
        cancellable: false,
        headers: {},
        ...begin,
        id: `${begin.node.id}:${number}`,
        number,
        startedAt: Date.now(),
        startedTicks: performance.now(),
        cancelled: false,
        lost: false,
      };
      running.set(task.id, task);
      return task;
    },
    finish(task, outcome) {
      if (task.lost) return;
      running.delete(task.id);
      // A stored result never says that it was cancelled (7.17.24).
      if (outcome !== undefined) stored.set(task.id, { id: task.id, task: show(task, true, false), outcome });
      changes.notify();
    },
    running: () => [...running.values()],
    find: (id) => running.get(id),
    stored: (id) => stored.get(id),
    allStored: () => [...stored.values()],
    cancel,
    forget(id) {
      const task = running.get(id);
      if (task !== undefined) lose(task);
      const known = stored.delete(id) || task !== undefined;
      changes.notify();
      return known;
    },
    loseNode(nodeId) {
      for (const task of [...running.values()]) {
        if (task.node.id !== nodeId) continue;
        // Children elsewhere are cancelled when the node of their parent has left.
        for (const child of childrenOf(task)) if (child.node.id !== nodeId) cancel(child);
        task.lost = true;
        running.delete(task.id);
      }
      changes.notify();
    },
    show: (task, detailed) => show(task, detailed, task.cancelled),
  };
}

/** A stored result as `GET /_tasks/{id}` answers it. */
export const storedJson = (stored: StoredTask): JsonObject => ({
  completed: true,
  task: stored.task,
  ...('response' in stored.outcome ? { response: stored.outcome.response } : { error: causeJson(stored.outcome.failure) }),
});
