import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Exchange } from './replay-recordings.js';

/** A request as it came. */
export interface Asked {
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Undefined without one. */
  readonly body: unknown;
}

/** What was recorded for a request; undefined when nothing was. */
type Answers = (asked: Asked) => Exchange['response'] | undefined;

/** A server that knows nothing but recorded answers, and gives them as they were. */
export interface RecordedServer {
  readonly url: URL;
  readonly asked: Asked[];
  answerWith(answers: Answers): void;
  dispose(): Promise<void>;
}

const noHandler = ({ method, path }: Asked): Exchange['response'] => ({
  status: 400,
  body: { error: `no handler found for uri [${path}] and method [${method}]` },
});

const json = { 'content-type': 'application/json; charset=UTF-8' };

export const startRecordedServer = async (): Promise<RecordedServer> => {
  let answers: Answers = () => undefined;
  const seen: Asked[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://recorded');
    let text = '';
    for await (const piece of request) text += piece;
    const asked: Asked = {
      method: request.method ?? '',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: text === '' ? undefined : JSON.parse(text),
    };
    seen.push(asked);
    const { status, headers = json, body } = answers(asked) ?? noHandler(asked);
    response.writeHead(status, headers);
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}`),
    asked: seen,
    answerWith: (next) => {
      answers = next;
    },
    dispose: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
