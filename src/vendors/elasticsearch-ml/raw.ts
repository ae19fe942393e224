/** Names of what holds a secret, whatever their case and separators; `tokenizer` or `max_tokens` are none of them. */
const secretName = /(?:authori[sz]ation|apikey|password|passphrase|token|secret|credentials?|cookie|privatekey|accesskey)$/;
const isSecret = (name: string): boolean => secretName.test(name.toLowerCase().replaceAll(/[-_.]/g, ''));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const only = (value: Readonly<Record<string, unknown>>, isKept: (name: string) => boolean): unknown =>
  Object.fromEntries(Object.entries(value).filter(([name]) => isKept(name)));

const cleanMember = (name: string, value: unknown): readonly (readonly [string, unknown])[] => {
  // A task's: which headers the client sent along. Elasticsearch keeps few (`X-Opaque-Id`, `trace.id`); plugins may keep more.
  if (name === 'headers' && isObject(value)) return [[name, only(value, (header) => header.toLowerCase() === 'x-opaque-id')]];
  // A datafeed's: the roles it runs with, or the name of its service account. Only with an API key is there something of a key in it.
  if (name === 'authorization' && isObject(value)) return [[name, withoutSecrets(value)]];
  return isSecret(name) ? [] : [[name, withoutSecrets(value)]];
};

/** What the vendor sent, without what may be a secret. */
export const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return isObject(value) ? Object.fromEntries(Object.entries(value).flatMap(([name, each]) => cleanMember(name, each))) : value;
};
