import type { Command } from 'commander';
import { type DetectorFilter, DetectorListDocument, type TaskState } from '../client/index.js';
import { backendIdOf, collect, collectUpperCase } from './arguments.js';
import { detectorColumns } from './detector-table.js';
import type { ExitCode } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { listPageSize, pagesOf, tellList } from './paged-list.js';

interface DetectorsOptions {
  readonly backend?: readonly string[];
  readonly state?: readonly string[];
  readonly historicalState?: readonly string[];
  readonly text?: string;
}

const filterOf = (options: DetectorsOptions): DetectorFilter => ({
  ...(options.backend ? { backends: options.backend.map(backendIdOf) } : {}),
  ...(options.state ? { realtimeStates: options.state as readonly TaskState[] } : {}),
  ...(options.historicalState ? { historicalStates: options.historicalState as readonly TaskState[] } : {}),
  ...(options.text ? { text: options.text } : {}),
});

const list = (connection: Connected, options: DetectorsOptions): Promise<ExitCode> => {
  const { client, io } = connection;
  const filter = filterOf(options);
  const pages = pagesOf(
    async (after) => (await client.query(DetectorListDocument, { filter, first: listPageSize, ...after }, { signal: io.signal })).detectors,
  );
  return tellList(connection, pages, () => detectorColumns, 'No detectors.');
};

export const addDetectors = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const command = program
    .command('detectors')
    .description('list the detectors of all backends that have any')
    .option('-b, --backend <id>', 'only of this backend (repeatable)', collect)
    .option('-s, --state <state>', 'only with the real-time run in this state, e.g. RUNNING (repeatable)', collectUpperCase)
    .option('--historical-state <state>', 'only with the latest historical run in this state (repeatable)', collectUpperCase)
    .option('-t, --text <text>', 'only with this in id, name or description');
  withConnection(command).action(async (options: DetectorsOptions) =>
    done(await connected(io, command, (connection) => list(connection, options))),
  );
};
