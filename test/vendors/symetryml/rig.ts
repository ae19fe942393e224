import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { type BackendObserver, type CallOptions, type Connection, Secret } from '../../../src/domain/index.js';
import type { VigilError } from '../../../src/errors.js';
import { type Account, createEndpoint, type Endpoint } from '../../../src/vendors/symetryml/endpoint.js';

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

export const secretText = 'VLmAm+WkpnA5zp2wXiSYkw==';
const account: Account = { customerId: 'c1', secretKey: new Secret(secretText) };

/** One request as the server got it. */
export interface Got {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What it answers; text is sent as it is. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The documented form of every answer. */
export const envelope = (status: number, statusString: string, values: unknown = {}, headers = {}): Answer => {
  const words: Readonly<Record<number, string>> = {
    200: 'OK',
    202: 'ACCEPTED',
    400: 'BAD_REQUEST',
    401: 'UNAUTHORIZED',
    409: 'CONFLICT',
    500: 'INTERNAL_SERVER_ERROR',
  };
  return { status, body: { statusCode: words[status] ?? 'OTHER', statusString, values }, headers };
};

export interface Server {
  readonly url: URL;
  readonly got: Got[];
}

/** A server that answers each request by the function, over real HTTP. */
const serveAnswers = async (answer: (got: Got, count: number) => Answer): Promise<Server> => {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const seen = { method: request.method ?? '', target: request.url ?? '', headers: request.headers, body };
    got.push(seen);
    const { status, body: sent, headers = {} } = answer(seen, got.length);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), got };
};

/** All that an endpoint lets be seen. */
export interface Observed {
  readonly notes: unknown[];
  readonly failures: VigilError[];
}

export const connectEndpoint = (url: URL, more: Partial<Account> = {}): { readonly endpoint: Endpoint; readonly seen: Observed } => {
  const seen: Observed = { notes: [], failures: [] };
  const observer: BackendObserver = {
    answered: () => undefined,
    failed: (error) => seen.failures.push(error),
    noted: (...note) => seen.notes.push(note),
  };
  const connection: Connection = {
    key: 'sym',
    vendorId: 'symetryml',
    url,
    auth: { kind: 'none' },
    readOnly: false,
    http: {
      requestTimeoutMs: 10_000,
      connectTimeoutMs: 2_000,
      maxResponseBytes: 1_000_000,
      maxConnections: 8,
      maxRetries: 0,
      breakerThreshold: 1_000,
      breakerResetMs: 10,
    },
    poll: { fastMs: 1_000, slowMs: 30_000 },
  };
  const endpoint = createEndpoint({ connection, observer, vendor: 'SYMETRYML', account: { ...account, ...more } });
  open.push(() => endpoint.dispose());
  return { endpoint, seen };
};

/** An endpoint to a server that answers by the function. */
export const rigged = async (answer: (got: Got, count: number) => Answer, more: Partial<Account> = {}) => {
  const server = await serveAnswers(answer);
  return { ...server, ...connectEndpoint(server.url, more) };
};

export const call = (timeoutMs = 10_000): CallOptions => ({
  signal: new AbortController().signal,
  deadlineAt: Date.now() + timeoutMs,
  requestId: 'test-request',
  profile: { version: null, capabilities: [], notice: null },
});
