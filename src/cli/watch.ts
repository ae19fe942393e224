import type { Command } from 'commander';
import { type TaskFilter, type TaskState, WatchTasksDocument, type WatchTasksSubscription } from '../client/index.js';
import { backendIdOf, collect, collectUpperCase } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import type { Printer } from './printer.js';
import { isFinalState, unfinishedStates } from './task-text.js';

interface WatchOptions {
  readonly backend?: readonly string[];
  readonly state?: readonly string[];
}

type Update = WatchTasksSubscription['tasksProgress'];

const filterOf = (options: WatchOptions): TaskFilter => ({
  ...(options.backend ? { backends: options.backend.map(backendIdOf) } : {}),
  states: (options.state ?? unfinishedStates) as readonly TaskState[],
});

/** One line for each thing that happened, in the order in which it is to be applied. */
const tellJson = (printer: Printer, update: Update): void => {
  if (update.reset) printer.json({ event: 'reset' });
  for (const backend of update.backends) printer.json({ event: 'backend', backend });
  for (const task of update.left) printer.json({ event: 'left', task });
  for (const id of update.forgotten) printer.json({ event: 'forgotten', id });
  for (const task of update.added) printer.json({ event: 'added', task });
  for (const task of update.changed) printer.json({ event: 'changed', task });
  if (update.synced) printer.json({ event: 'synced', cursor: update.cursor });
};

const createTeller = (printer: Printer) => {
  if (printer.asJson) return { tell: (update: Update) => tellJson(printer, update), dispose: () => undefined };
  const view = printer.progress();
  const health = new Map<string, string>();
  let greeted = false;

  return {
    tell(update: Update) {
      for (const backend of update.backends) {
        const { status, message } = backend.health;
        const before = health.get(backend.id);
        const now = `${backend.key} is ${status}${message ? `: ${message}` : ''}`;
        health.set(backend.id, now);
        // What is wrong from the start is told, too: "nothing is under way" would be half the truth.
        if (before !== now && (before !== undefined || status === 'DOWN' || status === 'DEGRADED')) view.note(now);
      }
      for (const task of update.left) view.settle(task);
      for (const task of [...update.added, ...update.changed]) isFinalState(task.state) ? view.settle(task) : view.show(task);
      if (update.synced && !greeted) {
        greeted = true;
        const running = update.stateCounts.reduce((sum, { count }) => sum + count, 0);
        view.note(running === 0 ? 'Nothing is under way; whatever begins is shown. Ctrl-C ends.' : `${running} under way. Ctrl-C ends.`);
      }
    },
    dispose: () => view.dispose(),
  };
};

const watch = async ({ client, printer, io }: Connected, options: WatchOptions): Promise<ExitCode> => {
  const teller = createTeller(printer);
  try {
    for await (const { tasksProgress } of client.subscribe(WatchTasksDocument, { filter: filterOf(options) }, { signal: io.signal }))
      teller.tell(tasksProgress);
    printer.note('The gateway ended the view.');
    return exitCodes.failed;
  } catch (error) {
    if (io.signal.aborted) return exitCodes.ok;
    throw error;
  } finally {
    teller.dispose();
  }
};

export const addWatch = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const command = program
    .command('watch')
    .description('show tasks live until Ctrl-C')
    .option('-b, --backend <id>', 'only of this backend (repeatable)', collect)
    .option('-s, --state <state>', 'only in this state, e.g. RUNNING (repeatable; default: all that have not ended)', collectUpperCase);
  withConnection(command).action(async (options: WatchOptions) =>
    done(await connected(io, command, (connection) => watch(connection, options))),
  );
};
