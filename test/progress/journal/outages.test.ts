import { describe, expect, it } from 'vitest';
import { isFinal } from '../../../src/domain/index.js';
import {
  agree,
  createFleet,
  createSlowFleet,
  idOfTask,
  type Member,
  pair,
  progressOf,
  readOften,
  startAll,
  stateOf,
  turns,
} from './fleet.js';

describe('who cannot reach the journal', () => {
  it('tells its clients from memory, and is told of what others have written when it is back', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    const [before, told] = [a.cursor(), a.heard.length];
    a.handle().cut();
    a.see('n:2', 0.5);
    await fleet.settle();
    expect(a.heard.slice(told)).toHaveLength(1);
    expect(a.detached).toEqual([true]);
    const during = a.cursor();
    expect(a.since(before)).toEqual([idOfTask('n:2')]);
    expect(b.since(during)).toBeUndefined();
    b.see('n:3', 0.5);
    b.see('n:1', 0.2);
    await fleet.settle();
    expect(stateOf(a, 'n:3')).toBeUndefined();
    const elsewhere = b.cursor();
    const atDuring = a.shown();
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(a.detached).toEqual([true, false]);
    expect(a.heard.slice(told + 1).map((change) => ('value' in change ? change.value.nativeId : ''))).toEqual(['n:1', 'n:3']);
    expect(a.since(during)?.toSorted()).toEqual([idOfTask('n:1'), idOfTask('n:3')]);
    expect(a.shownAt(during)).toEqual(atDuring);
    expect(a.since(elsewhere)).toEqual([idOfTask('n:2')]);
    expect(a.since(before)?.toSorted()).toEqual([idOfTask('n:1'), idOfTask('n:2'), idOfTask('n:3')]);
    expect(a.since(a.cursor())).toEqual([]);
    expect(b.since(before)?.toSorted()).toEqual([idOfTask('n:1'), idOfTask('n:2'), idOfTask('n:3')]);
  });

  it('tells the other instances how a task has ended meanwhile, once, and its own clients no second time', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    a.handle().cut();
    a.see('n:1', 1, { state: 'SUCCEEDED' });
    await fleet.settle();
    const cursor = a.cursor();
    b.see('n:1', 0.5);
    await fleet.settle();
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    const ends = (member: Member) => member.heard.filter((change) => change.kind === 'task' && isFinal(change.value.state));
    expect([ends(a).length, ends(b).length]).toEqual([1, 1]);
    expect(a.heard.at(-1)).toBe(ends(a)[0]);
    expect(a.since(cursor)).toEqual([]);
  });

  it('takes what was read later elsewhere for true', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    a.handle().cut();
    a.see('n:1', 0.2);
    await fleet.settle();
    b.see('n:1', 0.3);
    await fleet.settle();
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(progressOf(a, 'n:1')).toBe(0.3);
    expect(b.heard.filter((change) => 'value' in change && change.kind === 'task' && change.value.progress === 0.2)).toEqual([]);
  });

  it.each([
    ['whoever read it first comes back first', 'b', 'a'],
    ['whoever read it last comes back first', 'a', 'b'],
  ])('says nothing under a lower revision than before of what the others know as well: %s', async (_, ...order) => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    for (const member of [a, b]) member.handle().cut();
    b.see('n:1', 0.5);
    fleet.clock.now += 2;
    a.see('n:1', 0.5);
    await fleet.settle();
    const revision = () => a.journal.view.task(idOfTask('n:1'))?.revision ?? 0;
    const told = revision();
    for (const name of order) {
      (name === 'a' ? a : b).handle().restore();
      await fleet.settle();
    }
    agree(a, b);
    expect(revision()).toBeGreaterThanOrEqual(told);
    expect([a.heard.length, b.heard.length]).toEqual([2, 2]);
    // In the same millisecond as before, and by a clock that is behind.
    fleet.clock.now -= 2;
    b.see('n:1', 0.6, {}, fleet.clock.now + 2);
    await fleet.settle();
    agree(a, b);
    expect(progressOf(a, 'n:1')).toBe(0.6);
    expect([a.heard.length, b.heard.length]).toEqual([3, 3]);
  });

  it('is told of what others have read otherwise under a revision above its own', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    a.handle().cut();
    readOften(a, 6, ++fleet.clock.now);
    await fleet.settle();
    b.see('n:1', 0.9);
    await fleet.settle();
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect([progressOf(a, 'n:1'), progressOf(b, 'n:1')]).toEqual([0.9, 0.9]);
    expect(b.heard.filter((change) => 'value' in change && change.kind === 'task' && change.value.progress === 0.9)).toHaveLength(1);
  });

  it('says nothing more of what it announced, and lets it be announced again', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.journal.detached((isDetached) => {
      if (!isDetached) a.journal.announce('word', 'again');
    });
    a.handle().cut();
    a.journal.announce('word', 'lost');
    await fleet.settle();
    a.handle().restore();
    await fleet.settle();
    expect(b.notices).toEqual([['again', 'a']]);
  });

  it('loses nothing in several outages, one after the other and one in the return from another', async () => {
    const fleet = createSlowFleet();
    const [a, b] = await pair(fleet);
    const cursors: string[] = [];
    const shown: ReturnType<Member['shown']>[] = [];
    for (let round = 0; round < 6; round += 1) {
      a.handle().cut();
      a.see(`a:${round}`, 0.1);
      b.see(`b:${round}`, 0.1);
      await fleet.settle();
      cursors.push(a.cursor());
      shown.push(a.shown());
      a.handle().restore();
      if (round % 2 === 0) await fleet.settle();
      else await new Promise(setImmediate);
    }
    await fleet.settle();
    agree(a, b);
    for (const [index, cursor] of cursors.entries()) expect(a.shownAt(cursor)).toEqual(shown[index]);
    expect(Object.keys(b.shown())).toHaveLength(12);
  });

  it('tells its clients all it knows when it loses the journal again before it has come back to it', async () => {
    const fleet = createSlowFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    let caught = 0;
    for (let moment = 1; moment < 12; moment += 1) {
      a.handle().cut();
      a.see('a', moment / 100);
      b.see('n:1', moment / 20);
      b.see(`b:${moment}`, 0.1);
      await fleet.settle();
      a.handle().restore();
      await turns(moment);
      a.handle().cut();
      await fleet.settle();
      if (a.known()[idOfTask(`b:${moment}`)] !== undefined) caught += 1;
      expect(a.known(), `cut off again after ${moment} turns`).toEqual(a.shown());
      a.handle().restore();
      await fleet.settle();
      agree(a, b);
    }
    expect(caught).toBeGreaterThan(0);
  });

  it('serves from the start, and joins the others when it can', async () => {
    const fleet = createFleet();
    const [b] = await startAll(fleet, 'b');
    b?.see('n:1', 0.1);
    await fleet.settle();
    const a = await fleet.member('a', { cut: true });
    a.see('n:2', 0.2);
    await fleet.settle();
    const cursor = a.cursor();
    expect(a.heard).toHaveLength(1);
    a.handle().restore();
    await fleet.settle();
    if (b) agree(a, b);
    expect(a.since(cursor)).toEqual([idOfTask('n:1')]);
    expect(progressOf(a, 'n:1')).toBe(0.1);
  });

  it('is heard when it is stopped with the answer to its entry on its way', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.handle().sever({ heard: true });
    a.see('n:1', 0.5);
    a.journal.announce('word', 'mine');
    await fleet.settle();
    expect(progressOf(b, 'n:1')).toBe(0.5);
    a.handle().cut();
    await fleet.settle();
    const told = a.heard.length;
    expect(progressOf(a, 'n:1')).toBe(0.5);
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(a.heard.slice(told)).toEqual([]);
    expect(b.heard).toHaveLength(1);
    expect([a.notices, b.notices]).toEqual([[], [['mine', 'a']]]);
  });
});

