import { VigilError } from '../errors.js';
import { type Cursor, decodeCursor } from './cursor.js';
import { comparing, type Order, type Sortable } from './order.js';

/** Most rows of one page. */
export const maxPage = 500;
/** Lines of a job's log where nobody says how many. */
export const defaultMessages = 20;

/** Which page. */
export interface PageRequest {
  readonly first: number;
  readonly after: Cursor | undefined;
}

/** The rows of a page, and what is around it. */
export interface Cut<T> {
  readonly rows: readonly (Sortable & { readonly value: T })[];
  readonly before: boolean;
  readonly more: boolean;
}

/** Rows wanted; absent or null: the field's default. Throws INVALID_INPUT. */
export const pageSize = (first: number | null | undefined, fallback: number, most = maxPage): number => {
  const size = first ?? fallback;
  if (size < 0 || size > most) throw new VigilError('INVALID_INPUT', `\`first\` has to be 0 to ${most}, not ${size}.`, { path: ['first'] });
  return size;
};

/** `first` absent or null: the field's default. Throws INVALID_INPUT. */
export const parsePage = (
  list: string,
  first: number | null | undefined,
  after: string | null | undefined,
  fallback: number,
): PageRequest => ({
  first: pageSize(first, fallback),
  after: after === null || after === undefined ? undefined : decodeCursor(list, after),
});

/** Cuts a page out of the whole list, behind the row the cursor names, whether that row still exists or not. */
export const cutPage = <T extends { readonly id: string }>(
  values: readonly T[],
  { first, after }: PageRequest,
  order: Order<T>,
): Cut<T> => {
  const compare = comparing(order.direction);
  const rows = values.map((value) => ({ key: order.keyOf(value), id: value.id, value })).sort(compare);
  const behind = after ? rows.findIndex((row) => compare(row, after) > 0) : 0;
  const start = behind < 0 ? rows.length : behind;
  return { rows: rows.slice(start, start + first), before: start > 0, more: start + first < rows.length };
};
