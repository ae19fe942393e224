import type { Command } from 'commander';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { CliIo } from './io.js';
import { createPrinter } from './printer.js';
import { probeBackends } from './probe.js';
import { readConfig } from './read-config.js';

interface CheckOptions {
  readonly config: string;
  readonly probe?: boolean;
}

const check = async (io: CliIo, options: CheckOptions): Promise<ExitCode> => {
  const printer = createPrinter(io, false);
  const config = await readConfig(io, { file: options.config });
  const count = config.backends.length;
  printer.line(`${options.config} is in order: ${count} ${count === 1 ? 'backend' : 'backends'}.`);
  return options.probe ? probeBackends(config.backends, printer, io.signal) : exitCodes.ok;
};

export const addConfigCheck = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  program
    .command('config')
    .description('look at a configuration')
    .command('check')
    .description('name every fault with line and column')
    .requiredOption('-c, --config <file>', 'vigil.yaml')
    .option('--probe', 'ask each backend who it is, and for its jobs; 1 when one does not answer or refuses')
    .action(async (options: CheckOptions) => done(await check(io, options)));
};
