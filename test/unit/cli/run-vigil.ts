import { Writable } from 'node:stream';
import { type Output, runCli, type StopReason } from '../../../src/cli/index.js';
import { forbidCommand } from '../../support/spoken/config-secrets.js';
import { spoken } from '../../support/spoken.js';

/** Keeps what is written to it, and lets a test wait for a text. */
export interface Capture {
  readonly output: Output;
  text(): string;
  lines(): readonly string[];
  /** Resolves once the pattern has been written. */
  until(pattern: RegExp): Promise<void>;
}

/** A simulator has to tell its one customer's key: nobody could ask it otherwise. Nothing else may. */
const simulatedCustomer = /(?<= is simulated at \S+\n)auth: \{ kind: hmac, .*/;

export const createCapture = (terminal?: { readonly columns: number; readonly rows: number }): Capture => {
  let written = '';
  spoken.hear('the output of a command', () => written.replace(simulatedCustomer, ''));
  const waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
  const stream = new Writable({
    write(piece: Buffer, _encoding, written_) {
      written += piece.toString('utf8');
      for (const each of waiting) if (each.pattern.test(written)) each.resolve();
      written_();
    },
  });
  return {
    output: Object.assign(stream, terminal ? { isTTY: true, ...terminal } : {}),
    text: () => written,
    lines: () => written.split('\n').filter((line) => line !== ''),
    until: (pattern) =>
      new Promise((resolve) => {
        if (pattern.test(written)) resolve();
        else waiting.push({ pattern, resolve });
      }),
  };
};

export interface Run {
  readonly stdout: Capture;
  readonly stderr: Capture;
  /** What the command line would exit with. */
  readonly exitCode: Promise<number>;
  stop(reason: StopReason): void;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly terminal?: { readonly columns: number; readonly rows: number };
}

/** One command line in this process, with streams and signals of its own. */
export const startVigil = (argv: readonly string[], options: RunOptions = {}): Run => {
  const stdout = createCapture(options.terminal);
  const stderr = createCapture(options.terminal);
  const stop = new AbortController();
  forbidCommand(spoken, argv, options);
  const exitCode = runCli({
    argv,
    invocation: 'vigil',
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    stdout: stdout.output,
    stderr: stderr.output,
    signal: stop.signal,
  });
  return { stdout, stderr, exitCode, stop: (reason) => stop.abort(reason) };
};

/** Runs one to its end. */
export const vigil = async (
  argv: readonly string[],
  options: RunOptions = {},
): Promise<{ code: number; out: string; err: string; lines: readonly string[] }> => {
  const run = startVigil(argv, options);
  const code = await run.exitCode;
  return { code, out: run.stdout.text(), err: run.stderr.text(), lines: run.stdout.lines() };
};
