import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSchema, execute, type FormattedExecutionResult, type GraphQLError, graphql } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import { useServer } from 'graphql-ws/use/ws';
import { type WebSocket, WebSocketServer } from 'ws';

/** Resolvers of root fields, as graphql-js takes them from a root value. */
export type ToyRoot = Readonly<Record<string, unknown>>;

export interface ToyOptions {
  readonly root?: ToyRoot;
  readonly token?: string;
  readonly port?: number;
  /** Answers every POST with this instead. */
  readonly respond?: { readonly status: number; readonly body: string };
}

export interface ToyGateway {
  readonly url: string;
  readonly port: number;
  /** Bodies of the POSTs, oldest first. */
  readonly requests: readonly { readonly headers: IncomingMessage['headers']; readonly variables: Record<string, unknown> }[];
  readonly subscribes: readonly SubscribePayload[];
  readonly inits: readonly unknown[];
  /** Sockets open now. */
  readonly sockets: () => number;
  /** Cuts every WebSocket without a goodbye. */
  cut(): void;
  /** Closes every WebSocket with a code. */
  close(code: number, reason: string): void;
  dispose(): Promise<void>;
}

const schema = buildSchema(readFileSync(new URL('../../../schema/schema.graphql', import.meta.url), 'utf8'));

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
};

/** As the gateway does: every frame carries its cursor. */
const withCursor = (result: {
  readonly data?: unknown;
  readonly errors?: readonly GraphQLError[] | undefined;
}): FormattedExecutionResult => {
  const data = (result.data ?? {}) as Record<string, { readonly cursor?: string } | null>;
  const cursor = Object.values(data)[0]?.cursor;
  return {
    data: data as Record<string, unknown>,
    ...(result.errors ? { errors: result.errors.map((error) => error.toJSON()) } : {}),
    ...(cursor ? { extensions: { vigil: { cursor } } } : {}),
  };
};

/** The product's schema over real HTTP and a real WebSocket, with answers made by the test. */
export const createToyGateway = async (options: ToyOptions = {}): Promise<ToyGateway> => {
  const root = options.root ?? {};
  const requests: { headers: IncomingMessage['headers']; variables: Record<string, unknown> }[] = [];
  const subscribes: SubscribePayload[] = [];
  const inits: unknown[] = [];

  const http = createServer(async (request, response) => {
    const { query, variables } = JSON.parse(await bodyOf(request)) as { query: string; variables: Record<string, unknown> };
    requests.push({ headers: request.headers, variables });
    const refused = options.token !== undefined && request.headers.authorization !== `Bearer ${options.token}`;
    const answer = options.respond ?? (refused ? { status: 401, body: 'who are you?' } : undefined);
    if (answer) return void response.writeHead(answer.status, { 'content-type': 'text/plain' }).end(answer.body);
    const result = await graphql({ schema, source: query, variableValues: variables, rootValue: root });
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(result));
  });

  const webSockets = new WebSocketServer({ server: http, path: '/graphql' });
  const door = useServer(
    {
      schema,
      execute,
      roots: { subscription: root as never },
      onConnect: ({ connectionParams }) => {
        inits.push(connectionParams);
        return options.token === undefined || connectionParams?.authorization === `Bearer ${options.token}`;
      },
      onSubscribe: (_context, _id, payload) => void subscribes.push(payload),
      onNext: (_context, _id, _payload, _args, result) => withCursor(result),
    },
    webSockets,
  );

  await new Promise<void>((resolve) => http.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  const each = (act: (socket: WebSocket) => void) => {
    for (const socket of webSockets.clients) act(socket);
  };

  let disposal: Promise<unknown> | undefined;
  const end = async () => {
    each((socket) => socket.terminate());
    await door.dispose();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    requests,
    subscribes,
    inits,
    sockets: () => webSockets.clients.size,
    cut: () => each((socket) => socket.terminate()),
    close: (code, reason) => each((socket) => socket.close(code, reason)),
    async dispose() {
      disposal ??= end();
      await disposal;
    },
  };
};
