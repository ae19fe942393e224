/** Names of what holds a secret, whatever their case and separators; `tokenizer` or `max_tokens` are none of them. */
const secretName = /(?:authori[sz]ation|apikey|password|passphrase|token|secret|credentials?|cookie|privatekey|accesskey)$/;

/** Who made a detector, with backend roles, roles and attributes; what the vendor's own pages keep for themselves. */
const leftOut: ReadonlySet<string> = new Set(['user', 'ui_metadata']);

const isShown = (name: string): boolean => !leftOut.has(name) && !secretName.test(name.toLowerCase().replaceAll(/[-_.]/g, ''));

/** What the vendor sent, without what may be a secret and without users' data. */
export const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (isShown(name) ? [[name, withoutSecrets(each)] as const] : [])),
  );
};
