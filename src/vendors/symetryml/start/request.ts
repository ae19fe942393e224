import { VigilError } from '../../../errors.js';
import type { EndpointRequest } from '../endpoint.js';

/** What starts a job. */
export type StartRequest = Pick<EndpointRequest, 'method' | 'path' | 'route' | 'query' | 'text'>;

/*
 * Inputs are those of the mutation, so null and absent mean the same. What cannot be right is INVALID_INPUT; its path is that of the field below the kind
 * of the job.
 */

/** Which attributes of a project to work with. By index, by name, or both; the server takes what there is. */
export interface MlContext {
  readonly targets?: readonly number[] | null;
  readonly targetNames?: readonly string[] | null;
  readonly inputs?: readonly number[] | null;
  readonly inputNames?: readonly string[] | null;
  /** Of the algorithm, under the vendor's names. */
  readonly parameters?: readonly Parameter[] | null;
}

export interface Parameter {
  readonly name: string;
  readonly value: string;
}

export interface ColumnInput {
  readonly name: string;
  /** One letter: C continuous, B binary, S text, L list, T category, X ignored. */
  readonly type: string;
}

/** Cells are text, in the order of the columns; null for an empty one. */
export interface RowInput {
  readonly cells: readonly (string | null)[];
}

export interface TableInput {
  readonly columns: readonly ColumnInput[];
  readonly rows: readonly RowInput[];
  /** The vendor's number for what to do with rows it cannot read. */
  readonly errorHandling?: number | null;
}

type Path = readonly string[];

export const invalid = (path: Path, message: string): VigilError => new VigilError('INVALID_INPUT', message, { path });

/** Ids stand in the path and in the query, both of which are signed: how the server reads an encoded one is documented nowhere, so none is sent. */
const plainId = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}$/;

/** `path`: where the field stands. */
export const idOf = (text: string, field: string, path: Path = []): string => {
  if (plainId.test(text)) return text;
  throw invalid([...path, field], `\`${field}\` may hold letters, digits, dots, dashes and underscores only.`);
};

/** Indexes are sent as text (6.3, appendix A). */
const indexes = (numbers: readonly number[] | null | undefined, path: Path): readonly string[] =>
  (numbers ?? []).map((each) => {
    if (Number.isSafeInteger(each) && each >= 0) return String(each);
    throw invalid(path, `\`${path.at(-1)}\` has to hold indexes of attributes: whole numbers from 0.`);
  });

/** In the vendor's words and order. `path`: where the context stands. */
export const contextOf = (context: MlContext, path: Path = ['context']): Readonly<Record<string, unknown>> => ({
  targets: indexes(context.targets, [...path, 'targets']),
  inputAttributes: indexes(context.inputs, [...path, 'inputs']),
  inputAttributeNames: context.inputNames ?? [],
  targetAttributeNames: context.targetNames ?? [],
  extraParameters: Object.fromEntries((context.parameters ?? []).map(({ name, value }) => [name, value])),
});

const typeLetters: ReadonlySet<string> = new Set(['C', 'B', 'S', 'L', 'T', 'X', '-']);

/** Names and types, without rows. `path`: where the columns stand. */
export const headerOf = (columns: readonly ColumnInput[], path: Path = ['columns']): Readonly<Record<string, unknown>> => {
  if (columns.length === 0) throw invalid(path, 'A table needs at least one column.');
  const odd = columns.findIndex(({ type }) => !typeLetters.has(type));
  if (odd >= 0) throw invalid([...path, String(odd), 'type'], 'Types of columns are C, B, S, L, T or X.');
  return { attributeNames: columns.map(({ name }) => name), attributeTypes: columns.map(({ type }) => type) };
};

/** DataFrame in the vendor's words. `path`: where the table stands. */
export const tableOf = ({ columns, rows, errorHandling }: TableInput, path: Path = ['table']): Readonly<Record<string, unknown>> => {
  const header = headerOf(columns, [...path, 'columns']);
  const odd = rows.findIndex(({ cells }) => cells.length !== columns.length);
  if (odd >= 0) throw invalid([...path, 'rows', String(odd), 'cells'], 'Every row of a table needs a cell for every column.');
  return { ...header, data: rows.map(({ cells }) => cells), ...(typeof errorHandling === 'number' ? { errorHandling } : {}) };
};

/** A POST below a project. `route`: the path below it, without ids. */
export const projectPost = (project: string, path: string, route: string, body: unknown, query?: StartRequest['query']): StartRequest => ({
  method: 'POST',
  path: `/projects/${idOf(project, 'project')}/${path}`,
  route: `POST /projects/{pid}/${route}`,
  text: JSON.stringify(body),
  ...(query === undefined ? {} : { query }),
});
