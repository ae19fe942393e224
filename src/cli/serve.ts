import type { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { CliIo } from './io.js';
import { readConfig } from './read-config.js';
import { untilStopped } from './until-stopped.js';

const serve = async (io: CliIo, file: string): Promise<ExitCode> => {
  const config = await readConfig(io, { file });
  const { createGateway } = await import('../gateway.js');
  const gateway = await createGateway(config);
  try {
    // On stderr: stdout is the log's.
    io.stderr.write(`Vigil answers at ${gateway.url}\n`);
    await untilStopped(io.signal);
  } finally {
    await gateway.stop();
  }
  return exitCodes.ok;
};

export const addServe = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  program
    .command('serve')
    .description('run the gateway until SIGTERM or Ctrl-C; requests under way are answered first')
    .requiredOption('-c, --config <file>', 'vigil.yaml')
    .action(async (options: { readonly config: string }) => done(await serve(io, options.config)));
};
