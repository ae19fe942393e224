import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './support/http.js';
import { ended, listen, metricOf, running, type SocketLists, startListServer } from './support/list-clients.js';
import { createListWorld, type ListWorld, listQuery } from './support/list-schema.js';
import type { Memory, StrictList } from './support/strict-list.js';
import type { ToyServer } from './support/toy-server.js';
import { openReady, type RawClient, subscribe } from './support/ws.js';

let world: ListWorld;
let toy: ToyServer;
beforeEach(async () => {
  world = createListWorld();
  toy = await startListServer(world);
});
afterEach(async () => {
  await toy.server.stop();
});

interface Client extends RawClient {
  readonly listOf: SocketLists;
}
const connect = async (server = toy): Promise<Client> => {
  const client = await openReady(server.ws);
  return { ...client, listOf: listen(client) };
};
const resuming = (cursor: string | undefined) => ({ extensions: { vigil: { after: cursor } } });
const has = (list: StrictList, id: string, n: number): boolean => list.items.get(id)?.n === n;
/** Begun, and past its first update. */
const begin = async (client: Client, room: string, id = 'a'): Promise<StrictList> => {
  client.send(subscribe(id, listQuery, { variables: { room } }));
  await until(() => client.listOf(id).updates.length > 0, 'the first update');
  return client.listOf(id);
};
const leaveAll = async (...clients: readonly Client[]): Promise<void> => {
  for (const { socket } of clients) socket.close();
  await until(() => world.open() === 0, 'no watch');
};

