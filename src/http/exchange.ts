import { type Dispatcher, errors } from 'undici';

/** One request as it goes over the wire. */
export interface WireRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What came of one attempt. `sent`: bytes of the request may have reached the backend. */
export type Exchange =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly headers: Readonly<Record<string, readonly string[]>>;
      readonly body: Buffer;
    }
  | { readonly kind: 'broken'; readonly sent: boolean; readonly status: number | undefined; readonly cause: Error }
  | { readonly kind: 'too-large'; readonly status: number }
  | { readonly kind: 'abandoned'; readonly sent: boolean };

export const headerLists = (headers: Readonly<Record<string, string | string[] | undefined>>): Record<string, readonly string[]> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name.toLowerCase(), Array.isArray(value) ? value : [value]]],
    ),
  );

/** The parsers' errors (undici's, Node's) carry the bytes they are about, which may echo the request. */
export const withoutBytes = (cause: Error): Error => {
  if ('data' in cause) cause.data = undefined;
  if ('rawPacket' in cause) cause.rawPacket = undefined;
  return cause;
};

/**
 * Sends one request once and reads its answer into memory. Never rejects. Dispatches by itself because `Pool.request` hides whether the request
 * was put on a socket, on which hangs whether a write may have taken effect. Stops reading as soon as the answer is larger than allowed.
 */
export const exchange = (pool: Dispatcher, request: WireRequest, signal: AbortSignal, maxBytes: number): Promise<Exchange> =>
  new Promise((resolve) => {
    let sent = false;
    let status: number | undefined;
    let headers: Record<string, readonly string[]> = {};
    let size = 0;
    let socket: Dispatcher.DispatchController | undefined;
    const chunks: Buffer[] = [];

    // The first outcome counts: undici reports what we cut off ourselves as an error, after we have settled.
    const settle = (outcome: Exchange): void => {
      signal.removeEventListener('abort', abandon);
      resolve(outcome);
    };
    const cut = (): void => socket?.abort(new errors.RequestAbortedError());
    const abandon = (): void => {
      settle({ kind: 'abandoned', sent });
      cut();
    };
    const refuse = (answerStatus: number): void => {
      settle({ kind: 'too-large', status: answerStatus });
      cut();
    };

    if (signal.aborted) return abandon();
    signal.addEventListener('abort', abandon);
    pool.dispatch(
      { ...request, body: request.body ?? null, headers: { ...request.headers } },
      {
        // Called when a connected socket takes the request, right before it is written (undici 7, client-h1).
        onRequestStart: (controller) => {
          socket = controller;
          if (signal.aborted) cut();
          else sent = true;
        },
        onResponseStart: (_, code, received) => {
          if (code < 200) return;
          status = code;
          headers = headerLists(received);
          if (Number(headers['content-length']?.[0] ?? 0) > maxBytes) refuse(code);
        },
        onResponseData: (_, chunk) => {
          size += chunk.length;
          if (size > maxBytes) {
            chunks.length = 0;
            refuse(status ?? 0);
          } else {
            chunks.push(chunk);
          }
        },
        onResponseEnd: () => settle({ kind: 'answered', status: status ?? 0, headers, body: Buffer.concat(chunks, size) }),
        onResponseError: (_, cause) => settle({ kind: 'broken', sent, status, cause: withoutBytes(cause) }),
      },
    );
  });
