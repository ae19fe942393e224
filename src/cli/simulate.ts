import { resolve } from 'node:path';
import type { Command } from 'commander';
import { VigilError } from '../errors.js';
import type { SimulatedUser, SimulatorModule } from '../simulator/index.js';
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
  readonly customer?: string;
  readonly key?: string;
}

/** Who may ask there; undefined where everybody may. */
const userOf = ({ title, defaultUser }: SimulatorModule, { customer, key }: SimulateOptions): SimulatedUser | undefined => {
  if (customer === undefined && key === undefined) return defaultUser;
  if (!defaultUser) throw new VigilError('INVALID_INPUT', `${title} is simulated without customers: leave --customer and --key out.`);
  if (!customer || !key) throw new VigilError('INVALID_INPUT', 'A customer needs an id and a key: give both --customer and --key.');
  return { name: customer, password: key, privileges: [] };
};

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
  const user = userOf(simulator, options);
  const running = await simulator.start({
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.version === undefined ? {} : { version: options.version }),
    ...(options.speed === undefined ? {} : { speed: options.speed }),
    ...(options.empty === undefined ? {} : { empty: options.empty }),
    ...(user === undefined ? {} : { users: [user] }),
    ...(options.faults === undefined ? {} : { faultsFile: resolve(io.cwd, options.faults) }),
  });
  try {
    const printer = createPrinter(io, false);
    printer.line(`${simulator.title} ${options.version ?? simulator.versions[0] ?? ''} is simulated at ${running.url}`);
    // The key of a toy is no secret: without it nobody could ask. Text in JSON is text in YAML, whatever is in it.
    if (user) printer.line(`auth: { kind: hmac, customerId: ${JSON.stringify(user.name)}, secretKey: ${JSON.stringify(user.password)} }`);
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
    .option('--customer <id>', 'who may ask, where requests are signed; with --key')
    .option('--key <key>', 'the secret key of --customer')
    .option('--faults <file>', 'JSON list of faults; read again whenever it changes')
    .action(async (vendor: string, options: SimulateOptions) => done(await simulate(io, vendor, options)));
};
