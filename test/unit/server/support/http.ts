import { connect, type Socket } from 'node:net';

/** An answer as tests look at it. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly data?: Record<string, unknown> | null;
    readonly errors?: { readonly message: string; readonly extensions: Record<string, unknown> }[];
  };
}

export const read = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: response.headers,
  body: JSON.parse(await response.text()),
});

export const post = async (url: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal): Promise<Answer> =>
  read(
    await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    }),
  );

/** Polls a condition that nothing announces. */
export const until = async (condition: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  const deadline = Date.now() + 8_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

/** A bare TCP connection, for what no HTTP client would do. */
export interface RawConnection {
  readonly socket: Socket;
  write(text: string): void;
  /** Everything received until the other side closed. */
  readonly closed: Promise<string>;
  readonly received: () => string;
}

export const openRaw = async (port: number): Promise<RawConnection> => {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    received += chunk;
  });
  const closed = new Promise<string>((resolve) => {
    socket.once('close', () => resolve(received));
  });
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.once('connect', resolve));
  return { socket, write: (text) => socket.write(text), closed, received: () => received };
};
