import type { IncomingHttpHeaders } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import { VigilError } from '../errors.js';
import type { ServerOptions } from './options.js';

/** Which pages and which names of this host are trusted. */
export interface OriginPolicy {
  /** No Origin (not a browser), the server's own, or one that is allowed. */
  acceptsOrigin(headers: IncomingHttpHeaders): boolean;
  /** Origin that another page may be told it is welcome under; undefined: say nothing. */
  corsOrigin(headers: IncomingHttpHeaders): string | undefined;
  /** Whether the request was meant for this server. */
  acceptsHost(headers: IncomingHttpHeaders): boolean;
}

/** `localhost:4000`, `[::1]:4000`, but also a bare `::1`, whose last part is no port. */
const withoutPort = (host: string): string =>
  isIPv6(host)
    ? host
    : host
        .replace(/:\d+$/, '')
        .replace(/^\[|\]$/g, '')
        .toLowerCase();

export const isLoopback = (host: string): boolean => {
  const name = withoutPort(host);
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    (isIPv4(name) && name.startsWith('127.')) ||
    (isIPv6(name) && /^(0*:)*:?0*1$/.test(name))
  );
};

/** A number cannot be rebound: only names can. */
const isAddress = (host: string): boolean => isIPv4(withoutPort(host)) || isIPv6(withoutPort(host));

/** Refuses to listen where strangers could delete jobs. */
export const assertSafeBind = (options: ServerOptions): void => {
  if (isLoopback(options.host) || options.auth !== undefined || options.insecure) return;
  throw new VigilError(
    'INVALID_INPUT',
    `Listening on ${options.host} would let everybody in: configure server.auth, or server.insecure: true if that is meant.`,
    {
      path: ['server', 'host'],
    },
  );
};

const hostOf = (origin: string): string | undefined => {
  try {
    return new URL(origin).host.toLowerCase();
  } catch {
    return undefined;
  }
};

export const createOriginPolicy = (options: ServerOptions): OriginPolicy => {
  const allowed = new Set(options.allowedOrigins.map((origin) => origin.replace(/\/$/, '').toLowerCase()));
  const everybody = allowed.has('*');
  const allowedHosts = new Set([...allowed].map(hostOf));
  // A page whose name was rebound to an address of ours looks same-origin to itself. Without a token, the Host it must send is what gives it away. Beyond
  // loopback proxies and scripts may use any name, and a rebound page of which we can tell sends its Origin.
  const local = isLoopback(options.host);
  const isTrusted = (host: string): boolean => isLoopback(host) || allowedHosts.has(host.toLowerCase());
  const acceptsHost: OriginPolicy['acceptsHost'] = ({ host, origin }) => {
    if (options.auth !== undefined || host === undefined || isTrusted(host)) return true;
    return !local && (origin === undefined || everybody || isAddress(host));
  };
  const isAllowed = (origin: string): boolean => everybody || allowed.has(origin.toLowerCase());
  return {
    acceptsOrigin: ({ origin, host }) => {
      if (origin === undefined || isAllowed(origin)) return true;
      return host !== undefined && hostOf(origin) === host.toLowerCase();
    },
    corsOrigin: ({ origin }) => (origin !== undefined && isAllowed(origin) ? origin : undefined),
    acceptsHost,
  };
};
