import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './support/http.js';
import { startToyServer, type ToyServer } from './support/toy-server.js';
import { openReady, type RawClient, subscribe } from './support/ws.js';

let toy: ToyServer;
let client: RawClient;
beforeEach(async () => {
  toy = await startToyServer({ options: { maxSubscriptionsPerSocket: 20 } });
  client = await openReady(toy.ws);
});
afterEach(async () => {
  client.socket.terminate();
  toy.state.gate.open();
  await toy.server.stop();
});

const running = async (count: number): Promise<void> =>
  until(async () => (await toy.metrics.metrics()).includes(`vigil_websocket_operations ${count}\n`), `${count} operations`);
const pong = async (): Promise<void> => {
  const before = client.frames.filter(({ type }) => type === 'pong').length;
  client.send({ type: 'ping' });
  await until(() => client.frames.filter(({ type }) => type === 'pong').length > before, 'a pong');
};
const times = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `q${index}`);

describe('queries and mutations of one socket', () => {
  it('run eight at a time, the others after them, all answered', async () => {
    for (const id of times(12)) client.send(subscribe(id, id === 'q3' ? 'mutation { act }' : '{ slow }'));
    await running(12);
    await until(() => toy.state.began.length === 8, 'eight');
    await pong();
    expect(toy.state.began).toHaveLength(8);
    toy.state.gate.open();
    await until(() => client.frames.filter(({ type }) => type === 'complete').length === 12, 'twelve answers');
    expect(
      client.frames
        .filter(({ type }) => type === 'next')
        .map(({ id }) => id)
        .sort(),
    ).toEqual(times(12).toSorted());
    await running(0);
  });

  it('make room when one is given up, and a waiting one that is given up never begins', async () => {
    for (const id of times(10)) client.send(subscribe(id, '{ slow }'));
    await running(10);
    client.send({ id: 'q8', type: 'complete' });
    await running(9);
    client.send({ id: 'q0', type: 'complete' });
    await until(() => toy.state.began.length === 9, 'the next one');
    await running(8);
    expect(toy.state.aborted).toEqual(['slow']);
    await pong();
    expect(toy.state.began).toHaveLength(9);
  });

  it('leave subscriptions alone', async () => {
    for (const id of times(8)) client.send(subscribe(id, '{ slow }'));
    client.send(subscribe('s', 'subscription { count(to: 1) { n } }'));
    await until(() => client.frames.some(({ id, type }) => id === 's' && type === 'complete'), 'the subscription');
  });

  it('that wait are dropped when the client goes away, except mutations', async () => {
    for (const id of times(8)) client.send(subscribe(id, 'mutation { act }'));
    client.send(subscribe('q', '{ slow }'));
    client.send(subscribe('m', 'mutation { act }'));
    await running(10);
    client.socket.terminate();
    await running(9);
    toy.state.gate.open();
    await running(0);
    expect(toy.state.began).toEqual(Array.from({ length: 9 }, () => 'act'));
  });

  it('do not begin while megabytes wait for the client to read them', async () => {
    client.socket.pause();
    client.send(subscribe('f', 'subscription { flood(bytes: 20000000) { n text } }'));
    await until(() => toy.state.pulled > 0, 'the flood');
    await running(1);
    client.send(subscribe('q', '{ slow }'));
    await running(2);
    expect(toy.state.began).toEqual([]);
    client.socket.resume();
    client.send({ id: 'f', type: 'complete' });
    await until(() => toy.state.began.includes('slow'), 'the query');
  });
});

describe('an id that is used again before its operation has ended', () => {
  beforeEach(async () => {
    client.send(subscribe('x', 'mutation { act }'));
    await until(() => toy.state.began.length === 1, 'the mutation');
    client.send({ id: 'x', type: 'complete' });
    client.send(subscribe('x', 'mutation { act }'));
  });

  it('is free at once, and nothing is sent of the one that was given up', async () => {
    await until(() => toy.state.began.length === 2, 'the second');
    toy.state.gate.open();
    await running(0);
    await pong();
    expect(client.frames.filter(({ id }) => id === 'x').map(({ type }) => type)).toEqual(['next', 'complete']);
  });

  it('closes the socket with 4409 when it is used once more', async () => {
    client.send(subscribe('x', 'mutation { act }'));
    expect(await client.closed).toEqual({ code: 4409, reason: 'Subscriber for x already exists' });
  });

  it('may be given up and used again as often as one likes', async () => {
    client.send({ id: 'x', type: 'complete' });
    client.send(subscribe('x', '{ hello }'));
    await until(() => client.frames.some(({ type }) => type === 'complete'), 'the third');
    toy.state.gate.open();
    await running(0);
    await pong();
    const frames = client.frames.filter(({ id }) => id === 'x');
    expect(frames).toEqual([
      { id: 'x', type: 'next', payload: { data: { hello: 'hello world' } } },
      { id: 'x', type: 'complete' },
    ]);
  });

  it('leaves the one that was given up running: turns and limits count it', async () => {
    for (let more = 2; more < 20; more += 1) {
      client.send({ id: 'x', type: 'complete' });
      client.send(subscribe('x', 'mutation { act }'));
    }
    await running(20);
    client.send(subscribe('y', '{ hello }'));
    await until(() => client.frames.some(({ id }) => id === 'y'), 'the refusal');
    expect(client.frames.at(-1)).toMatchObject({ id: 'y', type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] });
    expect(toy.state.began).toHaveLength(8);
  });

  it('leaves both running when the client is gone', async () => {
    await until(() => toy.state.began.length === 2, 'the second');
    client.socket.terminate();
    await until(async () => (await toy.metrics.metrics()).includes('vigil_websocket_connections 0'), 'the close');
    await running(2);
    toy.state.gate.open();
    await running(0);
    expect(toy.state.aborted).toEqual([]);
  });
});
