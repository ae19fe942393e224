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

/** Deeper than anything the products nest, and than what can be walked and written is allowed to. */
const mostNested = 100;

/** Whether a value of any form can be walked and written; whoever sent it chose how deep it is. */
const isShallow = (value: unknown): boolean => {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= mostNested; depth += 1) {
    const below = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (below.length === 0) return true;
    level = below;
  }
  return false;
};

/** A value of a form the vendor leaves open, as it came; null when it nests too deep to be shown. */
export const openValue = (value: unknown): unknown => (isShallow(value) ? value : null);

/** Makes what fills the `raw` fields: what the vendor sent, without what may be a secret; null when it nests too deep to be shown. */
export const rawCleaner = (rule: MemberRule): ((value: unknown) => unknown) => {
  const clean = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(clean);
    return isRecord(value) ? Object.fromEntries(Object.entries(value).flatMap(([name, each]) => member(name, each))) : value;
  };
  const member = (name: string, value: unknown): Members => rule(name, value, clean) ?? (isSecret(name) ? [] : [[name, clean(value)]]);
  return (value) => clean(openValue(value));
};
