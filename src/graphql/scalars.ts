import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLJSON, GraphQLSafeInt, GraphQLUUID } from 'graphql-scalars';
import { type Instant, isInstant } from '../domain/index.js';

/** RFC 3339 with an offset or Z; a date alone or a local time names no instant. */
const rfc3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

const parseInstant = (value: unknown): Instant => {
  const instant = typeof value === 'string' && rfc3339.test(value) ? Date.parse(value.replace(' ', 'T').toUpperCase()) : Number.NaN;
  if (Number.isNaN(instant)) throw new GraphQLError('DateTime has to be RFC 3339 with Z or an offset: 2026-01-31T09:05:00.000Z.');
  return instant;
};

/** Inside the gateway an instant is epoch milliseconds; outside it is text. */
export const DateTimeScalar = new GraphQLScalarType<Instant, string>({
  name: 'DateTime',
  description:
    'An instant: RFC 3339 in UTC, always with milliseconds and Z, so that text order is time order: `2026-01-31T09:05:00.000Z`. As an input any offset is understood.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  serialize(value) {
    if (typeof value !== 'number' || !isInstant(value)) throw new GraphQLError('DateTime cannot represent what the backend sent.');
    return new Date(value).toISOString();
  },
  parseValue: parseInstant,
  parseLiteral: (node) => parseInstant(node.kind === Kind.STRING ? node.value : undefined),
});

export const SafeIntScalar = new GraphQLScalarType({
  ...GraphQLSafeInt.toConfig(),
  description: 'A whole number up to 2^53-1, a plain JSON number: counters, bytes, epoch values.',
});

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  description: 'Any JSON value. Only for what a vendor leaves open and for `raw`; never needed to show a page.',
});

const uuid = GraphQLUUID.toConfig();
/** Two spellings of one UUID are one key. */
export const UuidScalar = new GraphQLScalarType<string, string>({
  ...uuid,
  description: 'A UUID made by the client: `8c7e4a52-6f0b-4d3c-9a55-2f5d1f0c7e11`.',
  parseValue: (value) => uuid.parseValue(value).toLowerCase(),
  parseLiteral: (node, variables) => uuid.parseLiteral(node, variables).toLowerCase(),
});
