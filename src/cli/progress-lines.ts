import type { Output } from './io.js';
import { printable } from './printable.js';
import type { ProgressView } from './progress-view.js';
import { type TaskLine, taskText } from './task-text.js';

/** Where there is no terminal: a line for every change that can be read. */
export const createProgressLines = (output: Output): ProgressView => {
  const last = new Map<string, string>();
  const line = (text: string) => void output.write(`${printable(text)}\n`);
  const show = (task: TaskLine) => {
    const text = taskText(task);
    if (last.get(task.id) === text) return;
    last.set(task.id, text);
    line(text);
  };
  return {
    show,
    settle(task) {
      show(task);
      last.delete(task.id);
    },
    note: line,
    dispose: () => last.clear(),
  };
};
