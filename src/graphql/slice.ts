import { z } from 'zod';
import type { Slice, Sliced } from '../domain/index.js';
import { VigilError } from '../errors.js';
import type { PageInfoType } from './connection.type.js';
import { invalidCursor, parseCursor } from './cursor.js';
import { pageSize } from './paging.js';

/** A page of a list that the vendor itself pages. */
export interface SliceRequest extends Slice {
  /** Names the list in its cursors. */
  readonly list: string;
}

/** What a connection of such a list is resolved from. */
export interface SliceConnection<T> {
  readonly edges: readonly { readonly cursor: string; readonly node: T }[];
  readonly nodes: readonly T[];
  readonly pageInfo: PageInfoType;
  readonly totalCount: number | null;
}

const wire = z.object({ v: z.literal(1), l: z.string(), s: z.number().int().min(1) });

const encode = (list: string, skip: number): string => Buffer.from(JSON.stringify({ v: 1, l: list, s: skip })).toString('base64url');

const decode = (list: string, text: string): number => {
  const parsed = wire.safeParse(parseCursor(text));
  if (!parsed.success)
    throw invalidCursor('This is no cursor. Cursors come from `endCursor` or `edges.cursor` of the page before.', parsed.error);
  if (parsed.data.l !== list) throw invalidCursor('This cursor belongs to a list with another filter. Begin again without `after`.');
  return parsed.data.s;
};

/** `first` absent or null: the field's default. Throws INVALID_INPUT, also for a cursor of another list. */
export const parseSlice = (
  list: string,
  first: number | null | undefined,
  after: string | null | undefined,
  fallback: number,
  most?: number,
): SliceRequest => ({
  list,
  first: pageSize(first, fallback, most),
  skip: after === null || after === undefined ? 0 : decode(list, after),
});

/** The same, for a list that can also be entered at a place. Throws INVALID_INPUT for both at once, and for what is no place. */
export const startingAt = (request: SliceRequest, from: number | null | undefined, after: string | null | undefined): SliceRequest => {
  if (from === null || from === undefined) return request;
  if (after !== null && after !== undefined)
    throw new VigilError('INVALID_INPUT', 'Either `from` or `after`, not both.', { path: ['from'] });
  if (from < 0) throw new VigilError('INVALID_INPUT', '`from` has to be 0 or more.', { path: ['from'] });
  return { ...request, skip: from };
};

/** The page as a connection. Where the vendor does not count, a full page is taken to have one behind it. */
export const viewSlice = <T>({ list, skip, first }: SliceRequest, { items, totalCount }: Sliced<T>): SliceConnection<T> => {
  const nodes = items.slice(0, first);
  const edges = nodes.map((node, index) => ({ cursor: encode(list, skip + index + 1), node }));
  const more = totalCount === null ? nodes.length === first : skip + nodes.length < totalCount;
  return {
    edges,
    nodes,
    pageInfo: {
      // An empty page has no cursor to go on from.
      hasNextPage: nodes.length > 0 && more,
      hasPreviousPage: skip > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount,
  };
};

/** A page that could not be had. */
export const emptySlice = <T>(request: SliceRequest): SliceConnection<T> => viewSlice<T>(request, { items: [], totalCount: null });
