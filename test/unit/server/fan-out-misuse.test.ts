import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from './support/http.js';
import { listen, running, startListServer } from './support/list-clients.js';
import { createListWorld, type ListWorld, listQuery } from './support/list-schema.js';
import type { ToyServer } from './support/toy-server.js';
import { openReady, subscribe } from './support/ws.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('variables', () => {
  let world: ListWorld;
  let toy: ToyServer;
  beforeAll(async () => {
    world = createListWorld();
    toy = await startListServer(world);
  });
  afterAll(async () => {
    await toy.server.stop();
  });

  it('of a client never pass for others, whatever they are called', async () => {
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    const named = ['"room":"odd"', '"room":"odd","__proto__":{"note":"x"}', '"room":"odd","__proto__":1', '"room":"odd","toJSON":1'];
    for (const [index, variables] of named.entries())
      client.send(`{"id":"${index}","type":"subscribe","payload":{"query":${JSON.stringify(listQuery)},"variables":{${variables}}}}`);
    await until(() => named.every((_, index) => listOf(`${index}`).updates.length === 1), 'all');
    expect(world.open()).toBe(named.length);
    client.socket.close();
    await until(() => world.open() === 0, 'no watch');
  });

  it('may nest deeper than anybody can follow', async () => {
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    client.send(
      `{"id":"a","type":"subscribe","payload":{"query":${JSON.stringify(listQuery)},"variables":{"room":"deep","unknown":${deep}}}}`,
    );
    await until(() => client.frames.length > 1, 'an answer');
    expect(client.frames.at(-1)).toMatchObject({ type: 'next', payload: { data: expect.anything() } });
    expect(listOf('a').updates).toHaveLength(1);
    client.socket.close();
    await until(() => world.open() === 0, 'no watch');
  });
});

describe('a client that asks while megabytes wait for it', () => {
  it('is heard again when it has read, though nothing more is sent to it', async () => {
    const world = createListWorld();
    await using toy = await startListServer(world);
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    for (const room of ['a', 'b']) client.send(subscribe(room, listQuery, { variables: { room } }));
    await until(() => listOf('a').updates.length === 1 && listOf('b').updates.length === 1, 'both');
    client.socket.pause();
    world.put('a', running('large', 1, 'x'.repeat(24_000_000)));
    await until(() => world.executed() === 3, 'the event');
    await turn();
    client.send({ id: 'b', type: 'complete' });
    await until(() => world.open() === 1, 'its end, while megabytes wait');
    client.socket.resume();
    await until(() => listOf('a').items.has('large'), 'the event');
    client.send({ id: 'a', type: 'complete' });
    await until(() => world.open() === 0, 'what it says then');
    client.socket.close();
  });
});
