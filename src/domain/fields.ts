/**
 * Which facts a reader wants, as GraphQL schema coordinates: `Job.state`, `ElasticsearchJobDetails.dataCounts`.
 * An adapter asks its vendor for no more than it needs to fill them; it may deliver more, never less.
 * Made once per operation from everything the document selects, so that every read of one operation asks alike and can be shared.
 */
export type FieldSet = ReadonlySet<string>;

/** Whether any field of the type is wanted. */
export const wantsType = (fields: FieldSet, type: string): boolean => {
  for (const field of fields) if (field.startsWith(`${type}.`)) return true;
  return false;
};

/** Whether any of the coordinates is wanted. */
export const wantsAny = (fields: FieldSet, ...coordinates: readonly string[]): boolean => coordinates.some((each) => fields.has(each));

export const unionOf = (sets: Iterable<FieldSet>): FieldSet => {
  const union = new Set<string>();
  for (const set of sets) for (const field of set) union.add(field);
  return union;
};
