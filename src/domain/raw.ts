/** Names of what holds a secret, whatever their case and separators; `tokenizer` or `max_tokens` are none of them. */
const secretName = /(?:authori[sz]ation|apikey|password|passphrase|token|secret|credentials?|cookie|privatekey|accesskey)$/;
const isSecret = (name: string): boolean => secretName.test(name.toLowerCase().replaceAll(/[-_.]/g, ''));

/** Members of an object, by name and value. */
export type Members = readonly (readonly [name: string, value: unknown])[];

/**
 * What a vendor knows of a member by its name: the members to show in its place, none to leave it out; undefined: it is like any other. `clean` takes
 * secrets out of what it holds.
 */
export type MemberRule = (name: string, value: unknown, clean: (value: unknown) => unknown) => Members | undefined;

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Makes what fills the `raw` fields: what the vendor sent, without what may be a secret. */
export const rawCleaner = (rule: MemberRule): ((value: unknown) => unknown) => {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    return isRecord(value) ? Object.fromEntries(Object.entries(value).flatMap(([name, each]) => member(name, each))) : value;
  };
  const member = (name: string, value: unknown): Members => rule(name, value, clean) ?? (isSecret(name) ? [] : [[name, clean(value)]]);
  return clean;
};
