import type { FailureNoticeFragment } from '../client/index.js';
import { type ExitCode, exitCodes } from './exit-codes.js';
import type { Connected } from './gateway-connection.js';
import { createTable } from './table.js';

/** A page of any list, as far as it is printed. */
interface Page<Row> {
  readonly edges: readonly { readonly node: Row }[];
  readonly unavailable: readonly FailureNoticeFragment[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** A column of a table. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row) => string;
}

export const listPageSize = 200;

/** Lines of a table, from objects. */
export const tableOf = <Row>(columns: readonly Column<Row>[]) => {
  const table = createTable(columns.map(({ heading }) => heading));
  return { lines: (rows: readonly Row[]): readonly string[] => table.lines(rows.map((row) => columns.map(({ cell }) => cell(row)))) };
};

/** Every page of a list, one after the other. */
export async function* pagesOf<Row>(read: (after: { readonly after?: string }) => Promise<Page<Row>>): AsyncGenerator<Page<Row>> {
  for (let after: string | null = null; ; ) {
    const page: Page<Row> = await read(after === null ? {} : { after });
    yield page;
    if (!page.pageInfo.hasNextPage) return;
    after = page.pageInfo.endCursor;
  }
}

/** `es-old: all or part of it is missing: BACKEND_UNAVAILABLE, It does not answer.` */
const failureText = (failure: FailureNoticeFragment): string =>
  `${failure.backend.key}: ${failure.part === 'ALL' ? 'all or part of it' : failure.part.toLowerCase()} is missing: ${failure.code}, ${failure.message}`;

/**
 * Prints a list page by page as it comes, and what is missing from it beside. `columnsOf`: asked once the first page is there. `none`: what to say of an
 * empty list.
 */
export const tellList = async <Row>(
  { printer }: Connected,
  pages: AsyncIterable<Page<Row>>,
  columnsOf: () => readonly Column<Row>[],
  none: string,
): Promise<ExitCode> => {
  let table: ReturnType<typeof tableOf<Row>> | undefined;
  let count = 0;
  let failures: readonly FailureNoticeFragment[] = [];
  for await (const page of pages) {
    const rows = page.edges.map(({ node }) => node);
    count += rows.length;
    failures = page.unavailable;
    if (printer.asJson) for (const row of rows) printer.json(row);
    else {
      table ??= tableOf(columnsOf());
      for (const line of table.lines(rows)) printer.line(line);
    }
  }
  for (const failure of failures) printer.note(failureText(failure));
  if (count === 0 && !printer.asJson) printer.line(none);
  // Part of a list is an answer; nothing at all because nobody answered is not.
  return count === 0 && failures.some(({ part }) => part === 'ALL') ? exitCodes.failed : exitCodes.ok;
};
