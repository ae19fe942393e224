import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request's body, or why it is not accepted. */
type ReadBody =
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly status: 400 | 413 | 415; readonly message: string }
  /** The client went away, or took too long, before all of it was in. */
  | { readonly kind: 'gone' };

/** How much beyond the limit is read and thrown away, so that a client that is still writing gets to read the 413 instead of a reset. */
const discardFactor = 8;

const isJson = (contentType: string | undefined): boolean =>
  /^application\/json\s*(;\s*charset\s*=\s*"?utf-?8"?\s*)?;?\s*$/i.test(contentType ?? '');

const refuse = (status: 400 | 413 | 415, message: string): ReadBody => ({ kind: 'refused', status, message });

const parseJson = (bytes: Buffer): ReadBody => {
  if (bytes.length === 0) return { kind: 'json', value: undefined };
  try {
    return { kind: 'json', value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch {
    // The parser's own words quote the body, which may hold secrets.
    return refuse(400, 'The body is not JSON in UTF-8.');
  }
};

const collect = (request: IncomingMessage, maxBytes: number): Promise<Buffer | 'too large' | 'gone'> =>
  new Promise((resolve) => {
    let size = 0;
    let chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else chunks = [];
      if (size > maxBytes * discardFactor) resolve('too large');
    });
    request.once('end', () => resolve(size > maxBytes ? 'too large' : Buffer.concat(chunks)));
    request.once('error', () => resolve('gone'));
    request.once('close', () => resolve('gone'));
  });

/** Reads a JSON body of at most `maxBytes`; keeps no more than that in memory whatever is sent. */
export const readJsonBody = async (request: IncomingMessage, response: ServerResponse, maxBytes: number): Promise<ReadBody> => {
  const { 'content-type': contentType, 'content-encoding': encoding, 'content-length': length, expect } = request.headers;
  if (!isJson(contentType)) return refuse(415, 'POST takes a JSON body: send content-type: application/json in UTF-8.');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') return refuse(415, 'Send the body uncompressed.');
  const tooLarge = refuse(413, `The body is larger than ${maxBytes} bytes (server.maxRequestBytes).`);
  const declared = Number(length ?? 0);
  if (declared > maxBytes * discardFactor) return tooLarge;
  if (expect !== undefined) {
    // The client asks before it sends: nothing has to be thrown away.
    if (declared > maxBytes) return tooLarge;
    response.writeContinue();
  }
  const body = await collect(request, maxBytes);
  if (body === 'gone') return { kind: 'gone' };
  return body === 'too large' ? tooLarge : parseJson(body);
};