describe('a journal that has a gap', () => {
  const small = { checkpointEntries: 3 };

  it('is taken up from the newest view, and the watches are told of what differs', async () => {
    const fleet = createFleet(small);
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    a.see('n:2', 0.1);
    await fleet.settle();
    const old = b.cursor();
    b.handle().sever();
    await fleet.settle();
    for (let step = 0; step < 20; step += 1) {
      a.see('n:1', step / 20);
      if (step === 10) a.ledger.forgetTask(idOfTask('n:2'));
      await fleet.settle();
    }
    const told = b.heard.length;
    b.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(
      b.heard
        .slice(told)
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['task', 'task-gone']);
    expect(new Set(b.since(old))).toEqual(new Set([idOfTask('n:1'), idOfTask('n:2')]));
    expect(a.since(b.cursor())).toEqual([]);
    b.see('n:3', 0.3);
    await fleet.settle();
    agree(a, b);
  });

  it('begins anew once, when the store was emptied, with what all of them know', async () => {
    const fleet = createFleet();
    const members = await startAll(fleet, 'a', 'b', 'c');
    const [a, b, c] = members;
    if (!a || !b || !c) return;
    a.see('n:1', 0.1);
    b.see('n:2', 1, { state: 'SUCCEEDED' });
    await fleet.settle();
    const [old, shown, told] = [a.cursor(), a.shown(), members.map(({ heard }) => heard.length)];
    fleet.empty();
    await fleet.settle();
    a.see('n:3', 0.1);
    await fleet.settle();
    agree(...members);
    expect(a.cursor()).not.toBe(old);
    expect(Object.keys(a.shown())).toEqual([...Object.keys(shown), idOfTask('n:3')]);
    for (const [index, { heard }] of members.entries()) expect(heard.slice(told[index])).toHaveLength(1);
    for (const member of members) expect(member.since(old)).toEqual([idOfTask('n:3')]);
    const d = await fleet.member('d');
    agree(a, d);
    expect(d.since(old)).toBeUndefined();
    expect(members.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('leaves out what it cannot read, and says so once a minute, however much it is', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    const write = async (): Promise<void> => {
      await a.handle().store.append('changes', '{"by":"newer","changes":[{"kind":"cat"}]}', { keep: 100 });
      await fleet.settle();
    };
    await write();
    await write();
    b.see('n:2', 0.1);
    await fleet.settle();
    agree(a, b);
    const said = 'an entry of the journal cannot be read; it is left out';
    expect([a.faults, b.faults]).toEqual([[said], [said]]);
    fleet.clock.now += 60_000;
    await write();
    b.see('n:2', 0.2);
    await fleet.settle();
    expect([a.faults, b.faults]).toEqual([
      [said, said],
      [said, said],
    ]);
  });
});

describe('the view that a restart begins with', () => {
  it('is written by one of them at a time, and what nobody needs is let go', async () => {
    const fleet = createFleet({ checkpointEntries: 5 });
    const members = await startAll(fleet, 'a', 'b', 'c');
    for (let step = 0; step < 60; step += 1) {
      members[step % 3]?.see(`n:${step % 4}`, step / 60);
      await fleet.settle();
    }
    const [a] = members;
    const marks = (await a?.handle().store.list('changes-view/', { limit: 100 })) ?? [];
    expect(marks.length).toBeLessThanOrEqual(2);
    expect((await fleet.store().entriesOf('changes')).length).toBeLessThanOrEqual(12);
    const d = await fleet.member('d');
    if (a) agree(a, d);
    expect(members.flatMap(({ faults }) => faults)).toEqual([]);
  });

  it('of another version is let go when that has not written for a week', async () => {
    const fleet = createFleet({ checkpointEntries: 2 });
    const [a] = await startAll(fleet, 'a');
    const { store } = a?.handle() ?? {};
    const keys = ['changes-view/00000000000000001-x', 'changes-view/00000000000000001-y'] as const;
    await store?.put(keys[0], JSON.stringify({ layout: 1, at: fleet.clock.now - 8 * 24 * 3_600_000 }));
    await store?.put(keys[1], JSON.stringify({ layout: 3, at: fleet.clock.now - 6 * 24 * 3_600_000 }));
    for (let step = 0; step < 6; step += 1) {
      a?.see('n:1', step / 10);
      await fleet.settle();
    }
    expect(await store?.get(keys[0])).toBeUndefined();
    expect(await store?.get(keys[1])).toBeDefined();
  });

  it('is not left half written for ever by one that died', async () => {
    const fleet = createFleet({ checkpointEntries: 2 });
    const [a] = await startAll(fleet, 'a');
    if (!a) return;
    const { store } = a.handle();
    const mark = { layout: 2, epoch: 'AAAAAAAA', sequence: 1, at: fleet.clock.now, isWhole: false };
    await store.put('changes-view/00000000000000001-x', JSON.stringify(mark));
    await store.writeLarge(
      'changes-view/00000000000000001-x',
      (async function* () {
        yield Buffer.from('half');
      })(),
    );
    fleet.clock.now += 3_600_000;
    for (let step = 0; step < 6; step += 1) {
      a.see('n:1', step / 10);
      await fleet.settle();
    }
    expect(await store.openLarge('changes-view/00000000000000001-x')).toBeUndefined();
    expect((await store.list('changes-view/', { limit: 100 })).every(({ value }) => value.includes('"isWhole":true'))).toBe(true);
  });
});
