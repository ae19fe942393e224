import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/domain/index.js';
import { until } from './support/http.js';
import { ended, listen, metricOf, randomFrom, running, startListServer } from './support/list-clients.js';
import { createListWorld, type ListWorld, listQuery } from './support/list-schema.js';
import type { StrictList } from './support/strict-list.js';
import type { ToyServer } from './support/toy-server.js';
import { openReady, subscribe } from './support/ws.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('identical subscriptions', () => {
  let world: ListWorld;
  let toy: ToyServer;
  beforeAll(async () => {
    world = createListWorld();
    toy = await startListServer(world);
  });
  afterAll(async () => {
    await toy.server.stop();
  });

  it('cost one execution an event, and all clients are told the same in the same order', async () => {
    world.put('one', running('first'));
    const clients = await Promise.all(Array.from({ length: 40 }, () => openReady(toy.ws)));
    const lists = clients.map((client, index) => {
      const listOf = listen(client);
      client.send(subscribe(`client "${index}" é`, listQuery, { variables: { room: 'one' } }));
      return () => listOf(`client "${index}" é`);
    });
    await until(() => lists.every((list) => list().updates.length === 1), 'forty snapshots');
    expect(world.open()).toBe(1);
    const before = world.executed();
    const sentBefore = await metricOf(toy, 'vigil_subscription_messages_total');
    for (let n = 1; n <= 20; n += 1) {
      world.put('one', running('first', n));
      await until(() => lists.every((list) => list().updates.length === n + 1), 'the change');
    }
    expect(world.executed() - before).toBe(20);
    expect((await metricOf(toy, 'vigil_subscription_messages_total')) - sentBefore).toBe(20 * 40);
    const [told] = lists.map((list) => list().updates.slice(1));
    for (const list of lists) {
      expect(list().faults).toEqual([]);
      expect(list().updates.slice(1)).toEqual(told);
    }
    for (const client of clients) client.socket.close();
    await until(() => world.open() === 0, 'no watch');
    expect(await metricOf(toy, 'vigil_subscription_groups')).toBe(0);
  });

  it('that come at once share one execution of the snapshot', async () => {
    for (let index = 0; index < 250; index += 1) world.put('many', running(`item${index}`));
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    client.send(subscribe('first', listQuery, { variables: { room: 'many' } }));
    await until(() => listOf('first').updates.at(-1)?.synced === true, 'the snapshot');
    const before = world.executed();
    const ids = Array.from({ length: 100 }, (_, index) => `later ${index}`);
    const others = await openReady(toy.ws);
    const otherOf = listen(others);
    // One packet: they are read in one turn.
    Reflect.get(others.socket, '_socket').cork();
    for (const id of ids) others.send(subscribe(id, listQuery, { variables: { room: 'many' } }));
    Reflect.get(others.socket, '_socket').uncork();
    await until(() => ids.every((id) => otherOf(id).updates.at(-1)?.synced === true), 'their snapshots');
    // In three parts. A packet may be cut in two or three on its way.
    expect(world.executed() - before).toBeLessThanOrEqual(3 * 10);
    expect(otherOf('later 99').updates.map(({ reset, synced, added }) => [reset, synced, added.length])).toEqual([
      [true, false, 100],
      [false, false, 100],
      [false, true, 50],
    ]);
    client.socket.close();
    others.socket.close();
    await until(() => world.open() === 0, 'no watch');
  });

  it.each([
    ['another variable', { room: 'apart', note: 'x' }, listQuery],
    ['another document', { room: 'apart' }, `${listQuery} # again`],
  ])('are those without %s', async (_, variables, query) => {
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    client.send(subscribe('a', listQuery, { variables: { room: 'apart' } }));
    client.send(subscribe('b', query, { variables }));
    await until(() => listOf('a').updates.length + listOf('b').updates.length === 2, 'both');
    expect(world.open()).toBe(2);
    client.socket.close();
    await until(() => world.open() === 0, 'no watch');
  });

  it('are so however their variables are ordered, and whether what is null is named', async () => {
    const client = await openReady(toy.ws);
    const listOf = listen(client);
    client.send(subscribe('a', listQuery, { variables: { room: 'same', note: 'x' } }));
    client.send(subscribe('b', listQuery, { variables: { note: 'x', room: 'same' }, operationName: null }));
    await until(() => listOf('a').updates.length + listOf('b').updates.length === 2, 'both');
    expect(world.open()).toBe(1);
    client.socket.close();
    await until(() => world.open() === 0, 'no watch');
  });

  it('of different actors are executed apart', async () => {
    const auth = { kind: 'bearer', tokens: [new Secret('one'), new Secret('two')] } as const;
    const guardedWorld = createListWorld();
    await using guarded = await startListServer(guardedWorld, { options: { auth } });
    const clients = await Promise.all(['one', 'two', 'one'].map((token) => openReady(guarded.ws, { token })));
    const told = clients.map((client) => {
      const listOf = listen(client);
      client.send(subscribe('a', listQuery, { variables: { room: 'guarded' } }));
      return () => listOf('a').updates;
    });
    await until(() => told.every((updates) => updates().length === 1), 'all');
    expect(guardedWorld.open()).toBe(2);
    const [first, second, third] = told.map((updates) => updates()[0]?.by);
    expect(first).toBe(third);
    expect(first).not.toBe(second);
    for (const client of clients) client.socket.close();
  });

  it('go on for the others when the one that came first leaves', async () => {
    const [one, other] = await Promise.all([openReady(toy.ws), openReady(toy.ws)]);
    const [listOf, otherOf] = [listen(one), listen(other)];
    one.send(subscribe('a', listQuery, { variables: { room: 'left' } }));
    await until(() => listOf('a').updates.length === 1, 'the first');
    other.send(subscribe('a', listQuery, { variables: { room: 'left' } }));
    await until(() => otherOf('a').updates.length === 1, 'the other');
    one.socket.terminate();
    await until(async () => (await metricOf(toy, 'vigil_websocket_connections')) === 1, 'its end');
    world.put('left', running('late'));
    await until(() => otherOf('a').items.has('late'), 'the change');
    other.send({ id: 'a', type: 'complete' });
    await until(() => world.open() === 0, 'no watch');
    // Who completes and comes again begins anew, under the same id.
    const again = await openReady(toy.ws);
    const againOf = listen(again);
    again.send(subscribe('a', listQuery, { variables: { room: 'left' } }));
    await until(() => againOf('a').items.has('late'), 'the snapshot');
    other.socket.close();
    again.socket.close();
  });

  it('that come while the first has not begun are let in when it has', async () => {
    let begin = (): void => undefined;
    const slowWorld = createListWorld();
    slowWorld.beginning = new Promise((resolve) => {
      begin = resolve;
    });
    await using slow = await startListServer(slowWorld);
    const client = await openReady(slow.ws);
    const listOf = listen(client);
    for (const id of ['a', 'b', 'c']) client.send(subscribe(id, listQuery, { variables: { room: 'r' } }));
    await until(() => slowWorld.open() === 1, 'the watch');
    client.send({ id: 'a', type: 'complete' });
    client.send({ type: 'ping' });
    expect(await client.next()).toEqual({ type: 'pong' });
    slowWorld.put('r', running('early'));
    begin();
    await until(() => listOf('b').items.has('early') && listOf('c').items.has('early'), 'both');
    expect([listOf('a').updates, listOf('b').faults, listOf('c').faults]).toEqual([[], [], []]);
    client.socket.close();
  });
});

