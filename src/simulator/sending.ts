import { type ServerResponse, STATUS_CODES } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { SimulatedAnswer } from './exchange.js';

type Body = SimulatedAnswer['body'];

/** Headers of an answer; the length of a body that comes in pieces is not known. */
const headersOf = (answer: SimulatedAnswer) => ({
  ...Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  ),
  ...(typeof answer.body === 'string' && { 'content-length': String(Buffer.byteLength(answer.body)) }),
});

/** Writes an answer the way Netty does for a request it could not decode: HTTP/1.0, then the end of the connection. */
function sendHttp10(response: ServerResponse, answer: SimulatedAnswer, body: string): void {
  const lines = Object.entries(headersOf(answer)).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  const head = [`HTTP/1.0 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', ''].join('\r\n');
  response.socket?.end(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
}

/** Sends a whole answer; to HEAD without its body. Fails where the client leaves before the last piece of a streamed one. */
export async function sendAnswer(response: ServerResponse, method: string, answer: SimulatedAnswer): Promise<void> {
  if (answer.dropped === true) {
    response.socket?.resetAndDestroy();
    return;
  }
  const { body } = answer;
  if (answer.http10 === true && typeof body === 'string') {
    sendHttp10(response, answer, body);
    return;
  }
  response.writeHead(answer.status, headersOf(answer));
  if (method === 'HEAD') response.end();
  else if (typeof body === 'string') response.end(body);
  else await pipeline(Readable.from(body), response);
}

async function* piecesOf(body: Body): AsyncGenerator<Buffer> {
  if (typeof body === 'string') yield Buffer.from(body);
  else for await (const piece of body) yield Buffer.from(piece);
}

/** The pieces of a body with a break after so many bytes; what is asked for after the break waits for `passed`. */
async function* withBreak(body: Body, bytes: number, passed: Promise<void>): AsyncGenerator<Buffer> {
  let left = Math.max(0, bytes);
  let before = true;
  for await (const piece of piecesOf(body)) {
    if (before && left > 0) yield piece.subarray(0, left);
    if (before && piece.length >= left) {
      await passed;
      before = false;
    }
    if (!before) yield piece.subarray(left);
    left = Math.max(0, left - piece.length);
  }
}

/** Promises the whole answer, sends so many bytes of its body, and the rest once `passed`. */
export async function sendHeld(response: ServerResponse, answer: SimulatedAnswer, bytes: number, passed: Promise<void>): Promise<void> {
  response.writeHead(answer.status, headersOf(answer));
  response.flushHeaders();
  await pipeline(Readable.from(withBreak(answer.body, bytes, passed)), response);
}

/** Promises the whole answer, sends so many bytes of its body, and destroys the socket. */
export async function sendCut(response: ServerResponse, answer: SimulatedAnswer, bytes: number): Promise<void> {
  response.writeHead(answer.status, headersOf(answer));
  response.flushHeaders();
  const { socket } = response;
  let left = bytes;
  for await (const piece of piecesOf(answer.body)) {
    if (left <= 0) break;
    await new Promise<void>((resolve) => response.write(piece.subarray(0, left), () => resolve()));
    left -= piece.length;
  }
  socket?.destroySoon();
}
