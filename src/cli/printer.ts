import type { Output } from './io.js';
import { printable, printableJson } from './printable.js';
import { createProgressBars } from './progress-bars.js';
import { createProgressLines } from './progress-lines.js';
import type { ProgressView } from './progress-view.js';

/** All output goes through here. */
export interface Printer {
  /** One document per line instead of text: for programs. */
  readonly asJson: boolean;
  /** A line of the answer. */
  line(text?: string): void;
  /** A line of the answer for programs. */
  json(value: unknown): void;
  /** Something beside the answer: on stderr. */
  note(text: string): void;
  /** Progress of tasks: bars on a terminal, lines elsewhere. */
  progress(): ProgressView;
}

export const createPrinter = (streams: { readonly stdout: Output; readonly stderr: Output }, asJson: boolean): Printer => ({
  asJson,
  line: (text = '') => void streams.stdout.write(`${printable(text)}\n`),
  json: (value) => void streams.stdout.write(`${printableJson(value)}\n`),
  note: (text) => void streams.stderr.write(`${printable(text)}\n`),
  progress: () => (streams.stdout.isTTY ? createProgressBars(streams.stdout) : createProgressLines(streams.stdout)),
});
