import type { Command } from 'commander';
import WebSocket from 'ws';
import { createClient } from '../client/index.js';
import { parsePort, parseSpeed } from './arguments.js';
import { type Played, playScenario } from './demo-scenario.js';
import { createDemoWorld, type DemoWorld } from './demo-world.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { CliIo } from './io.js';
import { createPrinter, type Printer } from './printer.js';
import { untilStopped } from './until-stopped.js';

interface DemoOptions {
  readonly port: number;
  readonly speed: number;
  readonly once?: boolean;
}

const tellWhere = (printer: Printer, world: DemoWorld): void => {
  printer.line(`Vigil answers at ${world.url} (open it in a browser). Behind it are simulated:`);
  for (const [key, { title, url }] of world.simulated) printer.line(`  ${key}: ${title} at ${url}`);
  printer.line('');
};

/** What to paste next. */
const tellWhatToTry = (printer: Printer, invocation: string, url: string, { job, detectors, symetry, begun }: Played): void => {
  const query = '{ jobs(first: 5) { totalCount nodes { id state allowedActions } } }';
  printer.line('\nNow you. A query, in another terminal:');
  printer.line(`  curl -s ${url}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query })}'`);
  if (!job) return;
  const mutation = `mutation { openJob(input: { jobId: ${JSON.stringify(job.id)} }) { job { state } task { id state } errors { code message } } }`;
  printer.line('A mutation:');
  printer.line(`  curl -s ${url}/graphql -H 'content-type: application/json' -d '${JSON.stringify({ query: mutation })}'`);
  printer.line(`A subscription, over the WebSocket ${url.replace(/^http/, 'ws')}/graphql (protocol graphql-transport-ws):`);
  printer.line('  subscription { jobsChanged { reset synced added { id state } changed { id state } left { id state } forgotten } }');
  printer.line('Or from the command line:');
  printer.line(`  ${invocation} watch --url ${url}`);
  printer.line(`  ${invocation} job open ${job.id} --url ${url}`);
  const idle = detectors.find(({ realtimeActions }) => realtimeActions.includes('START_DETECTOR'));
  if (idle) printer.line(`  ${invocation} detector start ${idle.id} --url ${url}`);
  if (begun) printer.line(`  ${invocation} job result ${begun} --url ${url}`);
  if (symetry?.foreign) printer.line(`  ${invocation} job collect ${symetry.foreign.id} --url ${url}`);
};

const demo = async (io: CliIo, options: DemoOptions): Promise<ExitCode> => {
  const printer = createPrinter(io, false);
  const world = await createDemoWorld(options);
  try {
    tellWhere(printer, world);
    const client = createClient({ url: world.url, webSocketImpl: WebSocket });
    try {
      const played = await playScenario({ client, printer, io });
      tellWhatToTry(printer, io.invocation, world.url, played);
    } finally {
      await client.dispose();
    }
    if (options.once) return exitCodes.ok;
    printer.line('\nIt stays up until Ctrl-C.');
    await untilStopped(io.signal);
    return exitCodes.ok;
  } catch (error) {
    if (io.signal.aborted) return exitCodes.ok;
    throw error;
  } finally {
    await world.dispose();
  }
};

export const addDemo = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  program
    .command('demo')
    .description('simulators of every vendor, a gateway, and jobs and detectors at work live; needs no configuration')
    .option('-p, --port <port>', 'where to look for a free port from', parsePort, 4000)
    .option('--speed <factor>', 'of the simulators, times faster than life', parseSpeed, 1)
    .option('--once', 'end after the scenario')
    .action(async (options: DemoOptions) => done(await demo(io, options)));
};
