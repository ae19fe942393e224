import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong between an adapter and its backend. */
export type Trouble = 'hang' | 'bad gateway' | 'cut' | 'reset';

/** Stands between an adapter and any backend, a simulator or a real one: counts requests and breaks them when told to. */
export interface Front {
  readonly url: URL;
  requests(): number;
  resetRequests(): void;
  /** Of every request from now on; null: none. */
  trouble(trouble: Trouble | null): void;
  dispose(): Promise<void>;
}

/** Of a short answer its half: one that arrives is no broken one. */
const cutAfter = (body: Buffer): number => Math.min(20, Math.floor(body.length / 2));

const forward = (target: URL, asked: IncomingMessage, answer: (from: IncomingMessage, body: Buffer) => void, fail: () => void): void => {
  const onward = send(
    { host: target.hostname, port: target.port, method: asked.method, path: asked.url, headers: { ...asked.headers, host: target.host } },
    async (from) => {
      const parts: Buffer[] = [];
      for await (const part of from) parts.push(part as Buffer);
      answer(from, Buffer.concat(parts));
    },
  );
  onward.on('error', fail);
  asked.pipe(onward);
};

const reply = (trouble: Trouble | null, from: IncomingMessage, body: Buffer, response: ServerResponse): void => {
  const { 'transfer-encoding': _chunked, connection: _connection, ...headers } = from.headers;
  response.writeHead(from.statusCode ?? 502, { ...headers, 'content-length': body.length });
  if (trouble === 'cut') response.write(body.subarray(0, cutAfter(body)), () => response.destroy());
  else response.end(body);
};

export const startFront = async (target: URL): Promise<Front> => {
  let trouble: Trouble | null = null;
  let requests = 0;
  const server = createServer((asked, response) => {
    requests += 1;
    const now = trouble;
    if (now === 'reset') response.destroy();
    else if (now === 'bad gateway') response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>');
    // It is carried out, and nobody ever hears of it.
    else
      forward(
        target,
        asked,
        (from, body) => now !== 'hang' && reply(now, from, body, response),
        () => response.destroy(),
      );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}${target.pathname}`),
    requests: () => requests,
    resetRequests: () => {
      requests = 0;
    },
    trouble: (next) => {
      trouble = next;
    },
    dispose: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
};
