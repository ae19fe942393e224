import type { TaskRowFragment } from '../client/index.js';

/** What a task is about. */
export interface TaskTarget {
  readonly job?: { readonly nativeId: string } | null;
  readonly detector?: { readonly name: string } | null;
}

/** What a line or a bar says of a task. */
export interface TaskLine
  extends TaskTarget,
    Pick<
      TaskRowFragment,
      'id' | 'kind' | 'state' | 'vendorState' | 'progress' | 'initProgress' | 'counts' | 'startedAt' | 'endedAt' | 'error'
    > {
  readonly backend: { readonly key: string };
  readonly entity?: readonly { readonly name: string; readonly value: string }[];
  readonly stateCounts?: readonly { readonly state: string; readonly count: number }[];
}

const finalStates: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);
export const isFinalState = (state: string): boolean => finalStates.has(state);
/** States of tasks that are still under way. */
export const unfinishedStates = ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING', 'UNKNOWN'] as const;

const grouped = new Intl.NumberFormat('en-US');

/** Names read better than the ids a vendor made up. */
const targetOf = ({ id, detector, job }: TaskLine): string => detector?.name || job?.nativeId || id.split(':').slice(2).join(':');

/** `close es-prod/total-requests`, `historical entity os-prod/latency (host: web-1)` */
export const labelOf = (task: TaskLine): string => {
  const entity = (task.entity ?? []).map(({ name, value }) => `${name}: ${value}`).join(', ');
  return `${task.kind.toLowerCase().replaceAll('_', ' ')} ${task.backend.key}/${targetOf(task)}${entity ? ` (${entity})` : ''}`;
};

/** 0..1, null where nobody knows; of a run without an end, how far its beginning is. */
export const shareOf = ({ state, progress, initProgress }: Pick<TaskLine, 'state' | 'progress' | 'initProgress'>): number | null =>
  progress ?? (state === 'RUNNING' ? null : initProgress);

/** `40 %` */
export const percentText = (task: Pick<TaskLine, 'state' | 'progress' | 'initProgress'>): string => {
  const share = shareOf(task);
  // Rounded before it is cut: 0.57 * 100 is less than 57.
  return share === null || isFinalState(task.state) ? '' : `${Math.floor(Math.round(share * 1e6) / 1e4)} %`;
};

/** `entities: 2 RUNNING, 3 SUCCEEDED` */
export const stateCountsText = ({ stateCounts = [] }: TaskLine): string =>
  stateCounts.length === 0 ? '' : `entities: ${stateCounts.map(({ state, count }) => `${count} ${state}`).join(', ')}`;

export const durationText = (ms: number): string => {
  if (ms < 60_000) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min ${Math.floor((ms % 60_000) / 1000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
};

/** How long it has taken until `now`, or took. */
export const elapsedMs = (task: TaskLine, now: number): number | undefined =>
  task.startedAt ? (task.endedAt ? Date.parse(task.endedAt) : now) - Date.parse(task.startedAt) : undefined;

/** `1,200 of 3,000 documents` */
export const countsText = (task: TaskLine): string => {
  if (!task.counts) return '';
  const { current, maximum, unit } = task.counts;
  return [
    grouped.format(current),
    ...(maximum === null ? [] : ['of', grouped.format(maximum)]),
    ...(unit ? [unit.toLowerCase()] : []),
  ].join(' ');
};

/** `RUNNING`, `SUCCEEDED in 1.4 s`, `FAILED after 0.2 s: WRONG_STATE, …` */
export const outcomeText = (task: TaskLine): string => {
  if (!isFinalState(task.state)) return task.state;
  const took = elapsedMs(task, Number.NaN);
  const time = took === undefined || Number.isNaN(took) ? '' : ` ${task.state === 'SUCCEEDED' ? 'in' : 'after'} ${durationText(took)}`;
  return `${task.state}${time}${task.error ? `: ${task.error.code}, ${task.error.message}` : ''}`;
};

/** One line without anything that changes by the clock alone. */
export const taskText = (task: TaskLine): string => {
  const vendorState =
    task.vendorState && task.vendorState.toUpperCase() !== task.state && !isFinalState(task.state) ? `(${task.vendorState})` : '';
  return [labelOf(task), outcomeText(task), vendorState, percentText(task), countsText(task), stateCountsText(task)]
    .filter(Boolean)
    .join('  ');
};
