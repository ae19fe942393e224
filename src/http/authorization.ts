import type { Auth, Secret } from '../domain/index.js';

/** The header that proves who the gateway is; undefined without credentials. */
export const authorizationOf = (auth: Auth): string | undefined => {
  switch (auth.kind) {
    case 'none':
      return undefined;
    case 'basic':
      return `Basic ${Buffer.from(`${auth.username}:${auth.password.reveal()}`, 'utf8').toString('base64')}`;
    case 'apiKey':
      return `ApiKey ${auth.value.reveal()}`;
    case 'bearer':
      return `Bearer ${auth.token.reveal()}`;
  }
};

/** Every text that must not be seen, in each form in which it could be echoed by a server or a library. */
export const secretsOf = (auth: Auth, ...others: readonly (Secret | undefined)[]): readonly string[] => {
  const header = authorizationOf(auth);
  const own = auth.kind === 'basic' ? [auth.password.reveal()] : auth.kind === 'apiKey' ? [auth.value.reveal()] : [];
  return [
    ...(header === undefined ? [] : [header, header.slice(header.indexOf(' ') + 1)]),
    ...own,
    ...others.flatMap((secret) => (secret === undefined ? [] : [secret.reveal()])),
  ].filter((text) => text.length > 0);
};

/** A shorter one is a word, a version or the name of a customer, and stands in ordinary texts. */
const shortestSigned = 8;

/** What a signer added, in each form in which JSON may echo it: base64 ends with signs of equality and holds slashes, which some servers escape. */
export const signedForms = (headers: Readonly<Record<string, string>>): readonly string[] =>
  Object.values(headers).flatMap((text) => {
    const bare = text.replace(/=+$/, '');
    return bare.length < shortestSigned ? [] : [text, bare, bare.replaceAll('/', '\\/')];
  });
