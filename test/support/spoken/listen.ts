import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SpokenRecord } from './record.js';

/** What the gateway answers; what backends answer is theirs to say. */
const ourPaths = /^\/(?:graphql|health|metrics|schema)?(?:[/?]|$)/;

const learn = (record: SpokenRecord, { headers }: IncomingMessage): void => {
  const { authorization } = headers;
  if (authorization === undefined) return;
  const [scheme = '', value] = authorization.split(' ', 2);
  if (value === undefined) {
    record.forbidSignature(scheme);
    return;
  }
  record.forbidSecret(`what was sent as ${scheme}`, value);
  const [, password] = /^basic$/i.test(scheme) ? (/^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? []) : [];
  if (password !== undefined) record.forbidSecret('a password that was sent', password);
};

const overhear = (record: SpokenRecord, request: IncomingMessage, response: ServerResponse): void => {
  const where = `the answer to ${request.method} ${request.url?.split('?')[0]}`;
  const pieces: Buffer[] = [];
  const keep = (piece: unknown): void => {
    if (typeof piece === 'string') pieces.push(Buffer.from(piece));
    else if (piece instanceof Uint8Array) pieces.push(Buffer.from(piece));
  };
  const { write, end } = response;
  response.write = new Proxy(write, {
    apply: (target, self, args) => {
      keep(args[0]);
      return Reflect.apply(target, self, args);
    },
  });
  response.end = new Proxy(end, {
    apply: (target, self, args) => {
      keep(args[0]);
      return Reflect.apply(target, self, args);
    },
  });
  response.once('close', () => record.hear(where, `${JSON.stringify(response.getHeaders())}\n${Buffer.concat(pieces).toString('utf8')}`));
};

/** Learns credentials from every request that any server of this process gets, and hears what its gateways answer over HTTP. */
export const listenToServers = (record: SpokenRecord): void => {
  channel('http.server.request.start').subscribe((message) => {
    const { request, response } = message as { readonly request: IncomingMessage; readonly response: ServerResponse };
    learn(record, request);
    if (ourPaths.test(request.url ?? '')) overhear(record, request, response);
  });
};
