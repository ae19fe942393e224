import type { ZodType } from 'zod';
import type { VigilError } from '../../errors.js';
import { errorAbout, type Origin } from '../../http/index.js';
import { isMissingIndex } from './errors.js';
import { isPossibleId } from './native-ids.js';
import type { WireSearchAnswer } from './wire.js';

/** A document as it was read, and as it was sent. */
export interface Hit<T> {
  readonly id: string;
  readonly wire: T;
  readonly raw: unknown;
}

/** What a search found. */
export interface Found<T> {
  readonly hits: readonly Hit<T>[];
  /** Of the first page: they are about all that matches. */
  readonly aggregations: unknown;
  /** Why this may not be all there is; undefined: it is. */
  readonly incomplete: VigilError | undefined;
}

/** A search for everything that matches. */
export interface Search<T> {
  readonly origin: Origin;
  /** Of one document's source. */
  readonly schema: ZodType<T>;
  readonly send: (body: unknown) => Promise<WireSearchAnswer>;
  /** Query, source and aggregations. */
  readonly body: Readonly<Record<string, unknown>>;
  /** A date to page by: `search_after` goes beyond the 10,000 hits `from` can reach. */
  readonly by: { readonly field: string; readonly order: 'asc' | 'desc' };
  /** What is searched for, in the plural. */
  readonly what: string;
  readonly pageSize: number;
  readonly mostPages: number;
}

const isPartial = ({ timed_out, _shards }: WireSearchAnswer): boolean => timed_out === true || (_shards?.failed ?? 0) > 0;

const lastSortOf = (answer: WireSearchAnswer): number | undefined => {
  const value = answer.hits.hits.at(-1)?.sort?.[0];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
};

const nothing = { hits: [], aggregations: undefined, incomplete: undefined };

/**
 * Reads page by page. Documents of one instant may be cut apart by the end of a page, and there is no second field that all of them have and may be sorted by
 * (`_id` may not in Elasticsearch 8, on which Search Guard runs): so a page begins again with the last instant of the one before, and what comes twice is left out.
 * An index that does not exist yet holds nothing: it is made by the first detector, or the first start.
 */
export const searchAll = async <T>(search: Search<T>): Promise<Found<T>> => {
  const { origin, schema, send, body, by, what, pageSize, mostPages } = search;
  const { aggs, ...rest } = body;
  const step = by.order === 'desc' ? 1 : -1;
  const found = new Map<string, Hit<T>>();
  let incomplete: VigilError | undefined;
  let aggregations: unknown;
  let after: number | undefined;

  const lacking = (message: string): void => {
    incomplete ??= errorAbout(origin, 'BACKEND_UNAVAILABLE', message);
  };
  const add = (answer: WireSearchAnswer): void => {
    for (const { _id: id, _source: raw } of answer.hits.hits) {
      const parsed = isPossibleId(id) ? schema.safeParse(raw) : undefined;
      if (parsed?.success) found.set(id, { id, wire: parsed.data, raw });
      else lacking(`Some ${what} could not be understood.`);
    }
    if (isPartial(answer)) lacking(`Not every part of the index of ${what} gave an answer.`);
  };

  try {
    for (let page = 1; ; page += 1) {
      const first = after === undefined;
      const sort = [{ [by.field]: by.order }];
      const answer = await send({
        size: pageSize,
        sort,
        ...rest,
        ...(first ? (aggs === undefined ? {} : { aggs }) : { search_after: [after] }),
      });
      if (first) aggregations = answer.aggregations;
      add(answer);
      if (answer.hits.hits.length < pageSize) break;
      const last = lastSortOf(answer);
      if (page === mostPages || last === undefined) {
        incomplete = errorAbout(
          origin,
          'INVALID_INPUT',
          `There are more than ${found.size.toLocaleString('en')} ${what}: the rest is left out. Narrow what is asked for.`,
        );
        break;
      }
      const wholePage = answer.hits.hits[0]?.sort?.[0] === last;
      if (wholePage) lacking(`More than ${pageSize.toLocaleString('en')} ${what} of the same instant: some may be left out.`);
      after = wholePage ? last : last + step;
    }
  } catch (error) {
    if (found.size === 0 && isMissingIndex(error)) return nothing;
    throw error;
  }
  return { hits: [...found.values()], aggregations, incomplete };
};
