import type { Command } from 'commander';
import {
  type DetectorRowFragment,
  type DetectorVerbFragment,
  type ErrorFieldsFragment,
  StartDetectorDocument,
  type StartDetectorInput,
  StopDetectorDocument,
  type StopDetectorInput,
} from '../client/index.js';
import { VigilError } from '../errors.js';
import { detectorIdOf, parseInstant } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { followTask } from './follow-task.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import { given } from './given.js';
import type { CliIo } from './io.js';
import { tellRefusal } from './refusal.js';
import { isFinalState } from './task-text.js';

interface DetectorOptions {
  readonly historical?: boolean;
  readonly from?: string;
  readonly to?: string;
  readonly idempotent?: boolean;
  readonly wait?: boolean;
}

/** One of the two verbs, and what it takes for an end. */
interface DetectorVerb {
  readonly name: 'start' | 'stop';
  send(connection: Connected, detectorId: string, options: DetectorOptions): Promise<DetectorVerbFragment>;
  /** Whether waiting is over. */
  isOver(state: string, options: DetectorOptions): boolean;
  /** Whether it then has come to what was wanted. */
  isGood(state: string): boolean;
}

const runOf = ({ historical }: DetectorOptions): 'REALTIME' | 'HISTORICAL' => (historical ? 'HISTORICAL' : 'REALTIME');

const rangeOf = ({ historical, from, to }: DetectorOptions): Pick<StartDetectorInput, 'dateRange'> => {
  if (!historical) {
    if (from ?? to) throw new VigilError('INVALID_INPUT', '--from and --to say what a historical run analyses: add --historical.');
    return {};
  }
  if (!from || !to) throw new VigilError('INVALID_INPUT', 'A historical run needs --from and --to: what it is to analyse.');
  return { dateRange: { start: from, end: to } };
};

const start: DetectorVerb = {
  name: 'start',
  async send({ client, io }, detectorId, options) {
    const input: StartDetectorInput = {
      detectorId,
      run: runOf(options),
      ...rangeOf(options),
      ...given('idempotent', options.idempotent),
    };
    return (await client.mutate(StartDetectorDocument, { input }, { signal: io.signal })).startDetector;
  },
  // A real-time run has no end of its own: that it runs is what was wanted.
  isOver: (state, { historical }) => isFinalState(state) || (!historical && state === 'RUNNING'),
  isGood: (state) => state === 'SUCCEEDED' || state === 'RUNNING',
};

const stop: DetectorVerb = {
  name: 'stop',
  async send({ client, io }, detectorId, options) {
    const input: StopDetectorInput = { detectorId, run: runOf(options), ...given('idempotent', options.idempotent) };
    return (await client.mutate(StopDetectorDocument, { input }, { signal: io.signal })).stopDetector;
  },
  isOver: (state) => isFinalState(state),
  // A run that ended by itself before it could be stopped stands still, too.
  isGood: (state) => state === 'CANCELLED' || state === 'SUCCEEDED',
};

const tellRefused = (
  connection: Connected,
  detector: DetectorRowFragment | null,
  errors: readonly ErrorFieldsFragment[],
  options: DetectorOptions,
): ExitCode => {
  const task = options.historical ? detector?.historicalTask : detector?.realtimeTask;
  const actions = options.historical ? detector?.historicalActions : detector?.realtimeActions;
  const state = task ? `is ${task.state}` : 'was never started';
  const now = `The ${options.historical ? 'historical' : 'real-time'} run ${state}; allowed now: ${actions?.join(', ') || 'nothing'}.`;
  return tellRefusal(connection, errors, { detector }, detector ? now : undefined);
};

const run = async (connection: Connected, verb: DetectorVerb, detectorId: string, options: DetectorOptions): Promise<ExitCode> => {
  const { printer, io } = connection;
  const { detector, task, errors } = await verb.send(connection, detectorId, options);
  if (errors.length > 0) return tellRefused(connection, detector, errors, options);
  if (printer.asJson) printer.json({ event: 'accepted', detector, task });
  const said = (text: string): ExitCode => {
    if (!printer.asJson) printer.line(`${verb.name} of ${detectorId}${text}`);
    return exitCodes.ok;
  };
  if (!task) return said(': done.');
  if (!options.wait)
    return said(verb.isOver(task.state, options) ? `: done, it is ${task.state}.` : ` is under way as ${task.id}, it is ${task.state}`);
  try {
    const ended = await followTask(connection, { ...task, detector }, (state) => verb.isOver(state, options));
    return verb.isGood(ended.state) ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (!io.signal.aborted || io.signal.reason === 'EPIPE') throw error;
    printer.note(`No longer waiting. The gateway goes on with ${task.id}; "vigil watch" shows it.`);
    return exitCodes.interrupted;
  }
};

export const addDetector = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const parent = program.command('detector').description('start or stop a detector, for new data or over a range of the past');
  withConnection(parent).enablePositionalOptions();
  const add = (verb: DetectorVerb, description: string, waits: string): Command => {
    const command = parent
      .command(verb.name)
      .description(description)
      .argument('<id>', 'the detector: detector:os-prod:dGhyZWUgd29yZHM, or os-prod:dGhyZWUgd29yZHM')
      .option('--historical', 'its historical run instead of its real-time one')
      .option('--idempotent', 'take it for done when there is nothing to do')
      .option('--wait', waits);
    return withConnection(command).action(async (id: string, options: DetectorOptions) =>
      done(await connected(io, command, (connection) => run(connection, verb, detectorIdOf(id), options))),
    );
  };
  add(start, 'start a detector', 'wait until it runs, with --historical until it has ended, with live progress')
    .option('--from <instant>', 'with --historical: analyse data from then on', parseInstant)
    .option('--to <instant>', 'with --historical: analyse data up to then', parseInstant);
  add(stop, 'stop a detector', 'wait until it has come to rest');
};
