import { once } from 'node:events';
import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it came by. */
export interface Passing {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What to answer in place of the server. */
export interface Echo {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface EchoingFront {
  readonly url: string;
  /** What it said itself. */
  readonly echoed: readonly Echo[];
  /** Answers for the server where this makes something of a request; undefined: passes everything on. */
  echo(answer: ((passing: Passing) => Echo | undefined) | undefined): void;
  /** Changes bodies on their way to the server. */
  spoil(change: (body: string) => string): void;
  dispose(): Promise<void>;
}

/** Stands before a server and quotes requests in its place, as proxies, debug pages and servers of all kinds do. */
export const startEchoingFront = async (server: string): Promise<EchoingFront> => {
  const echoed: Echo[] = [];
  let answer: (passing: Passing) => Echo | undefined = () => undefined;
  let change = (body: string): string => body;
  const front = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const { method = 'GET', url: target = '/' } = request;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const echo = answer({ method, target, headers, body });
    if (echo) {
      echoed.push(echo);
      response.writeHead(echo.status, { 'content-type': 'application/json', ...echo.headers }).end(echo.body);
      return;
    }
    const { 'content-length': _length, connection: _connection, ...others } = headers;
    const passed = ask(`${server}${target}`, { method, headers: others, agent: false }, (answered) => {
      response.writeHead(answered.statusCode ?? 500, answered.headers);
      answered.on('error', () => response.destroy()).pipe(response);
    });
    passed.on('error', () => response.destroy()).end(body === '' ? undefined : change(body));
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    echoed,
    echo: (next) => {
      answer = next ?? (() => undefined);
    },
    spoil: (next) => {
      change = next;
    },
    dispose: async () => {
      front.closeAllConnections();
      front.close();
      await once(front, 'close');
    },
  };
};