describe('who comes back to a subscription that others follow', () => {
  it('is told what it missed as one step of its own, and then what all are told', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    world.put('back', running('stays'));
    world.put('back', running('ends'));
    const [list, others] = await Promise.all([begin(one, 'back'), begin(other, 'back')]);
    one.socket.terminate();
    world.put('back', running('stays', 1));
    world.put('back', ended('ends'));
    world.put('back', running('new'));
    await until(() => others.items.has('new') && others.ends.has('ends'), 'the others');
    const told = others.updates.length;

    const again = await connect();
    again.send(subscribe('b', listQuery, { variables: { room: 'back' }, ...resuming(list.cursor()) }));
    list.comeBack(false);
    again.listOf.move(list, '', 'b');
    await until(() => has(list, 'stays', 1), 'what it missed');
    expect(list.updates.at(-1)).toMatchObject({
      reset: false,
      synced: true,
      added: [{ id: 'new' }],
      changed: [{ id: 'stays', n: 1 }],
      left: [{ id: 'ends', state: 'ENDED' }],
    });
    expect(world.open()).toBe(1);
    expect(others.updates).toHaveLength(told);
    world.put('back', running('stays', 2));
    await until(() => has(list, 'stays', 2) && has(others, 'stays', 2), 'the change');
    expect([list.faults, others.faults]).toEqual([[], []]);
    // At the same place all have the same cursor, to the byte.
    expect(list.cursor()).toBe(others.cursor());
    await leaveAll(again, other);
  });

  it('says one empty step when it missed nothing', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    world.put('same', running('x'));
    const [list, others] = await Promise.all([begin(one, 'same'), begin(other, 'same')]);
    one.send({ id: 'a', type: 'complete' });
    one.listOf.move(list, 'a', 'b');
    list.comeBack(false);
    one.send(subscribe('b', listQuery, { variables: { room: 'same' }, ...resuming(list.cursor()) }));
    await until(() => list.updates.length === 2, 'the step');
    expect(list.updates[1]).toMatchObject({ reset: false, synced: true, added: [], changed: [], left: [], forgotten: [] });
    expect(others.updates).toHaveLength(1);
    await leaveAll(one, other);
  });

  it('begins anew with a cursor of another list, or of none, while the others go on', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    world.put('foreign', running('x'));
    const others = await begin(other, 'foreign');
    for (const [index, cursor] of ['elsewhere@0', 'part', '', 'x'.repeat(2_000)].entries()) {
      one.send(subscribe(`${index}`, listQuery, { variables: { room: 'foreign' }, ...resuming(cursor) }));
      await until(() => one.listOf(`${index}`).items.has('x'), 'the snapshot');
      expect(one.listOf(`${index}`).updates).toMatchObject([{ reset: true, synced: true }]);
    }
    expect(others.updates).toHaveLength(1);
    expect(world.open()).toBe(1);
    world.put('foreign', running('x', 1));
    await until(() => has(others, 'x', 1) && ['0', '1', '2', '3'].every((id) => has(one.listOf(id), 'x', 1)), 'all of them');
    expect(['0', '1', '2', '3'].flatMap((id) => one.listOf(id).faults)).toEqual([]);
    await leaveAll(one, other);
  });

  it('may be the first one in, and those after it come in with cursors of their own, or with none', async () => {
    const client = await connect();
    world.put('first', running('x'));
    const list = await begin(client, 'first');
    const [early, hadEarly] = [list.cursor(), list.memory()];
    world.put('first', running('x', 1));
    await until(() => has(list, 'x', 1), 'the change');
    const [late, hadLate] = [list.cursor(), list.memory()];
    client.send({ id: 'a', type: 'complete' });
    await until(() => world.open() === 0, 'no watch');

    world.put('first', running('y'));
    const sent: readonly [string, string | undefined, Memory?][] = [
      ['first', early, hadEarly],
      ['second', late, hadLate],
      ['third', undefined],
    ];
    for (const [id, cursor, had] of sent) {
      client.listOf(id).comeBack(cursor === undefined, had);
      client.send(subscribe(id, listQuery, { variables: { room: 'first' }, ...resuming(cursor) }));
    }
    await until(() => sent.every(([id]) => client.listOf(id).updates.length === 1), 'all three');
    expect(world.open()).toBe(1);
    expect(sent.flatMap(([id]) => client.listOf(id).faults)).toEqual([]);
    const told = sent.map(([id]) => client.listOf(id).updates[0]);
    expect(told).toMatchObject([
      { reset: false, added: [{ id: 'y' }], changed: [{ id: 'x', n: 1 }] },
      { reset: false, added: [{ id: 'y' }], changed: [] },
      { reset: true, added: [{ id: 'x' }, { id: 'y' }] },
    ]);
    await leaveAll(client);
  });

  it('costs one execution with all who come back in the same turn with the same cursor', async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    world.put('many', running('x'));
    const { cursor, memory } = await begin(other, 'many');
    const [at, had] = [cursor(), memory()];
    world.put('many', running('x', 1));
    await until(() => has(other.listOf('a'), 'x', 1), 'the change');
    const ids = Array.from({ length: 100 }, (_, index) => `b${index}`);
    const before = world.executed();
    // One packet: they are read in one turn.
    Reflect.get(one.socket, '_socket').cork();
    for (const id of ids) {
      one.listOf(id).comeBack(false, had);
      one.send(subscribe(id, listQuery, { variables: { room: 'many' }, ...resuming(at) }));
    }
    Reflect.get(one.socket, '_socket').uncork();
    await until(() => ids.every((id) => one.listOf(id).updates.length === 1), 'all of them');
    // A packet may be cut in two or three on its way.
    expect(world.executed() - before).toBeLessThanOrEqual(5);
    expect(ids.flatMap((id) => one.listOf(id).faults)).toEqual([]);
    await leaveAll(one, other);
  });

  it('in the middle of a burst, again and again, misses nothing', { timeout: 60_000 }, async () => {
    const [one, other] = await Promise.all([connect(), connect()]);
    world.put('burst', running('x'));
    const others = await begin(other, 'burst');
    const list = await begin(one, 'burst', 'r0');
    let n = 0;
    let stop = false;
    const burst = (async () => {
      while (!stop) {
        n += 1;
        world.put('burst', running('x', n));
        world.put('burst', running(`short${n}`));
        for (const each of [list, others]) if (each.items.has(`short${n}`)) each.mustEnd.add(`short${n}`);
        if (n % 3 === 0) await new Promise((resolve) => setImmediate(resolve));
        world.put('burst', ended(`short${n}`));
        world.forget('burst', `short${n}`);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (let round = 1; round <= 150; round += 1) {
      one.send({ id: `r${round - 1}`, type: 'complete' });
      one.listOf.move(list, `r${round - 1}`, `r${round}`);
      const before = list.updates.length;
      list.comeBack(false);
      one.send(subscribe(`r${round}`, listQuery, { variables: { room: 'burst' }, ...resuming(list.rollBack(round % 3)) }));
      await until(() => list.updates.length > before + (round % 4), 'some updates');
    }
    stop = true;
    await burst;
    await until(() => has(list, 'x', n) && has(others, 'x', n) && list.items.size === 1 && others.items.size === 1, 'the truth');
    expect([list.faults, others.faults]).toEqual([[], []]);
    // Every one of them ended, and all who were there have been told of all.
    expect([...others.ends.keys()]).toHaveLength(n);
    expect([...list.ends.keys()]).toHaveLength(n);
    await leaveAll(one, other);
  });
});

describe('a cursor', () => {
  const withArgument = listQuery
    .replace('($room: String!', '($room: String!, $after: String')
    .replace('note: $note', 'note: $note, after: $after');

  it('that a variable says does not part those who are told the same', async () => {
    const client = await connect();
    world.put('variable', running('x'));
    const { cursor, memory } = await begin(client, 'variable');
    const [at, had] = [cursor(), memory()];
    world.put('variable', running('x', 1));
    client.listOf('v1').comeBack(false, had);
    client.send(subscribe('v1', withArgument, { variables: { room: 'variable', after: at } }));
    client.send(subscribe('v2', withArgument, { variables: { room: 'variable' } }));
    client.send(subscribe('v3', withArgument, { variables: { room: 'variable', after: 'part' } }));
    await until(() => ['v1', 'v2', 'v3'].every((id) => client.listOf(id).updates.length === 1), 'all three');
    expect(['v1', 'v2', 'v3'].map((id) => client.listOf(id).updates[0]?.reset)).toEqual([false, true, true]);
    // The first one's document is another.
    expect(world.open()).toBe(2);
    expect(client.listOf('v1').faults).toEqual([]);
    await leaveAll(client);
  });

  it('of the transport wins over the one of the argument', async () => {
    const client = await connect();
    world.put('wins', running('x'));
    const { cursor, memory } = await begin(client, 'wins');
    const [at, had] = [cursor(), memory()];
    for (const id of ['w1', 'w2']) {
      client.listOf(id).comeBack(false, had);
      client.send(subscribe(id, withArgument, { variables: { room: 'wins', after: 'part' }, ...resuming(at) }));
    }
    await until(() => ['w1', 'w2'].every((id) => client.listOf(id).updates.length === 1), 'both');
    expect(['w1', 'w2'].map((id) => client.listOf(id).updates[0]?.reset)).toEqual([false, false]);
    await leaveAll(client);
  });

  it('that stands in the document counts for all who send that document', async () => {
    const client = await connect();
    world.put('literal', running('x'));
    const { cursor, memory } = await begin(client, 'literal');
    const [at, had] = [cursor(), memory()];
    const literal = listQuery.replace('note: $note', `note: $note, after: "${at}"`);
    for (const id of ['l1', 'l2']) {
      client.listOf(id).comeBack(false, had);
      client.send(subscribe(id, literal, { variables: { room: 'literal' } }));
    }
    await until(() => ['l1', 'l2'].every((id) => client.listOf(id).updates.length === 1), 'both');
    expect(['l1', 'l2'].map((id) => client.listOf(id).updates[0]?.reset)).toEqual([false, false]);
    await leaveAll(client);
  });

  it('whose variable says something else as well parts them', async () => {
    const client = await connect();
    const twice = listQuery.replace('$note: String', '$after: String').replace('note: $note', 'note: $after, after: $after');
    client.send(subscribe('a', twice, { variables: { room: 'parted', after: 'part' } }));
    client.send(subscribe('b', twice, { variables: { room: 'parted', after: 'other' } }));
    await until(() => ['a', 'b'].every((id) => client.listOf(id).updates.length === 1), 'both');
    expect(world.open()).toBe(2);
    await leaveAll(client);
  });
});

describe('a client that was too slow', () => {
  const big = 'x'.repeat(60_000);

  it('is closed with 4420, comes back with its last cursor, and is told every end once', { timeout: 60_000 }, async () => {
    const slowWorld = createListWorld();
    await using server = await startListServer(slowWorld, { timing: { slowClientTimeoutMs: 200 } });
    const [slow, quick] = await Promise.all([connect(server), connect(server)]);
    slowWorld.put('r', running('ends'));
    const [list, quickList] = await Promise.all([begin(slow, 'r'), begin(quick, 'r')]);
    slow.socket.pause();
    let n = 0;
    await until(async () => {
      n += 1;
      slowWorld.put('r', running('moves', n, big));
      await until(() => has(quickList, 'moves', n), 'the quick one');
      return (await metricOf(server, 'vigil_websocket_too_slow_total')) === 1;
    }, 'the close');
    slowWorld.put('r', ended('ends'));
    slow.socket.resume();
    expect((await slow.closed).code).toBe(4420);
    slowWorld.put('r', running('moves', n + 1));

    const again = await connect(server);
    list.comeBack(false);
    again.listOf.move(list, '', 'a');
    again.send(subscribe('a', listQuery, { variables: { room: 'r' }, ...resuming(list.cursor()) }));
    await until(() => has(list, 'moves', n + 1) && has(quickList, 'moves', n + 1), 'both');
    expect(list.ends.get('ends')?.state).toBe('ENDED');
    expect([list.faults, quickList.faults]).toEqual([[], []]);
    expect(list.cursor()).toBe(quickList.cursor());
    for (const { socket } of [again, quick]) socket.close();
  });

  it('holds back neither a newcomer nor one that comes back', async () => {
    const [slow, quick] = await Promise.all([connect(), connect()]);
    world.put('held', running('x'));
    const [, list] = await Promise.all([begin(slow, 'held'), begin(quick, 'held')]);
    const [at, had] = [list.cursor(), list.memory()];
    slow.socket.pause();
    const sent = (): Promise<number> => metricOf(toy, 'vigil_subscription_messages_total');
    let n = 0;
    // Until the kernel takes no more of it.
    for (let before = await sent(), told = 0; told !== 1; before = await sent()) {
      n += 1;
      world.put('held', running('x', n, big));
      await until(() => has(list, 'x', n), 'the quick one');
      told = (await sent()) - before;
    }
    quick.listOf('back').comeBack(false, had);
    quick.send(subscribe('back', listQuery, { variables: { room: 'held' }, ...resuming(at) }));
    quick.send(subscribe('new', listQuery, { variables: { room: 'held' } }));
    await until(() => ['back', 'new'].every((id) => has(quick.listOf(id), 'x', n)), 'both');
    world.put('held', running('x', n + 1));
    await until(() => ['a', 'back', 'new'].every((id) => has(quick.listOf(id), 'x', n + 1)), 'all three');
    slow.socket.resume();
    await until(() => has(slow.listOf('a'), 'x', n + 1), 'the slow one');
    for (const one of [slow.listOf('a'), ...['a', 'back', 'new'].map(quick.listOf)]) expect(one.faults).toEqual([]);
    await leaveAll(slow, quick);
  });
});
