import type { Command } from 'commander';
import { type JobFilter, JobListDocument, type JobState } from '../client/index.js';
import { backendIdOf, collect, collectUpperCase } from './arguments.js';
import type { ExitCode } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { jobColumns, resultBackendsOf } from './job-table.js';
import { listPageSize, pagesOf, tellList } from './paged-list.js';

interface JobsOptions {
  readonly backend?: readonly string[];
  readonly state?: readonly string[];
  readonly group?: readonly string[];
  readonly text?: string;
}

const filterOf = (options: JobsOptions): JobFilter => ({
  ...(options.backend ? { backends: options.backend.map(backendIdOf) } : {}),
  ...(options.state ? { states: options.state as readonly JobState[] } : {}),
  ...(options.group ? { groups: options.group } : {}),
  ...(options.text ? { text: options.text } : {}),
});

const list = (connection: Connected, options: JobsOptions): Promise<ExitCode> => {
  const { client, io } = connection;
  const filter = filterOf(options);
  let runOnce = resultBackendsOf([]);
  const pages = pagesOf(async (after) => {
    const { backends, jobs } = await client.query(JobListDocument, { filter, first: listPageSize, ...after }, { signal: io.signal });
    runOnce = resultBackendsOf(filter.backends ? backends.filter(({ id }) => filter.backends?.includes(id)) : backends);
    return jobs;
  });
  return tellList(connection, pages, () => jobColumns(runOnce), 'No jobs.');
};

export const addJobs = (program: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const command = program
    .command('jobs')
    .description('list the jobs of all backends')
    .option('-b, --backend <id>', 'only of this backend (repeatable)', collect)
    .option('-s, --state <state>', 'only in this state, e.g. OPENED (repeatable)', collectUpperCase)
    .option('-g, --group <group>', 'only of this group (repeatable)', collect)
    .option('-t, --text <text>', 'only with this in id or description');
  withConnection(command).action(async (options: JobsOptions) =>
    done(await connected(io, command, (connection) => list(connection, options))),
  );
};
