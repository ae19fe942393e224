import { createHash } from 'node:crypto';
import { z } from 'zod';
import { failedParts } from '../domain/index.js';
import { type ErrorCode, errorCodes, VigilError } from '../errors.js';

/** What a row is sorted by; null sorts last. */
export type SortKey = string | number | null;

/** What was missing when a page was made, kept for the pages after it: backend key, part, code. */
export type LeftOut = readonly [backend: string, part: (typeof failedParts)[number], code: ErrorCode];

/** Where a page ends. */
export interface Cursor {
  readonly key: SortKey;
  readonly id: string;
  readonly leftOut: readonly LeftOut[];
}

const wire = z.object({
  v: z.literal(1),
  /** Hash of the list's name, filter and order. */
  l: z.string(),
  k: z.union([z.string(), z.number(), z.null()]),
  i: z.string(),
  x: z.array(z.tuple([z.string(), z.enum(failedParts), z.enum(errorCodes as readonly [ErrorCode, ...ErrorCode[]])])),
});

/** Order of keys and of list members must not matter: a client may build the same filter anew. */
const canonical = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((each) => JSON.stringify(canonical(each))).sort();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, each]) => [key, canonical(each)]),
  );
};

/** Names a list: two lists have the same name when they hold the same rows in the same order. */
export const listHash = (name: string, filter: object, order: object): string =>
  createHash('sha256')
    .update(JSON.stringify([name, canonical(filter), canonical(order)]))
    .digest('base64url')
    .slice(0, 16);

export const encodeCursor = (list: string, { key, id, leftOut }: Cursor): string =>
  Buffer.from(JSON.stringify({ v: 1, l: list, k: key, i: id, x: leftOut })).toString('base64url');

export const invalidCursor = (message: string, cause?: unknown): VigilError =>
  new VigilError('INVALID_INPUT', message, { path: ['after'], cause });

/** What a cursor's text holds. Throws INVALID_INPUT. */
export const parseCursor = (text: string): unknown => {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch (cause) {
    throw invalidCursor('This is no cursor. Cursors come from `endCursor` or `edges.cursor` of the page before.', cause);
  }
};

/** Throws INVALID_INPUT for what is no cursor, and for one of another list. */
export const decodeCursor = (list: string, text: string): Cursor => {
  const parsed = wire.safeParse(parseCursor(text));
  if (!parsed.success)
    throw invalidCursor('This is no cursor. Cursors come from `endCursor` or `edges.cursor` of the page before.', parsed.error);
  const { l, k, i, x } = parsed.data;
  if (l !== list) throw invalidCursor('This cursor belongs to a list with another filter or order. Begin again without `after`.');
  return { key: k, id: i, leftOut: x };
};
