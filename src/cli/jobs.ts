import type { Command } from 'commander';
import {
  type FailureNoticeFragment,
  type JobFilter,
  JobListDocument,
  type JobListQuery,
  type JobState,
  type VigilClient,
} from '../client/index.js';
import { backendIdOf, collect, collectUpperCase } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { failureText, jobHeadings, jobRow } from './job-table.js';
import { createTable } from './table.js';

interface JobsOptions {
  readonly backend?: readonly string[];
  readonly state?: readonly string[];
  readonly group?: readonly string[];
  readonly text?: string;
}

const pageSize = 200;

const filterOf = (options: JobsOptions): JobFilter => ({
  ...(options.backend ? { backends: options.backend.map(backendIdOf) } : {}),
  ...(options.state ? { states: options.state as readonly JobState[] } : {}),
  ...(options.group ? { groups: options.group } : {}),
  ...(options.text ? { text: options.text } : {}),
});

async function* pagesOf(client: VigilClient, filter: JobFilter, signal: AbortSignal): AsyncGenerator<JobListQuery['jobs']> {
  for (let after: string | null | undefined; ; ) {
    const { jobs } = await client.query(JobListDocument, { filter, first: pageSize, ...(after ? { after } : {}) }, { signal });
    yield jobs;
    if (!jobs.pageInfo.hasNextPage) return;
    after = jobs.pageInfo.endCursor;
  }
}

const list = async ({ client, printer, io }: Connected, options: JobsOptions): Promise<ExitCode> => {
  const table = createTable(jobHeadings);
  let count = 0;
  let failures: readonly FailureNoticeFragment[] = [];
  for await (const page of pagesOf(client, filterOf(options), io.signal)) {
    const jobs = page.edges.map(({ node }) => node);
    count += jobs.length;
    failures = page.unavailable;
    if (printer.asJson) for (const job of jobs) printer.json(job);
    else for (const line of table.lines(jobs.map(jobRow))) printer.line(line);
  }
  for (const failure of failures) printer.note(failureText(failure));
  if (count === 0 && !printer.asJson) printer.line('No jobs.');
  // Part of a list is an answer; nothing at all because nobody answered is not.
  return count === 0 && failures.some(({ part }) => part === 'ALL') ? exitCodes.failed : exitCodes.ok;
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
