/** Subscribers for `fanout.ts`, on bare sockets: what they cost must not be what is measured. Told by messages what to do. */
import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { ClientsReport, ClientsRequest } from './fanout.js';

const document = `subscription Live($id: ID!) {
  taskProgress(id: $id) {
    cursor
    task {
      id kind state vendorState progress counts { current maximum unit } startedAt endedAt updatedAt estimatedEndAt cancellable
      error { code message } backend { id key vendor } revision
    }
  }
}`;

/** One masked text frame. */
const frame = (message: unknown): Buffer => {
  const payload = Buffer.from(JSON.stringify(message));
  const mask = randomBytes(4);
  const length =
    payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0xfe, payload.length >> 8, payload.length & 255]);
  for (let at = 0; at < payload.length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0);
  return Buffer.concat([Buffer.from([0x81]), length, mask, payload]);
};

const upgrade = (port: number): string =>
  [
    'GET /graphql HTTP/1.1',
    `Host: 127.0.0.1:${port}`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Protocol: graphql-transport-ws',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    '\r\n',
  ].join('\r\n');

const sockets: Socket[] = [];
let round = 0;
let got = 0;
let expected = 0;
let firstAt = 0n;
let finish: () => void = () => undefined;

/** Opened, subscribed, and past its first event. */
const open = (port: number, id: string, taskId: string): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    let seen = 0;
    sockets.push(socket);
    socket.setNoDelay(true);
    socket.once('error', reject);
    socket.write(upgrade(port));
    const whenReady = (data: Buffer): void => {
      const before = text;
      text += data.toString('latin1');
      if (!before.includes('\r\n\r\n') && text.includes('\r\n\r\n')) socket.write(frame({ type: 'connection_init' }));
      if (!before.includes('connection_ack') && text.includes('connection_ack'))
        socket.write(frame({ id, type: 'subscribe', payload: { query: document, variables: { id: taskId } } }));
      if (!text.includes('"type":"next"')) return;
      text = '';
      socket.off('data', whenReady);
      socket.on('data', () => {
        if (seen === round) return;
        seen = round;
        got += 1;
        if (got === 1) firstAt = process.hrtime.bigint();
        if (got === expected) finish();
      });
      resolve();
    };
    socket.on('data', whenReady);
  });

/** Reads again. Resolves when it has read the text. */
const catchUp = (socket: Socket, text: string): Promise<void> =>
  new Promise((resolve) => {
    let tail = '';
    const look = (data: Buffer): void => {
      tail = (tail + data.toString('latin1')).slice(-2 * (data.length + text.length));
      if (!tail.includes(text)) return;
      socket.off('data', look);
      resolve();
    };
    socket.on('data', look);
    socket.resume();
  });

const tell = (report: ClientsReport): void => void process.send?.(report);
process.on('message', async (request: ClientsRequest) => {
  if ('open' in request) {
    const { open: count, port, taskId } = request;
    while (sockets.length < count) {
      const many = Math.min(100, count - sockets.length);
      await Promise.all(Array.from({ length: many }, () => open(port, randomUUID(), taskId)));
    }
    return tell({ done: true });
  }
  if ('pause' in request) {
    for (const socket of sockets.slice(0, request.pause)) socket.pause();
    return tell({ done: true });
  }
  if ('resume' in request) {
    await Promise.all(sockets.slice(0, request.resume).map((socket) => catchUp(socket, request.until)));
    return tell({ done: true });
  }
  round += 1;
  got = 0;
  expected = request.expect;
  const all = new Promise<void>((resolve) => {
    finish = resolve;
  });
  tell({ done: true });
  await all;
  tell({ firstAt: firstAt.toString(), lastAt: process.hrtime.bigint().toString() });
});
