import type { Command } from 'commander';
import {
  DataFrameRowsDocument,
  type DataFrameRowsQuery,
  JobResultDocument,
  type JobResultQuery,
  JobResultRawDocument,
} from '../client/index.js';
import { VigilError } from '../errors.js';
import { jobIdOf, parseCount } from './arguments.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import { type Connected, connected, withConnection } from './gateway-connection.js';
import type { CliIo } from './io.js';
import { cellText, needsRaw, oneLine, partLines, type ResultPart, type TablePart } from './result-parts.js';
import { createTable } from './table.js';

interface ResultOptions {
  readonly entity?: string;
  readonly rows: number;
}

type Job = NonNullable<JobResultQuery['job']>;
type Rows = Extract<NonNullable<DataFrameRowsQuery['node']>, { readonly rows: unknown }>['rows'];

const rowsAtOnce = 200;
/** In which there may be a result later. One that is done is being read. */
const unfinishedStates: ReadonlySet<string> = new Set(['QUEUED', 'RUNNING', 'FINISHED']);

/** Why there is nothing to show. */
const whyNone = ({ id, state, stateReason, resultState }: Job): string => {
  switch (resultState) {
    case 'UNCLAIMED':
      return `Its result is still on its server: it was not begun through this gateway. "vigil job collect ${id}" takes it.`;
    case 'LOST':
      return `Its result is lost. ${stateReason ?? ''}`.trimEnd();
    case 'EXPIRED':
      return 'Its result was kept, and had to go: "results" in the configuration of the gateway says for how long, and how much, is kept.';
    default:
      return `The job is ${state}: it has no result${unfinishedStates.has(state) ? ' yet' : ''}.`;
  }
};

async function* pagesOfRows({ client, io }: Connected, { id }: TablePart, count: number): AsyncGenerator<Rows> {
  let after: string | undefined;
  for (let left = count; left > 0; ) {
    const variables = { id, first: Math.min(left, rowsAtOnce), ...(after === undefined ? {} : { after }) };
    const { node } = await client.query(DataFrameRowsDocument, variables, { signal: io.signal });
    if (!node || !('rows' in node)) throw new VigilError('NOT_FOUND', 'The result was let go while it was being read.');
    yield node.rows;
    left -= node.rows.edges.length;
    const { hasNextPage, endCursor } = node.rows.pageInfo;
    if (!hasNextPage || endCursor === null) return;
    after = endCursor;
  }
}

const tellRows = async (connection: Connected, part: TablePart, count: number): Promise<void> => {
  const { printer } = connection;
  const table = createTable(part.columns.map(({ index, name }) => oneLine(name) || `#${index}`));
  let shown = 0;
  for await (const { edges } of pagesOfRows(connection, part, Math.min(count, part.rowCount))) {
    shown += edges.length;
    if (printer.asJson) for (const { node } of edges) printer.json({ event: 'row', entity: part.name, ...node });
    else for (const line of table.lines(edges.map(({ node }) => node.cells.map(cellText)))) printer.line(`  ${line}`);
  }
  const rest = part.rowCount - shown;
  if (!printer.asJson && rest > 0) printer.line(`  … ${rest} more (--rows ${part.rowCount} shows all)`);
};

const chosen = (parts: readonly ResultPart[], name: string | undefined): readonly ResultPart[] => {
  if (name === undefined) return parts;
  const found = parts.filter((part) => part.name === name);
  if (found.length > 0) return found;
  throw new VigilError(
    'NOT_FOUND',
    `Its result has no part "${name}". There is: ${parts.map((part) => oneLine(part.name)).join(', ') || 'none'}.`,
  );
};

const tell = async (connection: Connected, id: string, options: ResultOptions): Promise<ExitCode> => {
  const { client, printer, io } = connection;
  const { job } = await client.query(JobResultDocument, { id }, { signal: io.signal });
  if (!job) throw new VigilError('NOT_FOUND', `There is no job ${id}.`);
  const { result } = job;
  if (!result) throw new VigilError('NOT_FOUND', whyNone(job));
  const parts = chosen(result.entities, options.entity);
  const raws = new Map<string, unknown>();
  if (parts.some(needsRaw)) {
    const raw = await client.query(JobResultRawDocument, { id: job.id }, { signal: io.signal });
    for (const entity of raw.job?.result?.entities ?? []) raws.set(entity.id, entity.raw);
  }
  if (parts.length === 0 && !printer.asJson) printer.line('Its result is empty: jobs of this kind hand nothing over.');
  for (const part of parts) {
    const raw = raws.get(part.id);
    if (printer.asJson) printer.json({ event: 'entity', ...part, ...(needsRaw(part) ? { raw } : {}) });
    else for (const line of partLines(part, raw)) printer.line(line);
    if (part.__typename === 'DataFrame') await tellRows(connection, part, options.rows);
  }
  return exitCodes.ok;
};

export const addJobResult = (parent: Command, io: CliIo, done: (code: ExitCode) => void): void => {
  const command = parent
    .command('result')
    .description('show what a job has made, as the gateway keeps it')
    .argument('<id>', 'the job: job:sym-prod:7, or sym-prod:7')
    .option('--entity <name>', 'only the part of this name, e.g. pcaVectors')
    .option('--rows <count>', 'how many rows of a table', parseCount, 10);
  withConnection(command).action(async (id: string, options: ResultOptions) =>
    done(await connected(io, command, (connection) => tell(connection, jobIdOf(id), options))),
  );
};
