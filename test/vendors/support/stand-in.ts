import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as the stand-in saw it. */
export interface Seen {
  readonly method: string;
  /** As sent: path and query. */
  readonly target: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
}

/** What it answers; text is sent as it is. */
export interface Answer {
  readonly status?: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A backend that gives recorded answers over real HTTP and counts what it was asked. */
export interface StandIn {
  readonly url: URL;
  readonly seen: Seen[];
  /** `GET /_ml/info`, in the order they came. */
  requests(): readonly string[];
  answerWith(answer: (seen: Seen) => Answer | undefined): void;
  dispose(): Promise<void>;
}

const noHandler = ({ method, target }: Seen): Answer => ({
  status: 400,
  body: { error: `no handler found for uri [${target}] and method [${method}]` },
});

export const startStandIn = async (initial: (seen: Seen) => Answer | undefined = () => undefined, basePath = ''): Promise<StandIn> => {
  let answer = initial;
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://stand-in');
    let body = '';
    for await (const piece of request) body += piece;
    const path = decodeURIComponent(url.pathname);
    const asked: Seen = {
      method: request.method ?? '',
      target: request.url ?? '',
      path: path.slice(basePath.length),
      query: url.searchParams,
      body,
    };
    seen.push(asked);
    const { status = 200, body: sent, headers = {} } = answer(asked) ?? noHandler(asked);
    response.writeHead(status, { 'content-type': 'application/json', 'x-elastic-product': 'Elasticsearch', ...headers });
    response.end(typeof sent === 'string' ? sent : JSON.stringify(sent));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}${basePath}`),
    seen,
    requests: () => seen.map(({ method, path }) => `${method} ${path}`),
    answerWith: (next) => {
      answer = next;
    },
    dispose: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
