import { MultiBar, type Options, type Params, type SingleBar } from 'cli-progress';
import type { Output } from './io.js';
import { printable } from './printable.js';
import type { ProgressView } from './progress-view.js';
import {
  countsText,
  durationText,
  elapsedMs,
  isFinalState,
  labelOf,
  outcomeText,
  percentText,
  shareOf,
  stateCountsText,
  type TaskLine,
} from './task-text.js';

const barWidth = 24;
const steps = 1000;
const sweepMs = 80;
const sweepWidth = 5;

interface Payload {
  readonly task: TaskLine;
}

/** Where the vendor reports no progress, a block travels: it is alive, and nobody knows how far it is. */
const sweepingBar = (now: number): string => {
  const span = barWidth - sweepWidth;
  const step = Math.floor(now / sweepMs) % (2 * span);
  const at = step < span ? step : 2 * span - step;
  return `${'-'.repeat(at)}${'='.repeat(sweepWidth)}${'-'.repeat(span - at)}`;
};

const filledBar = (progress: number): string => {
  const filled = Math.round(Math.min(1, Math.max(0, progress)) * barWidth);
  return '='.repeat(filled).padEnd(barWidth, '-');
};

const barOf = (task: TaskLine, now: number): string => {
  if (task.state === 'SUCCEEDED') return filledBar(1);
  const share = shareOf(task);
  if (share !== null) return filledBar(share);
  return isFinalState(task.state) ? filledBar(0) : sweepingBar(now);
};

/** The whole line of a bar. */
export const barText = (task: TaskLine, now: number, width: number): string => {
  const elapsed = elapsedMs(task, now);
  const facts = isFinalState(task.state)
    ? [outcomeText(task), countsText(task), stateCountsText(task)]
    : [task.state, percentText(task), countsText(task), stateCountsText(task), elapsed === undefined ? '' : durationText(elapsed)];
  const text = printable(`[${barOf(task, now)}] ${labelOf(task)}  ${facts.filter(Boolean).join('  ')}`).replaceAll('\n', ' ');
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
};

const format = (_options: Options, params: Params, payload: Payload): string => barText(payload.task, Date.now(), params.maxWidth);

/** One bar for each task, redrawn in place. No more bars than the terminal has rows: the rest wait for a free one. */
export const createProgressBars = (output: Output): ProgressView => {
  const bars = new Map<string, SingleBar>();
  const waiting = new Map<string, TaskLine>();
  let multi: MultiBar | undefined;

  const open = () => {
    // Signals are the process's matter, so cli-progress may not handle them; redrawing always is what makes the block travel.
    multi ??= new MultiBar({
      stream: output,
      format,
      forceRedraw: true,
      hideCursor: true,
      gracefulExit: false,
      emptyOnZero: true,
      linewrap: false,
    });
    return multi;
  };
  const stepsDone = (task: TaskLine) => Math.round((shareOf(task) ?? 0) * steps);
  const isFull = () => bars.size >= Math.max(1, (output.rows ?? 24) - 2);

  const show = (task: TaskLine) => {
    const bar = bars.get(task.id);
    if (bar) bar.update(stepsDone(task), { task });
    else if (isFull()) waiting.set(task.id, task);
    else bars.set(task.id, open().create(steps, stepsDone(task), { task }));
  };
  const note = (text: string) => {
    if (multi?.isActive) multi.log(`${printable(text)}\n`);
    else output.write(`${printable(text)}\n`);
  };

  return {
    show,
    note,
    settle(task) {
      waiting.delete(task.id);
      const bar = bars.get(task.id);
      note(barText(task, Date.now(), output.columns ?? 80));
      if (!bar) return;
      bars.delete(task.id);
      multi?.remove(bar);
      for (const [id, next] of waiting) {
        if (isFull()) break;
        waiting.delete(id);
        show(next);
      }
    },
    dispose() {
      multi?.stop();
      multi = undefined;
      bars.clear();
      waiting.clear();
    },
  };
};
