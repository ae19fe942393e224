import type { IncomingMessage, ServerResponse } from 'node:http';

/** One HTTP request and its answer. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly pathname: string;
  /** With its question mark; empty when there is none. */
  readonly search: string;
  /** What the log line tells beside method, route, status and time. Never variables, headers or bodies. */
  noted: {
    readonly actor?: string | null;
    readonly kind?: string;
    readonly operation?: string | null;
    readonly fields?: readonly string[];
  };
}

export const splitTarget = (target: string | undefined): { readonly pathname: string; readonly search: string } => {
  const [pathname = '/', ...rest] = (target ?? '/').split('?');
  return { pathname, search: rest.length > 0 ? `?${rest.join('?')}` : '' };
};

/** Something served at one path. */
export interface Route {
  readonly methods: readonly string[];
  handle(exchange: Exchange): void | Promise<void>;
}
