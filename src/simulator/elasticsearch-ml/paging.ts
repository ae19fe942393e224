import { isJsonObject, type Json } from '../json.js';
import { parseDate } from './dates.js';
import { illegalArgument } from './failures.js';
import { plainMembers } from './input.js';
import type { Call } from './routes.js';

/** Which results are asked for, in what order, and which page of them. */
export interface ResultQuery {
  readonly from: number;
  readonly size: number;
  readonly start: number | undefined;
  /** Not included itself. */
  readonly end: number | undefined;
  readonly sort: string;
  readonly descending: boolean;
  /** Other members by name, as text. */
  readonly own: Readonly<Record<string, string>>;
}

const asText = (value: Json | undefined): string | undefined => (value === undefined || value === null ? undefined : String(value));

function fromBody(call: Call, parser: string, own: readonly string[]): (name: string) => string | undefined {
  const members = plainMembers(parser, call.body, ['job_id', 'snapshot_id', 'start', 'end', 'sort', 'desc', 'page', ...own]);
  const page = isJsonObject(members.page) ? members.page : {};
  return (name) => asText(name === 'from' || name === 'size' ? page[name] : members[name]);
}

function whole(name: string, value: string | undefined, fallback: number): number {
  const parsed = value === undefined ? fallback : Number(value);
  if (!Number.isInteger(parsed)) throw illegalArgument(`Failed to parse int parameter [${name}] with value [${value}]`);
  if (parsed < 0) throw illegalArgument(`Parameter [${name}] cannot be < 0`);
  return parsed;
}

/** Reads a query for results from the body, or from the parameters where there is none. */
export function readResultQuery(call: Call, parser: string, sort: string, own: readonly string[] = []): ResultQuery {
  const read = call.body === '' ? (name: string) => call.params.text(name) : fromBody(call, parser, own);
  const now = call.world.timers.now();
  const [start, end] = ['start', 'end'].map((name) => {
    const text = read(name);
    return text === undefined || text === '' ? undefined : parseDate(name, text, now);
  });
  return {
    from: whole('from', read('from'), 0),
    size: whole('size', read('size'), 100),
    start,
    end,
    sort: read('sort') ?? sort,
    descending: (read('desc') ?? 'true') !== 'false',
    own: Object.fromEntries(
      own.flatMap((name) => [[name, read(name)] as const]).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    ),
  };
}

/** Those of a list that a query asks for, and how many there are on all pages. */
export function pageOf<Item>(
  query: ResultQuery,
  items: readonly Item[],
  timeOf: (item: Item) => number,
  keyOf: (item: Item) => number | string,
): { readonly count: number; readonly items: readonly Item[] } {
  const direction = query.descending ? -1 : 1;
  const found = items
    .filter((item) => (query.start === undefined || timeOf(item) >= query.start) && (query.end === undefined || timeOf(item) < query.end))
    .sort((left, right) => {
      const [first, second] = [keyOf(left), keyOf(right)];
      return first === second ? timeOf(left) - timeOf(right) : (first < second ? -1 : 1) * direction;
    });
  return { count: found.length, items: found.slice(query.from, query.from + query.size) };
}