describe('clients that come and go while everything changes', () => {
  it('hold the truth in the end: no gap, no repeat, no lost end', { timeout: 120_000 }, async () => {
    const world = createListWorld();
    await using toy = await startListServer(world);
    const sockets = await Promise.all(Array.from({ length: 4 }, () => openReady(toy.ws)));
    const lists = sockets.map(listen);
    for (let seed = 1; seed <= 400; seed += 1) {
      const random = randomFrom(seed);
      const room = `room${seed}`;
      // While an update is resolved things change on, and somebody comes in.
      const patience = random(3) * 4;
      world.resolving = async () => {
        for (let turns = patience; turns > 0; turns -= 1) await turn();
      };
      /** Subscriptions that go on, and those that are away for a while. */
      const followers = new Map<string, { readonly socket: number; readonly list: StrictList }>();
      const away: { readonly id: string; readonly socket: number; readonly list: StrictList }[] = [];
      let count = 0;
      /** An end is for good: the next of its kind is another one. */
      const generations = new Map<number, number>();
      const past = new Set<string>();
      const pick = (): string => {
        const kind = random(5);
        const generation = generations.get(kind) ?? 0;
        const id = `i${kind}.${generation}`;
        if (!past.has(id)) return id;
        generations.set(kind, generation + 1);
        return random(2) === 0 ? id : `i${kind}.${generation + 1}`;
      };
      const leave = (id: string, { socket, list }: { readonly socket: number; readonly list: StrictList }): void => {
        lists[socket]?.move(list, id, 'away');
        list.rollBack(random(3));
        // What it hears of no more it has to hear again.
        for (const item of list.items.keys()) if (past.has(item)) list.mustEnd.add(item);
        away.push({ id, socket, list });
      };
      const comeBack = ({ socket, list }: { readonly socket: number; readonly list: StrictList }): void => {
        const id = `${seed}-${count}-again`;
        const foreign = random(8) === 0 ? 'elsewhere@0' : undefined;
        const cursor = list.rollBack(0);
        list.comeBack(cursor === undefined || foreign !== undefined);
        lists[socket]?.move(list, 'away', id);
        followers.set(id, { socket, list });
        const after = foreign ?? cursor;
        const extra = { variables: { room }, ...(after === undefined ? {} : { extensions: { vigil: { after } } }) };
        sockets[socket]?.send(subscribe(id, listQuery, extra));
      };
      const steps: (() => void)[] = [
        () => {
          const id = pick();
          if (!past.has(id)) world.put(room, running(id, count));
        },
        () => {
          const id = pick();
          if (world.items.get(`${room}/${id}`)?.state !== 'RUNNING') return;
          for (const { list } of [...followers.values(), ...away]) if (list.items.has(id)) list.mustEnd.add(id);
          past.add(id);
          world.put(room, ended(id, count));
          if (random(3) === 0) world.forget(room, id);
        },
        () => world.forget(room, pick()),
        () => {
          const socket = random(sockets.length);
          const id = `${seed}-${count}`;
          const list = lists[socket]?.(id);
          if (list) followers.set(id, { socket, list });
          sockets[socket]?.send(subscribe(id, listQuery, { variables: { room } }));
        },
        () => {
          const [gone] = [...followers].slice(random(Math.max(1, followers.size)));
          if (!gone || followers.size < 2) return;
          followers.delete(gone[0]);
          sockets[gone[1].socket]?.send({ id: gone[0], type: 'complete' });
          if (random(3) > 0) leave(gone[0], gone[1]);
        },
        () => {
          const [back] = away.splice(random(Math.max(1, away.length)), 1);
          if (back) comeBack(back);
        },
      ];
      steps[3]?.();
      for (count = 1; count < 40; count += 1) {
        steps[random(steps.length + 1) % steps.length]?.();
        for (let turns = random(4); turns > 0; turns -= 1) await turn();
      }
      const isTrue = ({ items, updates }: StrictList): boolean => {
        const truth = world.running(room);
        return updates.length > 0 && items.size === truth.length && truth.every(({ id, revision }) => items.get(id)?.revision === revision);
      };
      for (; away.length > 0; count += 1) steps[5]?.();
      await until(() => [...followers.values()].every(({ list }) => isTrue(list)), `the truth, with seed ${seed}`);
      for (const { list } of followers.values()) {
        expect({ seed, faults: list.faults }).toEqual({ seed, faults: [] });
        for (const id of list.mustEnd) expect({ seed, id, told: list.ends.has(id) }).toEqual({ seed, id, told: true });
      }
      for (const [id, { socket }] of followers) sockets[socket]?.send({ id, type: 'complete' });
      await until(() => world.open() === 0, `the end of run ${seed}`);
    }
    for (const { socket } of sockets) socket.close();
  });
});

