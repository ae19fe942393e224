/** What a Redis URL says. */
export interface RedisUrl {
  readonly encrypted: boolean;
  readonly host: string;
  readonly port: number;
  readonly database: number;
  readonly username: string;
  readonly password: string;
}

const form =
  'must be a URL like redis://user:password@host:6379/0; special characters of the password are percent-encoded (# is %23, / is %2F, @ is %40)';
const defaultPort = 6379;

const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    // A percent sign that is none.
    return undefined;
  }
};

/** Reads a Redis URL, or says what is wrong with it without repeating any of it: it may hold a password. */
export const parseRedisUrl = (text: string): RedisUrl | { readonly problem: string } => {
  if (!URL.canParse(text)) return { problem: form };
  const url = new URL(text);
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return { problem: 'must begin with redis:// or rediss:// (TLS)' };
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (url.hostname === '' || username === undefined || password === undefined) return { problem: form };
  if (url.search !== '' || url.hash !== '')
    return { problem: 'must end with its database: no ? and no #; in a password # is %23 and ? is %3F' };
  if (!/^\/?$|^\/\d{1,5}$/.test(url.pathname)) return { problem: 'must have a number as its path, the database: redis://host:6379/0' };
  if (username !== '' && password === '')
    return { problem: 'has a user without a password: a password alone is written redis://:password@host' };
  return {
    encrypted: url.protocol === 'rediss:',
    // An IPv6 address stands in brackets.
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: url.port === '' ? defaultPort : Number(url.port),
    database: Number(url.pathname.slice(1) || '0'),
    username,
    password,
  };
};
