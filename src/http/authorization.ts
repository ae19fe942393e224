import type { Auth, Secret } from '../domain/index.js';

/** The header that proves who the gateway is; undefined without credentials. */
export const authorizationOf = (auth: Auth): string | undefined => {
  switch (auth.kind) {
    case 'none':
    // The adapter signs.
    case 'hmac':
      return undefined;
    case 'basic':
      return `Basic ${Buffer.from(`${auth.username}:${auth.password.reveal()}`, 'utf8').toString('base64')}`;
    case 'apiKey':
      return `ApiKey ${auth.value.reveal()}`;
    case 'bearer':
      return `Bearer ${auth.token.reveal()}`;
  }
};

/** A shorter one is a word, a version or the name of a customer, and stands in ordinary texts. */
const shortestSigned = 8;

/** A text in each form in which an answer may echo it: base64 ends with signs of equality and holds slashes and plus signs, which some escape or replace. */
const formsOf = (text: string): readonly string[] => {
  const bare = text.replace(/=+$/, '');
  if (bare.length < shortestSigned) return [];
  const forUrls = bare.replaceAll('+', '-').replaceAll('/', '_');
  return [...new Set([text, bare, bare.replaceAll('/', '\\/'), encodeURIComponent(bare), forUrls])];
};

/** What a signer added. */
export const signedForms = (headers: Readonly<Record<string, string>>): readonly string[] => Object.values(headers).flatMap(formsOf);

const ownOf = (auth: Auth): readonly string[] => {
  switch (auth.kind) {
    case 'basic':
      return [auth.password.reveal()];
    case 'apiKey':
      return [auth.value.reveal()];
    case 'hmac':
      return [auth.secretKey.reveal(), ...formsOf(auth.secretKey.reveal())];
    default:
      return [];
  }
};

/** Every text that must not be seen, in each form in which it could be echoed by a server or a library. */
export const secretsOf = (auth: Auth, ...others: readonly (Secret | undefined)[]): readonly string[] => {
  const header = authorizationOf(auth);
  return [
    ...(header === undefined ? [] : [header, header.slice(header.indexOf(' ') + 1)]),
    ...ownOf(auth),
    ...others.flatMap((secret) => (secret === undefined ? [] : [secret.reveal()])),
  ].filter((text) => text.length > 0);
};
