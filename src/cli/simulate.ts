import { resolve } from 'node:path';
import type { Command } from 'commander';
import { VigilError } from '../errors.js';
import { parsePort, parseSpeed } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { CliIo } from './io.js';
import { createPrinter } from './printer.js';
import { untilStopped } from './until-stopped.js';

interface SimulateOptions {
  readonly port?: number;
  readonly version?: string;
  readonly speed?: number;
  readonly empty?: boolean;
  readonly faults?: string;
}

const simulate = async (io: CliIo, vendor: string, options: SimulateOptions): Promise<ExitCode> => {
  const { simulators } = await import('../simulator/index.js');
  const simulator = simulators.find(({ id }) => id === vendor);
  if (!simulator)
    throw new VigilError('INVALID_INPUT', `There is no simulator "${vendor}". There is: ${simulators.map(({ id }) => id).join(', ')}.`);
  if (options.version !== undefined && !simulator.versions.includes(options.version)) {
    throw new VigilError(
      'INVALID_INPUT',
      `${simulator.title} is simulated in the versions ${simulator.versions.join(', ')}, not in ${options.version}.`,
    );
  }
  const running = await simulator.start({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.empty === undefined ? {} : { empty: options.empty }),
    ...(options.faults === undefined ? {} : { faultsFile: resolve(io.cwd, options.faults) }),
  });
  try {
    createPrinter(io, false).line(`${simulator.title} ${options.version ?? simulator.versions[0] ?? ''} is simulated at ${running.url}`);
    await untilStopped(io.signal);
  } finally {
    await running.dispose();
  }
  return exitCodes.ok;
};

export const addSimulate = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  program
    .command('simulate')
    .description("play a vendor's server over real HTTP until stopped")
    .argument('<vendor>', 'e.g. elasticsearch-ml')
    .option('-p, --port <port>', 'default: any free one', parsePort)
    .option('--version <version>', 'of the vendor, e.g. 8.17')
    .option('--speed <factor>', 'times faster than life', parseSpeed)
    .option('--empty', 'without jobs')
    .option('--faults <file>', 'JSON list of faults; read again whenever it changes')
    .action(async (vendor: string, options: SimulateOptions) => done(await simulate(io, vendor, options)));
};
