import { isJsonObject, type Json, type JsonObject } from '../json.js';
import { Failure } from './failures.js';

type Test = (doc: JsonObject) => boolean;

/** One or several of something, or none. */
export const asList = (value: Json | undefined): readonly Json[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

const asText = (value: Json | undefined) => (value === undefined || value === null ? '' : String(value));

/** The one field a leaf query is about, and what it says of it. */
function leaf(body: Json): readonly [field: string, value: Json] {
  const [entry] = isJsonObject(body) ? Object.entries(body) : [];
  if (entry === undefined) throw parsing('[1:1] query malformed, empty clause found');
  return [entry[0].replace(/\.keyword$/, ''), entry[1] ?? null];
}

/** The refusal of a part of a search that cannot be read. */
export const parsing = (reason: string) => new Failure(400, { type: 'parsing_exception', reason });

const bound = (value: Json | undefined): number | undefined => {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string') return undefined;
  return /^\d+$/.test(value) ? Number(value) : Date.parse(value);
};

function range(body: Json): Test {
  const [field, limits] = leaf(body);
  const { gt, gte, lt, lte } = isJsonObject(limits) ? limits : {};
  const [above, from, below, to] = [bound(gt), bound(gte), bound(lt), bound(lte)];
  return (doc) => {
    const value = Number(doc[field]);
    const low = (above === undefined || value > above) && (from === undefined || value >= from);
    return low && (below === undefined || value < below) && (to === undefined || value <= to);
  };
}

function term(body: Json): Test {
  const [field, value] = leaf(body);
  const wanted = asText(isJsonObject(value) ? (value.value ?? value.query) : value);
  return (doc) => asText(doc[field]) === wanted;
}

function terms(body: Json): Test {
  const [field, value] = leaf(body);
  const wanted = new Set(asList(value).map(asText));
  return (doc) => wanted.has(asText(doc[field]));
}

function wildcard(body: Json): Test {
  const [field, value] = leaf(body);
  const pattern = asText(isJsonObject(value) ? (value.value ?? value.wildcard) : value);
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  const glob = new RegExp(`^${escaped.join('.*')}$`);
  return (doc) => glob.test(asText(doc[field]));
}

function bool(body: Json): Test {
  const clauses = isJsonObject(body) ? body : {};
  const tests = (key: string) => asList(clauses[key]).map(compileQuery);
  const [all, none, some] = [[...tests('filter'), ...tests('must')], tests('must_not'), tests('should')];
  const needed = clauses.minimum_should_match !== undefined || all.length === 0 ? Math.min(1, some.length) : 0;
  return (doc) => all.every((test) => test(doc)) && !none.some((test) => test(doc)) && some.filter((test) => test(doc)).length >= needed;
}

/** The queries that are understood. */
export const queries: ReadonlyMap<string, (body: Json) => Test> = new Map<string, (body: Json) => Test>([
  ['match_all', () => () => true],
  ['match_none', () => () => false],
  ['term', term],
  ['match', term],
  ['terms', terms],
  ['range', range],
  ['wildcard', wildcard],
  ['bool', bool],
  ['exists', (body) => (doc) => isJsonObject(body) && doc[asText(body.field)] !== undefined],
]);

/** What a query lets through. */
export function compileQuery(query: Json | undefined): Test {
  if (query === undefined) return () => true;
  const [entry] = isJsonObject(query) ? Object.entries(query) : [];
  const compile = entry === undefined ? undefined : queries.get(entry[0]);
  if (entry === undefined || compile === undefined) throw parsing(`unknown query [${entry?.[0] ?? ''}]`);
  return compile(entry[1] ?? null);
}
