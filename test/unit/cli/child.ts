import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { forbidCommand } from '../../support/spoken/config-secrets.js';
import { spoken } from '../../support/spoken.js';
import { type Capture, createCapture } from './run-vigil.js';

const main = resolve('dist/main.js');

/** The built command line as a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  readonly stdout: Capture;
  readonly stderr: Capture;
  readonly exitCode: Promise<number | null>;
}

export interface ChildOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Nothing of this process's environment reaches it but PATH. */
export const spawnVigil = (argv: readonly string[], options: ChildOptions = {}): Child => {
  if (!existsSync(main)) throw new TypeError('dist/main.js is missing: run "npm run build" first ("npm test" does).');
  const store = forbidCommand(spoken, argv, options);
  const child = spawn(process.execPath, [main, ...argv], {
    cwd: options.cwd ?? process.cwd(),
    env: { PATH: process.env.PATH ?? '', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = createCapture();
  const stderr = createCapture();
  child.stdout.pipe(stdout.output);
  child.stderr.pipe(stderr.output);
  const exitCode = once(child, 'close').then(([code]) => {
    if (store !== undefined) spoken.hearFiles('the store of a command', store);
    return code as number | null;
  });
  return { process: child, stdout, stderr, exitCode };
};

export const endOf = async (child: Child): Promise<{ code: number | null; out: string; err: string }> => {
  const code = await child.exitCode;
  return { code, out: child.stdout.text(), err: child.stderr.text() };
};
