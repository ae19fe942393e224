import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { addConfigCheck } from './config-check.js';
import { addDatafeed } from './datafeed.js';
import { addDemo } from './demo.js';
import { addDetector } from './detector.js';
import { addDetectors } from './detectors.js';
import { type ExitCode, exitCodes, exitCodesHelp, presentFailure } from './exit-codes.js';
import { withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { addJob } from './job.js';
import { addJobs } from './jobs.js';
import { printable } from './printable.js';
import { addSchema } from './schema.js';
import { addServe } from './serve.js';
import { addSimulate } from './simulate.js';
import { addWatch } from './watch.js';

export type { CliIo, Output, StopReason } from './io.js';

const versionOf = (): string => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return version;
};

const createProgram = (io: CliIo, done: (code: ExitCode) => void): Command => {
  const program = new Command('vigil')
    .description('One live GraphQL API over every anomaly-detection and ML-job back end.')
    .version(versionOf(), '-V, --version')
    .helpCommand(true)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.stdout.write(text), writeErr: (text) => void io.stderr.write(text) })
    .showHelpAfterError('(add --help to see what there is)')
    .addHelpText('after', exitCodesHelp)
    // Options keep to the command they stand behind: `simulate` has a --version of its own.
    .enablePositionalOptions();
  withConnection(program);
  addServe(program, io, done);
  addDemo(program, io, done);
  addSimulate(program, io, done);
  addConfigCheck(program, io, done);
  addSchema(program, io, done);
  addJobs(program, io, done);
  addJob(program, io, done);
  addDatafeed(program, io, done);
  addDetectors(program, io, done);
  addDetector(program, io, done);
  addWatch(program, io, done);
  return program;
};

const fail = (io: CliIo, error: unknown): ExitCode => {
  const failure = presentFailure(error);
  const request = failure.requestId ? ` (request ${failure.requestId})` : '';
  // Several faults of a configuration come one to a line, each beginning with its place: no line may have more in front.
  const separator = failure.message.includes('\n') ? '\n' : ' ';
  io.stderr.write(`${printable(`vigil: ${failure.code}:${separator}${failure.message}${request}`)}\n`);
  return failure.exitCode;
};

/** Runs one command line to its end. Never rejects: what went wrong is on stderr and in the exit code. */
export const runCli = async (io: CliIo): Promise<ExitCode> => {
  let code: ExitCode = exitCodes.ok;
  const program = createProgram(io, (result) => {
    code = result;
  });
  try {
    await program.parseAsync(io.argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
    if (io.signal.aborted) return io.signal.reason === 'EPIPE' ? exitCodes.ok : exitCodes.interrupted;
    return fail(io, error);
  }
};