describe('a client that does not read', () => {
  const big = 'x'.repeat(60_000);

  it('holds nobody back, costs little, and catches up in one message with every end told', async () => {
    const world = createListWorld();
    await using toy = await startListServer(world);
    const [slow, quick] = await Promise.all([openReady(toy.ws), openReady(toy.ws)]);
    const [slowList, quickList] = [listen(slow), listen(quick)].map((listOf) => listOf('a'));
    world.put('r', running('ends'));
    for (const client of [slow, quick]) client.send(subscribe('a', listQuery, { variables: { room: 'r' } }));
    await until(() => slowList?.updates.length === 1 && quickList?.updates.length === 1, 'both');
    slow.socket.pause();
    // Until the kernel takes no more of it.
    let n = 0;
    const change = async (): Promise<void> => {
      n += 1;
      world.put('r', running('moves', n, big));
      await until(() => quickList?.items.get('moves')?.n === n, 'the quick one');
    };
    const sent = (): Promise<number> => metricOf(toy, 'vigil_subscription_messages_total');
    for (let before = await sent(); ; before = await sent()) {
      await change();
      if ((await sent()) - before === 1) break;
    }
    world.put('r', ended('ends'));
    world.put('r', running('short'));
    await change();
    world.put('r', ended('short'));
    for (let more = 0; more < 200; more += 1) await change();
    const toldWhileAway = await sent();
    slow.socket.resume();
    await until(() => slowList?.items.get('moves')?.n === n, 'the slow one');
    expect(slowList?.faults).toEqual([]);
    expect(slowList?.ends.get('ends')?.state).toBe('ENDED');
    expect(slowList?.ends.get('short')?.state).toBe('ENDED');
    expect([...(slowList?.items.keys() ?? [])]).toEqual(['moves']);
    expect(quickList?.faults).toEqual([]);
    expect(await metricOf(toy, 'vigil_subscription_messages_joined_total')).toBe(1);
    expect((await sent()) - toldWhileAway).toBe(1);
    // And is one of them again.
    const before = world.executed();
    await change();
    await until(() => slowList?.items.get('moves')?.n === n, 'the slow one again');
    expect(world.executed() - before).toBe(1);
    slow.socket.close();
    quick.socket.close();
  });

  it('and never does is closed with 4420 and the reason, and its watch ends', async () => {
    const world = createListWorld();
    await using toy = await startListServer(world, { timing: { slowClientTimeoutMs: 100 } });
    const stuck = await openReady(toy.ws);
    stuck.send(subscribe('a', listQuery, { variables: { room: 'r' } }));
    await until(() => world.open() === 1, 'the watch');
    stuck.socket.pause();
    let n = 0;
    await until(async () => {
      n += 1;
      world.put('r', running('moves', n, big));
      return (await metricOf(toy, 'vigil_websocket_too_slow_total')) === 1;
    }, 'the close');
    stuck.socket.resume();
    expect(await stuck.closed).toEqual({ code: 4420, reason: 'Too slow: events were not read' });
    await until(() => world.open() === 0, 'no watch');
  });

  it('because nothing happens is not slow', async () => {
    const world = createListWorld();
    await using toy = await startListServer(world, { timing: { slowClientTimeoutMs: 50 } });
    const [idle, other] = await Promise.all([openReady(toy.ws), openReady(toy.ws)]);
    idle.send(subscribe('a', listQuery, { variables: { room: 'quiet' } }));
    await until(() => world.open() === 1, 'the watch');
    idle.socket.pause();
    // Another one is found out meanwhile, so the time of this one is up as well.
    other.send(subscribe('a', listQuery, { variables: { room: 'loud' } }));
    await until(() => world.open() === 2, 'the other watch');
    other.socket.pause();
    await until(async () => {
      world.put('loud', running('moves', 0, big));
      return (await metricOf(toy, 'vigil_websocket_too_slow_total')) === 1;
    }, 'the close');
    expect(await metricOf(toy, 'vigil_websocket_too_slow_total')).toBe(1);
    world.put('quiet', running('news'));
    idle.socket.resume();
    const listOf = listen(idle);
    await until(() => listOf('a').updates.some(({ added }) => added.some(({ id }) => id === 'news')), 'the news');
    idle.socket.close();
    other.socket.terminate();
  });
});
