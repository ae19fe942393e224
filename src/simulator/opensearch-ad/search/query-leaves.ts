import { isJsonObject, type Json } from '../../json.js';
import { type Entry, indexed, rawValues, type Shard, termsOf, type Value } from './entry.js';
import type { Field } from './fields.js';
import { itemsOf, membersOf, type Part, parsing, placeOf } from './part.js';
import { constant, nothing, type Query, type ReadQuery, termScorer } from './scoring.js';
import { type Cause, illegalArgument, SearchFailure } from './search-failure.js';
import { ShardFailure, uncreatable } from './shard-failure.js';

/** What every query may carry. */
export const commonKeys: readonly string[] = ['boost', '_name'];

/** The boost of a query. */
export const boostOf = (part: Part): number => (isJsonObject(part.value) && part.value.boost !== undefined ? Number(part.value.boost) : 1);

/** The one field that a leaf is about. */
export function fieldPart(kind: string, body: Part): Part {
  const [field, second] = membersOf(body).filter(({ name }) => !commonKeys.includes(name));
  if (field === undefined || field.value === null) throw illegalArgument('field name is null or empty');
  if (second === undefined) return field;
  throw parsing(`[${kind}] query doesn't support multiple fields, found [${field.name}] and [${second.name}]`, second);
}

/** What a field's own parameters may be called. */
export function onlyParameters(kind: string, field: Part, known: readonly string[]): void {
  const unknown = membersOf(field).find(({ name }) => !known.includes(name) && !commonKeys.includes(name));
  if (unknown !== undefined) throw parsing(`[${kind}] query does not support [${unknown.name}]`, unknown);
}

const numberFormat = (value: Json): Cause => ({ type: 'number_format_exception', reason: `For input string: "${String(value)}"` });

/** A text that fits none of a date's formats. */
export function unreadableDate(shard: Shard, field: Field, value: Json): ShardFailure {
  const reason = `failed to parse date field [${String(value)}] with format [${field.format}]`;
  const inner: Cause = { type: 'date_time_parse_exception', reason: 'Failed to parse with all enclosed parsers' };
  const causedBy: Cause = { type: 'illegal_argument_exception', reason, causedBy: inner };
  return new ShardFailure(shard, { type: 'parse_exception', reason: `${reason}: [${reason}]`, causedBy });
}

/** A value that is looked for, as the field would keep it. */
export function soughtValue(shard: Shard, field: Field, value: Json): Value {
  const found = indexed({ ...field, ignoreAbove: Number.POSITIVE_INFINITY }, value, shard.now);
  if (field.kind === 'boolean' && (found === undefined || value === '')) {
    const reason = `Can't parse boolean value [${String(value)}], expected [true] or [false]`;
    throw uncreatable(shard, { type: 'illegal_argument_exception', reason });
  }
  if (found === undefined) throw unreadableDate(shard, field, value);
  if (typeof found === 'number' && Number.isNaN(found)) throw uncreatable(shard, numberFormat(value));
  return found;
}

const byId =
  (ids: ReadonlySet<string>) =>
  ({ doc }: Entry): boolean =>
    ids.has(doc.id);

export const readMatchAll: ReadQuery = (body) => ({ bind: () => constant(() => true, boostOf(body)) });

export const readMatchNone: ReadQuery = () => ({ bind: () => nothing });

export const readIds: ReadQuery = (body) => {
  const unknown = membersOf(body).find(({ name }) => ![...commonKeys, 'values'].includes(name));
  if (unknown !== undefined) {
    const reason = `${placeOf(unknown, 'name')} [ids] unknown field [${unknown.name}]`;
    const causedBy = { type: 'x_content_parse_exception', reason };
    throw new SearchFailure(400, { type: 'parsing_exception', reason, extra: { ...unknown.position('value') }, causedBy });
  }
  const ids = new Set(itemsOf(body.at('values')).map(({ value }) => String(value)));
  return { bind: () => constant(byId(ids), boostOf(body)) };
};

/** Looks for one term: scored where terms are counted, constant where they are numbers. */
function bindTerm(shard: Shard, name: string, value: Json, how: { boost: number; scores: boolean }) {
  const { boost } = how;
  if (name === '_id') return constant(byId(new Set([String(value)])), boost);
  const field = shard.fields.get(name);
  if (field === undefined) return nothing;
  const term = soughtValue(shard, field, value);
  if (field.kind === 'keyword' || field.kind === 'text' || field.kind === 'boolean') return termScorer(shard, field, term, how);
  return constant((entry) => termsOf(entry, field).includes(term), boost);
}

const sameIgnoringCase = (field: Field, wanted: string) => (entry: Entry) =>
  termsOf(entry, field).some((term) => String(term).toLowerCase() === wanted);

export const readTerm: ReadQuery = (body): Query => {
  const field = fieldPart('term', body);
  if (Array.isArray(field.value)) throw parsing('[term] query does not support array of values', field);
  onlyParameters('term', field, ['value', 'case_insensitive']);
  const { value = null, case_insensitive: insensitive = false } = isJsonObject(field.value) ? field.value : { value: field.value };
  if (value === null) throw illegalArgument('value cannot be null');
  const boost = boostOf(field) * boostOf(body);
  return {
    bind(shard, scores) {
      const known = shard.fields.get(field.name);
      if (insensitive !== true || known === undefined) return bindTerm(shard, field.name, value, { boost, scores });
      return constant(sameIgnoringCase(known, String(value).toLowerCase()), boost);
    },
  };
};

export const readTerms: ReadQuery = (body) => {
  const [field, second] = membersOf(body).filter(({ name }) => !commonKeys.includes(name));
  if (field === undefined)
    throw parsing('[terms] query requires a field name, followed by array of terms or a document lookup specification', body, 'end');
  if (!Array.isArray(field.value)) throw parsing(`[terms] query does not support [${field.name}]`, field);
  if (second !== undefined) throw parsing('[terms] query does not support multiple fields', second);
  const items = itemsOf(field);
  const empty = items.find(({ value }) => value === null);
  if (empty !== undefined) throw parsing('No value specified for terms query', empty);
  const wanted = items.map(({ value }) => value);
  return {
    bind(shard, scores) {
      if (field.name === '_id') return constant(byId(new Set(wanted.map(String))), boostOf(body));
      const known = shard.fields.get(field.name);
      if (known === undefined) return nothing;
      const terms = new Set(wanted.map((value) => soughtValue(shard, known, value)));
      // One value of a boolean field is looked for as a term, and scored as one.
      if (known.kind === 'boolean' && terms.size === 1)
        return bindTerm(shard, field.name, wanted[0] ?? null, { boost: boostOf(body), scores });
      return constant((entry) => termsOf(entry, known).some((term) => terms.has(term)), boostOf(body));
    },
  };
};

const everywhere: readonly string[] = ['_id', '_index', '_seq_no', '_source'];

export const readExists: ReadQuery = (body) => {
  const { field } = isJsonObject(body.value) ? body.value : {};
  if (typeof field !== 'string') throw parsing('[exists] must be provided with a [field]', body, 'end');
  return {
    bind(shard) {
      if (everywhere.includes(field)) return constant(() => true, boostOf(body));
      const known = [...shard.fields.all()].filter(({ name }) => name === field || name.startsWith(`${field}.`));
      const has = (entry: Entry, one: Field) => rawValues(entry, one).some((value) => indexed(one, value, shard.now) !== undefined);
      return constant((entry) => known.some((one) => has(entry, one)), boostOf(body));
    },
  };
};
