import { type ClientOptions, WebSocket } from 'ws';

/** A message of the protocol. */
export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly payload?: unknown;
}

/** A client that speaks nothing by itself: tests say every word. */
export interface RawClient {
  readonly socket: WebSocket;
  readonly frames: readonly Frame[];
  send(message: unknown): void;
  /** The next frame nobody has taken yet. */
  next(): Promise<Frame>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
}

export const openClient = async (
  url: string,
  options: ClientOptions = {},
  protocols: string | string[] | null = 'graphql-transport-ws',
): Promise<RawClient> => {
  const socket = protocols === null ? new WebSocket(url, options) : new WebSocket(url, protocols, options);
  const frames: Frame[] = [];
  const waiting: (() => void)[] = [];
  let taken = 0;
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    for (const wake of waiting.splice(0)) wake();
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.once('close', (code, reason) => resolve({ code, reason: String(reason) }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  socket.on('error', () => undefined);
  const next = async (): Promise<Frame> => {
    for (;;) {
      const frame = frames[taken];
      if (frame !== undefined) {
        taken += 1;
        return frame;
      }
      const ended = await Promise.race([new Promise<undefined>((resolve) => waiting.push(() => resolve(undefined))), closed]);
      if (ended !== undefined && frames[taken] === undefined) throw new Error(`The socket closed with ${ended.code} ${ended.reason}`);
    }
  };
  return { socket, frames, closed, next, send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)) };
};

/** Opened, and past the handshake. */
export const openReady = async (url: string, payload?: Record<string, unknown>, options: ClientOptions = {}): Promise<RawClient> => {
  const client = await openClient(url, options);
  client.send({ type: 'connection_init', ...(payload && { payload }) });
  const frame = await client.next();
  if (frame.type !== 'connection_ack') throw new Error(`Expected connection_ack, got ${frame.type}`);
  return client;
};

export const subscribe = (id: string, query: string, extra: Record<string, unknown> = {}): Frame => ({
  id,
  type: 'subscribe',
  payload: { query, ...extra },
});

/** Status and body of an upgrade that is refused. */
export const refusedUpgrade = (url: string, options: ClientOptions = {}): Promise<{ readonly status: number; readonly body: string }> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws', options);
    socket.once('open', () => reject(new Error('The upgrade was accepted.')));
    socket.on('error', () => undefined);
    socket.once('unexpected-response', (_, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.once('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
  });
