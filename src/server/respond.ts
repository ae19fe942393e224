import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '../errors.js';
import { doorError } from './door-error.js';

/** On every answer. The page replaces the policy with its own. */
export const securityHeaders = {
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
} as const;

type Headers = Readonly<Record<string, string>>;

/** Sends a whole answer, or nothing when the client is gone. HEAD gets the headers alone. */
export const send = (response: ServerResponse, status: number, headers: Headers, body: string): void => {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
};

export const sendJson = (response: ServerResponse, status: number, body: unknown, headers: Headers = {}): void =>
  send(response, status, { 'content-type': 'application/json; charset=utf-8', ...headers }, `${JSON.stringify(body)}\n`);

/** An answer that is nothing but an error, in the shape of a GraphQL answer so that clients need one way to read it. */
export const sendError = (
  response: ServerResponse,
  status: number,
  error: { readonly code: ErrorCode; readonly message: string; readonly requestId: string },
  headers: Headers = {},
): void => sendJson(response, status, { errors: [doorError(error.code, error.message, error.requestId)] }, headers);
