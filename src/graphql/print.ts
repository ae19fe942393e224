import { type GraphQLSchema, isAbstractType, lexicographicSortSchema, printSchema } from 'graphql';

/** The schema as text, sorted, so that only real changes show. */
export const printGatewaySchema = (schema: GraphQLSchema): string => `${printSchema(lexicographicSortSchema(schema))}\n`;

/** Which types an interface can be, sorted: what Apollo's cache and graphcache need to match fragments. */
export const possibleTypes = (schema: GraphQLSchema): Readonly<Record<string, readonly string[]>> =>
  Object.fromEntries(
    Object.values(schema.getTypeMap())
      .filter(isAbstractType)
      .map((type): [string, readonly string[]] => [
        type.name,
        schema
          .getPossibleTypes(type)
          .map(({ name }) => name)
          .sort(),
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** What is printed from the schema, by file name. */
export const schemaFiles = (schema: GraphQLSchema): ReadonlyMap<string, string> =>
  new Map([
    ['schema.graphql', printGatewaySchema(schema)],
    ['possibleTypes.json', `${JSON.stringify(possibleTypes(schema), null, 2)}\n`],
  ]);
