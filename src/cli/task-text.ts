import type { TaskRowFragment } from '../client/index.js';

/** What a line or a bar says of a task. */
export interface TaskLine
  extends Pick<TaskRowFragment, 'id' | 'kind' | 'state' | 'vendorState' | 'progress' | 'counts' | 'startedAt' | 'endedAt' | 'error'> {
  readonly backend: { readonly key: string };
  readonly job?: { readonly nativeId: string } | null;
}

const finalStates: ReadonlySet<string> = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED', 'LOST']);
export const isFinalState = (state: string): boolean => finalStates.has(state);
/** States of tasks that are still under way. */
export const unfinishedStates = ['CREATED', 'QUEUED', 'INITIALIZING', 'RUNNING', 'UNKNOWN'] as const;

const grouped = new Intl.NumberFormat('en-US');

/** `close es-prod/total-requests` */
export const labelOf = (task: TaskLine): string =>
  `${task.kind.toLowerCase()} ${task.backend.key}/${task.job?.nativeId ?? task.id.split(':').slice(2).join(':')}`;

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
  const percent = task.progress === null || isFinalState(task.state) ? '' : `${Math.floor(task.progress * 100)} %`;
  const vendorState =
    task.vendorState && task.vendorState.toUpperCase() !== task.state && !isFinalState(task.state) ? `(${task.vendorState})` : '';
  return [labelOf(task), outcomeText(task), vendorState, percent, countsText(task)].filter(Boolean).join('  ');
};
