#!/usr/bin/env node
import { relative } from 'node:path';
import { runCli, type StopReason } from './cli/index.js';

const stop = new AbortController();

/** The first signal asks, the second one does not. */
const onSignal = (signal: 'SIGINT' | 'SIGTERM') => {
  if (stop.signal.aborted) process.exit(signal === 'SIGINT' ? 130 : 143);
  stop.abort(signal satisfies StopReason);
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

/** Whoever read along has gone (`vigil jobs | head`): nothing is left to be said. */
const onOutputError = (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  stop.abort('EPIPE' satisfies StopReason);
};
process.stdout.on('error', onOutputError);
process.stderr.on('error', onOutputError);

process.on('uncaughtException', (error) => {
  process.stderr.write(`vigil: INTERNAL: ${process.env.VIGIL_DEBUG ? error.stack : `${error.message} (VIGIL_DEBUG=1 shows where)`}\n`);
  process.exit(1);
});

/** Installed it is called by its name; from a clone, by its file. */
const script = process.argv[1] ?? 'vigil';
const invocation = script.endsWith('.js') ? `node ${relative(process.cwd(), script)}` : 'vigil';

process.exitCode = await runCli({
  argv: process.argv.slice(2),
  invocation,
  env: process.env,
  cwd: process.cwd(),
  stdout: process.stdout,
  stderr: process.stderr,
  signal: stop.signal,
});
