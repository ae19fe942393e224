import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import type { BackendObserver, Connection, HttpLimits } from '../../../src/domain/index.js';
import { isVigilError, VigilError } from '../../../src/errors.js';
import { createHttpClient, type HttpClient, type HttpClientOptions, type HttpRequest } from '../../../src/http/index.js';
import { spoken, wordsOf } from '../../support/spoken.js';

/** What has to be undone after a test. */
const undo: (() => Promise<unknown>)[] = [];
export const cleanUp = async (): Promise<void> => {
  for (const each of undo.splice(0).reverse()) await each();
};
export const later = (each: () => Promise<unknown>): void => {
  undo.push(each);
};

export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (request: Received, response: ServerResponse, count: number) => void | Promise<void>;

export interface TestServer {
  readonly url: string;
  readonly received: readonly Received[];
  /** Connections cut by the other side so far. */
  readonly gone: () => number;
}

export const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string | string[]> = {}): void => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
};

/** A real HTTP server; `count` of the handler is the number of the request, from 1. */
export const serve = async (handler: Handler): Promise<TestServer> => {
  const received: Received[] = [];
  let gone = 0;
  const server = createServer(async (request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) gone += 1;
    });
    let body = '';
    for await (const chunk of request) body += chunk;
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    received.push(seen);
    await handler(seen, response, received.length);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, gone: () => gone };
};

/** A server that speaks bytes: `answer` gets each socket once the head of a request has come. */
export const serveRaw = async (
  answer: (socket: Socket, count: number) => void,
): Promise<{ readonly url: string; readonly connections: () => number }> => {
  let connections = 0;
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    const mine = connections;
    let head = '';
    socket.on('data', (chunk) => {
      const before = head.includes('\r\n\r\n');
      head += chunk.toString('latin1');
      if (!before && head.includes('\r\n\r\n')) answer(socket, mine);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  later(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, connections: () => connections };
};

/** A port nobody listens on. */
export const freePort = async (): Promise<number> => {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

export interface Observed extends BackendObserver {
  readonly answers: { status: number; durationMs: number; route: string }[];
  readonly failures: VigilError[];
  readonly notes: { level: string; message: string; facts: Readonly<Record<string, unknown>> }[];
}

const observe = (): Observed => {
  const answers: Observed['answers'] = [];
  const failures: VigilError[] = [];
  const notes: Observed['notes'] = [];
  return {
    answers,
    failures,
    notes,
    answered: (answer) => answers.push(answer),
    failed: (error) => {
      spoken.hear('an error of the HTTP client', wordsOf(error));
      failures.push(error);
    },
    noted: (level, message, facts) => {
      spoken.hear('a note of the HTTP client', JSON.stringify([level, message, facts]));
      notes.push({ level, message, facts });
    },
  };
};

const limits: HttpLimits = {
  requestTimeoutMs: 10_000,
  connectTimeoutMs: 2_000,
  maxResponseBytes: 1_000_000,
  maxConnections: 4,
  maxRetries: 3,
  breakerThreshold: 1_000,
  breakerResetMs: 10_000,
};

export const connect = (
  url: string,
  { http, ...more }: { readonly http?: Partial<HttpLimits> } & Partial<Omit<Connection, 'http' | 'url'>> = {},
  options: Partial<HttpClientOptions> = {},
): { readonly client: HttpClient; readonly seen: Observed } => {
  const seen = observe();
  const client = createHttpClient({
    connection: {
      key: 'es-test',
      vendorId: 'elasticsearch-ml',
      url: new URL(url),
      auth: { kind: 'none' },
      readOnly: false,
      poll: { fastMs: 1_000, slowMs: 30_000 },
      http: { ...limits, ...http },
      ...more,
    },
    observer: seen,
    vendor: 'ELASTICSEARCH_ML',
    // No jitter: retries follow at once.
    random: () => 0,
    ...options,
  });
  later(() => client.dispose());
  return { client, seen };
};

export const ask = (more: Partial<HttpRequest> & { readonly withinMs?: number } = {}): HttpRequest => {
  const { withinMs = 10_000, ...rest } = more;
  const method = rest.method ?? 'GET';
  return {
    method,
    path: '/thing',
    route: `${method} /thing`,
    signal: new AbortController().signal,
    deadlineAt: Date.now() + withinMs,
    requestId: 'req-1',
    ...rest,
  };
};

/** The VigilError a call ends with; anything else fails the test. */
export const failureOf = async (call: Promise<unknown>): Promise<VigilError> => {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && isVigilError(outcome.error)) return outcome.error;
  throw new VigilError('INTERNAL', 'The call should have ended with a VigilError.', { cause: outcome });
};

/** Resolves as soon as the condition holds; the test's own timeout ends it otherwise. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};
