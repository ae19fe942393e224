import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { SimulatedAnswer } from './exchange.js';

const headersOf = (answer: SimulatedAnswer, length: number) => ({
  ...Object.fromEntries(
    Object.entries(answer.headers ?? {}).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  ),
  'content-length': String(length),
});

/** Writes an answer the way Netty does for a request it could not decode: HTTP/1.0, then the end of the connection. */
function sendHttp10(response: ServerResponse, answer: SimulatedAnswer, body: Buffer): void {
  const lines = Object.entries(headersOf(answer, body.length)).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}`));
  const head = [`HTTP/1.0 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}`, ...lines, '', ''].join('\r\n');
  response.socket?.end(Buffer.concat([Buffer.from(head, 'latin1'), body]));
}

/** Sends a whole answer; to HEAD without its body. */
export function sendAnswer(response: ServerResponse, method: string, answer: SimulatedAnswer): void {
  if (answer.dropped === true) {
    response.socket?.resetAndDestroy();
    return;
  }
  const body = Buffer.from(answer.body);
  if (answer.http10 === true) {
    sendHttp10(response, answer, body);
    return;
  }
  response.writeHead(answer.status, headersOf(answer, body.length));
  response.end(method === 'HEAD' ? undefined : body);
}

/** Promises the whole answer, sends so many bytes of its body, and destroys the socket. */
export function sendCut(response: ServerResponse, answer: SimulatedAnswer, bytes: number): void {
  const body = Buffer.from(answer.body);
  response.writeHead(answer.status, headersOf(answer, body.length));
  response.flushHeaders();
  const { socket } = response;
  if (bytes <= 0) socket?.destroySoon();
  else response.write(body.subarray(0, bytes), () => socket?.destroySoon());
}
