import type { Command } from 'commander';
import { StartDatafeedDocument, type StartDatafeedInput, StopDatafeedDocument, type StopDatafeedInput } from '../client/index.js';
import { datafeedIdOf, parseDurationMs, parseInstant } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import { given } from './given.js';
import type { CliIo } from './io.js';
import type { VerbPayload } from './job-verbs.js';
import { tellJobRefusal } from './refusal.js';

interface DatafeedOptions {
  readonly start?: string;
  readonly end?: string;
  readonly force?: boolean;
  readonly timeout?: number;
}

/** What a verb on a datafeed answers. */
interface DatafeedPayload extends VerbPayload {
  readonly datafeed: { readonly id: string; readonly state: string } | null;
}

type Send = (connection: Connected, datafeedId: string, options: DatafeedOptions) => Promise<DatafeedPayload>;

const start: Send = async ({ client, io }, datafeedId, options) => {
  const input: StartDatafeedInput = {
    datafeedId,
    ...given('start', options.start),
    ...given('end', options.end),
    ...given('timeoutMs', options.timeout),
  };
  return (await client.mutate(StartDatafeedDocument, { input }, { signal: io.signal })).startDatafeed;
};

const stop: Send = async ({ client, io }, datafeedId, options) => {
  const input: StopDatafeedInput = { datafeedId, ...given('force', options.force), ...given('timeoutMs', options.timeout) };
  return (await client.mutate(StopDatafeedDocument, { input }, { signal: io.signal })).stopDatafeed;
};

const run = async (connection: Connected, name: string, send: Send, id: string, options: DatafeedOptions): Promise<ExitCode> => {
  const { printer } = connection;
  const payload = await send(connection, id, options);
  const { datafeed, job, task, errors } = payload;
  if (errors.length > 0) return tellJobRefusal(connection, payload);
  if (printer.asJson) printer.json({ event: 'accepted', datafeed, job, task });
  else printer.line(`${name} of ${id}: done${datafeed ? `, it is ${datafeed.state}` : ''}.`);
  return exitCodes.ok;
};

export const addDatafeed = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const parent = program.command('datafeed').description('start or stop what feeds a job');
  withConnection(parent).enablePositionalOptions();
  const add = (name: string, description: string, send: Send): Command => {
    const command = parent
      .command(name)
      .description(description)
      .argument('<id>', 'the datafeed: datafeed:es-prod:datafeed-total-requests, or es-prod:datafeed-total-requests')
      .option('--timeout <duration>', 'how long the backend may take, e.g. 30s', parseDurationMs);
    return withConnection(command).action(async (id: string, options: DatafeedOptions) =>
      done(await connected(io, command, (connection) => run(connection, name, send, datafeedIdOf(id), options))),
    );
  };
  add('start', 'feed an open job', start)
    .option('--start <instant>', 'feed data from then on; else from where it stopped', parseInstant)
    .option('--end <instant>', 'feed data up to then, and stop; else go on with new data', parseInstant);
  add('stop', 'stop feeding a job', stop).option('--force', 'stop without waiting for the work under way');
};
