import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { isObject, type Json, parseOrText } from './json.js';

/** An answer as it came. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
}

/** Sends requests exactly as they are written, paths included. */
export interface Wire {
  send(method: string, path: string, headers: Readonly<Record<string, string>>, body: Json | undefined): Promise<Answer>;
  dispose(): void;
}

/** JSON with a blank after every comma and colon, as the recordings were sent: messages name columns. */
function spaced(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, member]) => `${JSON.stringify(key)}: ${spaced(member)}`)
    .join(', ')}}`;
}

const textOf = (body: Json): string => (typeof body === 'string' ? body : spaced(body));

/** A connection to a simulator. */
export function createWire(port: number): Wire {
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, path, headers, body) =>
      new Promise((resolve, reject) => {
        const text = body === undefined ? undefined : textOf(body);
        const typed = text !== undefined && text !== '' && !Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
        const all = {
          ...headers,
          ...(typed && { 'content-type': 'application/json' }),
          ...(text !== undefined && { 'content-length': Buffer.byteLength(text) }),
        };
        const sent = request({ host: '127.0.0.1', port, method, path, agent, headers: all }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const received = Buffer.concat(chunks).toString('utf8');
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received === '' ? '' : parseOrText(received) });
          });
        });
        sent.on('error', reject);
        sent.end(text);
      }),
    dispose: () => agent.destroy(),
  };
}
