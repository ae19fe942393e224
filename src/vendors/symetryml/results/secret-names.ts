/** Names of what holds a secret, whatever their case and separators; `tokenizer` or `max_tokens` are none of them. */
const secretName = /(?:authori[sz]ation|apikey|password|passphrase|token|secret|secretkey|credentials?|cookie|privatekey|accesskey)$/;

export const isSecretName = (name: string): boolean => secretName.test(name.toLowerCase().replaceAll(/[-_.]/g, ''));

/** What the vendor sent, without what its name calls a secret. */
export const withoutSecrets = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) => (isSecretName(name) ? [] : [[name, withoutSecrets(each)] as const])),
  );
};
