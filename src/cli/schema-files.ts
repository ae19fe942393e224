import { type GraphQLSchema, isAbstractType, lexicographicSortSchema, printSchema } from 'graphql';

/** What is printed from the schema, by file name. Sorted, so that only real changes show. */
export const schemaFiles = (schema: GraphQLSchema): ReadonlyMap<string, string> => {
  const sorted = lexicographicSortSchema(schema);
  const possibleTypes: Record<string, readonly string[]> = {};
  for (const type of Object.values(sorted.getTypeMap())) {
    if (isAbstractType(type)) possibleTypes[type.name] = sorted.getPossibleTypes(type).map(({ name }) => name);
  }
  return new Map([
    ['schema.graphql', `${printSchema(sorted)}\n`],
    ['possibleTypes.json', `${JSON.stringify(possibleTypes, null, 2)}\n`],
  ]);
};

/** Where two texts begin to differ. */
export const firstDifference = (committed: string, printed: string): string | undefined => {
  if (committed === printed) return undefined;
  const before = committed.split('\n');
  const now = printed.split('\n');
  const index = now.findIndex((line, each) => line !== before[each]);
  const at = index < 0 ? now.length : index;
  return `line ${at + 1}: committed "${before[at] ?? ''}", the code says "${now[at] ?? ''}"`;
};
