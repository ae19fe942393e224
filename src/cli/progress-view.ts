import type { TaskLine } from './task-text.js';

/** Shows how tasks go. */
export interface ProgressView {
  /** A task as it is now; the first time it gets a bar. */
  show(task: TaskLine): void;
  /** It is over and done with: its bar becomes a line. */
  settle(task: TaskLine): void;
  /** A line between. */
  note(text: string): void;
  /** Leaves the last picture standing and gives the terminal back. Idempotent. */
  dispose(): void;
}
