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
