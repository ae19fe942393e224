import type { Command } from 'commander';
import { jobIdOf, parseDurationMs } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { followTask } from './follow-task.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { addJobResult } from './job-result.js';
import { type JobVerb, jobVerbs, type VerbOptions, type VerbPayload } from './job-verbs.js';
import { tellJobRefusal } from './refusal.js';

interface JobOptions extends VerbOptions {
  readonly wait: boolean;
}

/** Sends the verb. Interrupted here, nobody knows whether it arrived. */
const send = async ({ client, printer, io }: Connected, verb: JobVerb, jobId: string, options: JobOptions): Promise<VerbPayload> => {
  try {
    return await verb.send(client, jobId, options, io.signal);
  } catch (error) {
    if (io.signal.aborted)
      printer.note('Interrupted before the gateway answered: it may do it all the same. Look at the job before trying again.');
    throw error;
  }
};

const run = async (connection: Connected, verb: JobVerb, jobId: string, options: JobOptions): Promise<ExitCode> => {
  const { printer, io } = connection;
  const payload = await send(connection, verb, jobId, options);
  const { job, task, errors } = payload;
  if (errors.length > 0) return tellJobRefusal(connection, payload);
  if (printer.asJson) printer.json({ event: 'accepted', job, task });
  if (!task) {
    if (!printer.asJson) printer.line(`${verb.name} of ${jobId}: done${job ? `, it is ${job.state}` : ''}.`);
    return exitCodes.ok;
  }
  if (!options.wait) {
    if (!printer.asJson) printer.line(`${verb.name} of ${jobId} is under way as ${task.id}`);
    return exitCodes.ok;
  }
  try {
    const { state } = await followTask(connection, { ...task, job });
    return state === (verb.goodEnd ?? 'SUCCEEDED') ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (!io.signal.aborted || io.signal.reason === 'EPIPE') throw error;
    printer.note(`No longer waiting. The gateway goes on with ${task.id}; "vigil watch" shows it.`);
    return exitCodes.interrupted;
  }
};

export const addJob = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const parent = program.command('job').description('act on one job with live progress, or look at what it has made');
  withConnection(parent).enablePositionalOptions();
  for (const verb of jobVerbs) {
    const command = parent
      .command(verb.name)
      .description(verb.description)
      .argument('<id>', 'the job: job:es-prod:total-requests, or es-prod:total-requests')
      .option('--no-wait', 'return as soon as the work has begun');
    if (verb.force) command.option('--force', verb.force);
    if (verb.closeFirst) command.option('--close-first', verb.closeFirst);
    if (verb.snapshot) command.requiredOption('--snapshot <id>', verb.snapshot);
    if (verb.deleteResults) command.option('--delete-intervening-results', verb.deleteResults);
    if (verb.hasTimeout)
      command.option('--timeout <duration>', 'how long the backend may take before it gives up waiting, e.g. 30s', parseDurationMs);
    withConnection(command).action(async (id: string, options: JobOptions) =>
      done(await connected(io, command, (connection) => run(connection, verb, jobIdOf(id), options))),
    );
  }
  addJobResult(parent, io, done);
};
