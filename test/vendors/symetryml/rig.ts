import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import { type BackendObserver, type CallOptions, type Connection, Secret } from '../../../src/domain/index.js';
import type { VigilError } from '../../../src/errors.js';
import { type Account, createEndpoint, type Endpoint } from '../../../src/vendors/symetryml/endpoint.js';
import { symetryml } from '../../../src/vendors/symetryml/index.js';
import { spoken, wordsOf } from '../../support/spoken.js';

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
  /** Sends no more than so many bytes of the body, then closes the connection, or says nothing more. */
  readonly after?: { readonly bytes: number; readonly end: 'cut' | 'silence' };
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
  /** Connections that are open now. */
  connections(): Promise<number>;
}

/** A server that answers each request by the function, over real HTTP. */
const serveAnswers = async (answer: (got: Got, count: number) => Answer): Promise<Server> => {
  const got: Got[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const seen = { method: request.method ?? '', target: request.url ?? '', headers: request.headers, body };
    got.push(seen);
    const { status, body: sent, headers = {}, after } = answer(seen, got.length);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    const text = typeof sent === 'string' ? sent : JSON.stringify(sent);
    if (after === undefined) response.end(text);
    else response.write(text.slice(0, after.bytes), () => after.end === 'cut' && response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    got,
    connections: () => new Promise((resolve, reject) => server.getConnections((error, count) => (error ? reject(error) : resolve(count)))),
  };
};

/** All that a connection lets be seen. */
export interface Observed {
  readonly notes: unknown[];
  readonly failures: VigilError[];
  /** Route and status of every answer to a read: what health is made from. */
  readonly answers: string[];
}

const observing = (): { readonly seen: Observed; readonly observer: BackendObserver } => {
  const seen: Observed = { notes: [], failures: [], answers: [] };
  return {
    seen,
    observer: {
      answered: (answer) => {
        const { route, status, read } = answer;
        spoken.hear('what an adapter tells of answers', JSON.stringify(answer));
        if (read) seen.answers.push(`${route} ${status}`);
      },
      failed: (error) => {
        spoken.hear('an error of an adapter', wordsOf(error));
        seen.failures.push(error);
      },
      noted: (...note) => {
        spoken.hear('a note of an adapter', JSON.stringify(note));
        seen.notes.push(note);
      },
    },
  };
};

/** A connection as the configuration makes it. */
export const connectionTo = (url: URL, more: Partial<Connection> = {}): Connection => ({
  key: 'sym',
  vendorId: 'symetryml',
  url,
  auth: { kind: 'hmac', ...account },
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
  ...more,
});

export const connectEndpoint = (url: URL, more: Partial<Account> = {}): { readonly endpoint: Endpoint; readonly seen: Observed } => {
  const { seen, observer } = observing();
  const endpoint = createEndpoint({ connection: connectionTo(url), observer, vendor: 'SYMETRYML', account: { ...account, ...more } });
  open.push(() => endpoint.dispose());
  return { endpoint, seen };
};

/** The whole adapter to a server that answers by the function. */
export const adapted = async (answer: (got: Got, count: number) => Answer, more: Partial<Connection> = {}) => {
  const server = await serveAnswers(answer);
  const { seen, observer } = observing();
  const adapter = symetryml.connect(connectionTo(server.url, more), observer);
  open.push(() => adapter.dispose());
  return { ...server, adapter, seen };
};

/** An endpoint to a server that answers by the function. */
export const rigged = async (answer: (got: Got, count: number) => Answer, more: Partial<Account> = {}) => {
  const server = await serveAnswers(answer);
  return { ...server, ...connectEndpoint(server.url, more) };
};

export const call = (timeoutMs = 10_000, more: Partial<CallOptions> = {}): CallOptions => ({
  signal: new AbortController().signal,
  deadlineAt: Date.now() + timeoutMs,
  requestId: 'test-request',
  profile: { version: null, capabilities: ['KILL_JOB', 'START_JOB', 'CANCEL_TASK'], notice: null },
  ...more,
});

/** A JobInfo with all members of the schema (6.3, appendix A); no filled sample is published. */
export const info = (jobId: number | string, more: object = {}) => ({
  jobId,
  jobType: 'DSUpdateJob',
  owner: 'c1',
  startingDate: 1488220762857,
  current: 22,
  maximum: 100,
  isOnBoundedExecutor: true,
  isStarted: true,
  isDone: false,
  details: { pid: 'p1' },
  ...more,
});
