import { VigilError } from '../../errors.js';
import type { EndpointRequest } from './endpoint.js';

/** What starts a job. */
export type StartRequest = Pick<EndpointRequest, 'method' | 'path' | 'route' | 'query' | 'text'>;

/** Which attributes of a project to work with. By index, by name, or both; the server takes what there is. */
export interface MlContext {
  readonly targets?: readonly number[];
  readonly targetNames?: readonly string[];
  readonly inputs?: readonly number[];
  readonly inputNames?: readonly string[];
  /** Parameters of the algorithm, under the vendor's names. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A table. Cells are text, in the order of the names; null for an empty cell. */
export interface TableInput {
  readonly names: readonly string[];
  /** One letter each: C continuous, B binary, S text, L list, T category, X ignored. */
  readonly types: readonly string[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** The vendor's number for what to do with rows it cannot read. */
  readonly errorHandling?: number;
}

const invalid = (path: readonly string[], message: string): VigilError => new VigilError('INVALID_INPUT', message, { path });

/** Ids stand in the path and in the query, both of which are signed: how the server reads an encoded one is documented nowhere, so none is sent. */
const plainId = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}$/;

export const idOf = (text: string, field: string): string => {
  if (plainId.test(text)) return text;
  throw invalid([field], `\`${field}\` may hold letters, digits, dots, dashes and underscores only.`);
};

/** Indexes are sent as text (6.3, appendix A). */
const indexes = (numbers: readonly number[] | undefined, field: string): readonly string[] =>
  (numbers ?? []).map((each) => {
    if (Number.isSafeInteger(each) && each >= 0) return String(each);
    throw invalid([field], `\`${field}\` has to hold indexes of attributes: whole numbers from 0.`);
  });

/** In the vendor's words and order. */
export const contextOf = (context: MlContext): Readonly<Record<string, unknown>> => ({
  targets: indexes(context.targets, 'targets'),
  inputAttributes: indexes(context.inputs, 'inputs'),
  inputAttributeNames: context.inputNames ?? [],
  targetAttributeNames: context.targetNames ?? [],
  extraParameters: context.parameters ?? {},
});

const typeLetters: ReadonlySet<string> = new Set(['C', 'B', 'S', 'L', 'T', 'X', '-']);

/** Names and types, without rows. */
export const headerOf = ({ names, types }: Pick<TableInput, 'names' | 'types'>): Readonly<Record<string, unknown>> => {
  if (names.length === 0) throw invalid(['names'], 'A table needs at least one column.');
  if (types.length !== names.length) throw invalid(['types'], 'A table needs a type for every column.');
  if (!types.every((type) => typeLetters.has(type))) throw invalid(['types'], 'Types of columns are C, B, S, L, T or X.');
  return { attributeNames: names, attributeTypes: types };
};

/** DataFrame in the vendor's words. */
export const tableOf = ({ rows, errorHandling, ...header }: TableInput): Readonly<Record<string, unknown>> => {
  const columns = headerOf(header);
  const odd = rows.findIndex((row) => row.length !== header.names.length);
  if (odd >= 0) throw invalid(['rows', String(odd)], 'Every row of a table needs a cell for every column.');
  return { ...columns, data: rows, ...(errorHandling === undefined ? {} : { errorHandling }) };
};

/** A POST below a project. `route`: the path below it, without ids. */
export const projectPost = (project: string, path: string, route: string, body: unknown, query?: StartRequest['query']): StartRequest => ({
  method: 'POST',
  path: `/projects/${idOf(project, 'project')}/${path}`,
  route: `POST /projects/{pid}/${route}`,
  text: JSON.stringify(body),
  ...(query === undefined ? {} : { query }),
});
