import { describe, expect, it } from 'vitest';
import { agree, createFleet, createSlowFleet, idOfTask, type Member, pair, progressOf, setJob, startAll, stateOf } from './fleet.js';

describe('several instances on one journal', () => {
  it('agree on its name when they start at the same moment', async () => {
    const fleet = createFleet();
    const members = await startAll(fleet, 'a', 'b', 'c');
    agree(...members);
    expect(new Set(members.map((each) => each.cursor())).size).toBe(1);
    expect(await fleet.store().entriesOf('changes')).toHaveLength(1);
  });

  it('tell the same changes in the same order, whoever has read them', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    for (let step = 0; step < 10; step += 1) {
      a.see('n:1', step / 10);
      b.see('n:2', step / 10);
    }
    await fleet.settle();
    a.see('n:2', 0.95);
    await fleet.settle();
    agree(a, b);
    const told = (member: Member) =>
      member.heard.map((change) => JSON.stringify('value' in change ? [change.value.id, change.value.revision] : change.id));
    expect(told(a)).toEqual(told(b));
    expect(told(a).length).toBeGreaterThan(10);
  });

  it('tell nobody what is not in the journal yet, and let a query wait for it', async () => {
    const fleet = createSlowFleet();
    const [a] = await pair(fleet);
    a.see('n:1', 0.5);
    expect(progressOf(a, 'n:1')).toBeUndefined();
    const agreed = a.ledger.agreed();
    let isAgreed = false;
    void agreed.then(() => {
      isAgreed = true;
    });
    await Promise.resolve();
    expect(isAgreed).toBe(false);
    await agreed;
    expect(progressOf(a, 'n:1')).toBe(0.5);
  });

  it('go on with a client of the other where it stands', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    const cursor = a.cursor();
    a.see('n:2', 0.1);
    b.see('n:1', 0.2);
    await fleet.settle();
    expect(b.since(cursor)).toEqual(a.since(cursor));
    expect(b.since(cursor)?.toSorted()).toEqual([idOfTask('n:1'), idOfTask('n:2')]);
    expect(b.since(b.cursor())).toEqual([]);
  });

  it('go on with a client that has heard more at the other than this one has read', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    b.deafen();
    a.see('n:1', 0.5);
    await fleet.settle();
    const cursor = a.cursor();
    expect(b.since(cursor)).toBeUndefined();
    await b.reach(cursor);
    expect(b.since(cursor)).toEqual([]);
    expect(progressOf(b, 'n:1')).toBe(0.5);
    // What nobody has written is not waited for.
    await b.reach(b.cursor());
    expect(b.faults).toEqual([]);
  });

  it('know what was there when they come later', async () => {
    const fleet = createFleet({ checkpointEntries: 3 });
    const [a] = await startAll(fleet, 'a');
    if (!a) return;
    const cursors: string[] = [];
    for (let step = 0; step < 20; step += 1) {
      a.see('n:1', step / 20);
      await fleet.settle();
      cursors.push(a.cursor());
    }
    const b = await fleet.member('b');
    agree(a, b);
    expect(b.heard).toEqual([]);
    for (const cursor of cursors.slice(-3)) expect(b.since(cursor)).toEqual(a.since(cursor));
    expect((await fleet.store().entriesOf('changes')).length).toBeLessThan(9);
  });

  it('hear what others announce, in the order of the journal, and not themselves', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.journal.announce('word', 1);
    a.see('n:1', 0.1);
    a.journal.announce('word', { two: 2 });
    await fleet.settle();
    b.journal.announce('word', 3);
    await fleet.settle();
    expect(b.notices).toEqual([
      [1, 'a'],
      [{ two: 2 }, 'a'],
    ]);
    expect(a.notices).toEqual([[3, 'b']]);
    const c = await fleet.member('c');
    await fleet.settle();
    expect(c.notices).toEqual([]);
  });

  it('show the counters of nodes that another one reads', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    const node = { id: 'node:one:x', backendKey: 'one', nativeId: 'x', name: 'x' };
    a.ledger.stampNodes([node as never], 1);
    await fleet.settle();
    expect(b.journal.view.nodesOf('one')).toMatchObject([{ name: 'x' }]);
    const cursor = a.cursor();
    a.ledger.stampNodes([{ ...node, name: 'y' } as never], 2);
    await fleet.settle();
    expect(b.heard.at(-1)).toMatchObject({ kind: 'node', value: { name: 'y' } });
    expect(b.since(cursor)).toEqual([]);
  });

  it('keep what they are not configured for out of sight, and in the journal', async () => {
    const fleet = createFleet({ checkpointEntries: 2 });
    const a = await fleet.member('a');
    const b = await fleet.member('b', { isKnown: (key) => key !== 'one' });
    for (let step = 0; step < 7; step += 1) {
      a.see('n:1', step / 10);
      await fleet.settle();
    }
    expect(b.heard).toEqual([]);
    expect(b.ledger.task(idOfTask('n:1'))).toBeUndefined();
    expect(b.cursor()).toBe(a.cursor());
    const c = await fleet.member('c');
    expect(progressOf(c, 'n:1')).toBe(0.6);
  });
});

describe('who is behind', () => {
  /** The one has written what the other has not read yet, and which the other reads differently. */
  const race = async (theirs: (a: Member) => void, mine: (b: Member) => void, before: (a: Member) => void = () => undefined) => {
    const fleet = createSlowFleet();
    const [a, b] = await pair(fleet);
    before(a);
    await fleet.settle();
    const heard = b.heard.length;
    theirs(a);
    await Promise.resolve();
    await Promise.resolve();
    mine(b);
    await fleet.settle();
    agree(a, b);
    return { a, b, heard: b.heard.slice(heard) };
  };
  const at = 1_800_000_000_500;

  it('puts a later reading on top, and tells both', async () => {
    const { b, heard } = await race(
      (a) => a.see('n:1', 0.3, {}, at),
      (b) => b.see('n:1', 0.4, {}, at + 1),
      (a) => a.see('n:1', 0.1),
    );
    expect(progressOf(b, 'n:1')).toBe(0.4);
    expect(heard).toHaveLength(2);
    const revisions = heard.map((change) => ('value' in change ? change.value.revision : 0));
    expect(revisions[1]).toBeGreaterThan(revisions[0] ?? 0);
  });

  it('drops an earlier reading', async () => {
    const { b, heard } = await race(
      (a) => a.see('n:1', 0.4, {}, at + 1),
      (b) => b.see('n:1', 0.3, {}, at),
      (a) => a.see('n:1', 0.1),
    );
    expect(progressOf(b, 'n:1')).toBe(0.4);
    expect(heard).toHaveLength(1);
  });

  it('repeats nothing that says the same', async () => {
    const { heard } = await race(
      (a) => a.see('n:1', 0.4, {}, at),
      (b) => b.see('n:1', 0.4, {}, at + 1),
    );
    expect(heard).toHaveLength(1);
  });

  it.each([1, -1])('never undoes an end, be it read earlier or later (%d)', async (later) => {
    const { b, heard } = await race(
      (a) => a.see('n:1', 1, { state: 'SUCCEEDED' }, at),
      (b) => b.see('n:1', 0.9, {}, at + later),
      (a) => a.see('n:1', 0.1),
    );
    expect(stateOf(b, 'n:1')).toBe('SUCCEEDED');
    expect(heard).toHaveLength(1);
  });

  it.each([1, -1])('tells an end it has read, though the other has read that it runs (%d)', async (later) => {
    const { a } = await race(
      (a) => a.see('n:1', 0.9, {}, at + later),
      (b) => b.see('n:1', 1, { state: 'SUCCEEDED' }, at),
      (a) => a.see('n:1', 0.1),
    );
    expect(stateOf(a, 'n:1')).toBe('SUCCEEDED');
  });

  it('takes the first end that was told', async () => {
    const { b, heard } = await race(
      (a) => a.see('n:1', 1, { state: 'SUCCEEDED' }, at),
      (b) => b.see('n:1', 1, { state: 'LOST' }, at + 1),
      (a) => a.see('n:1', 0.1),
    );
    expect(stateOf(b, 'n:1')).toBe('SUCCEEDED');
    expect(heard).toHaveLength(1);
  });

  it('brings only what it has read otherwise, not what it took over and what is old by now', async () => {
    const { b } = await race(
      (a) => a.see('n:1', 0.7, {}, at),
      (b) => {
        const known = b.ledger.task(idOfTask('n:1'));
        if (known) b.ledger.stampTasks([{ ...known, vendorState: 'busy' }], at + 1);
      },
      (a) => a.see('n:1', 0.1),
    );
    expect(b.journal.view.task(idOfTask('n:1'))).toMatchObject({ progress: 0.7, vendorState: 'busy' });
  });

  it('adds what only it has asked for to a later reading', async () => {
    const { state: _state, ...bare } = setJob('a', 'OPENED');
    const { a, b, heard } = await race(
      (a) => a.ledger.stampJobs([{ ...bare, description: 'new' }], at + 1),
      (b) => b.ledger.stampJobs([{ ...bare, description: 'old', state: 'OPENED' }], at),
    );
    expect(a.journal.view.jobsOf('one')).toMatchObject([{ description: 'new', state: 'OPENED' }]);
    expect(heard).toHaveLength(1);
    expect(b.faults).toEqual([]);
  });

  it.each([
    ['gone, when that was seen later', 1, 0],
    ['there, when that was seen later', -1, 1],
  ])('takes an object for %s', async (_, later, count) => {
    const job = setJob('a', 'OPENED');
    const { b } = await race(
      (a) => a.ledger.stampJobs([{ ...job, description: 'new' }], at),
      (b) => b.ledger.forgetJob(job.id, at + later),
      (a) => a.ledger.stampJobs([job], 1),
    );
    expect(b.journal.view.jobsOf('one')).toHaveLength(count);
  });

  it.each([
    ['there, when it was read later', 1, 1],
    ['gone, when it was read earlier', -1, 0],
  ])('takes an object that the other has seen go for %s', async (_, later, count) => {
    const job = setJob('a', 'OPENED');
    const { b } = await race(
      (a) => a.ledger.forgetJob(job.id, at),
      (b) => b.ledger.stampJobs([{ ...job, description: 'new' }], at + later),
      (a) => a.ledger.stampJobs([job], 1),
    );
    expect(b.journal.view.jobsOf('one')).toHaveLength(count);
  });

  it('goes on with the estimate of the other', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    for (let step = 1; step <= 5; step += 1) {
      fleet.clock.now += 10_000;
      a.see('n:1', step / 20);
      await fleet.settle();
    }
    const shown = a.journal.view.task(idOfTask('n:1'))?.estimatedEndAt;
    expect(shown).toEqual(expect.any(Number));
    fleet.clock.now += 10_000;
    b.see('n:1', 6 / 20);
    await fleet.settle();
    expect(b.journal.view.task(idOfTask('n:1'))?.estimatedEndAt).toBe(shown);
    agree(a, b);
  });
});

describe('who leads no longer', () => {
  it('drops what it has read and not told, but for its own tasks, for ends and for tasks that only it knows, and knows what the journal says', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    b.journal.hear('leads', () => undefined);
    a.journal.hear('leads', () => a.journal.discard('one', (id) => id === idOfTask('own')));
    a.handle().sever();
    a.see('n:1', 0.9);
    a.ledger.stampJobs([setJob('a', 'OPENED')], fleet.clock.now);
    // Whoever asked for it may have been shown it: somebody has to find out how it ends.
    a.see('n:2', 0.9);
    a.see('own', 0.9);
    a.see('n:3', 1, { state: 'FAILED' });
    a.see('n:4', 1, { state: 'LOST' });
    await fleet.settle();
    b.journal.announce('leads', {});
    b.see('n:1', 0.2);
    await fleet.settle();
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(progressOf(a, 'n:1')).toBe(0.2);
    expect([a, b].flatMap(({ journal }) => journal.view.jobsOf('one'))).toEqual([]);
    expect(b.journal.view.unfinishedTasksOf('one').map(({ nativeId }) => nativeId)).toContain('n:2');
    expect(progressOf(b, 'own')).toBe(0.9);
    expect([stateOf(b, 'n:3'), stateOf(b, 'n:4')]).toEqual(['FAILED', undefined]);
    await a.journal.settled();
  });

  it('does not take back an end that its clients were told in an outage', async () => {
    const fleet = createFleet();
    const [a, b] = await pair(fleet);
    a.see('n:1', 0.1);
    await fleet.settle();
    a.journal.hear('leads', () => a.journal.discard('one', () => false));
    a.handle().cut();
    a.see('n:1', 1, { state: 'SUCCEEDED' });
    await fleet.settle();
    expect(a.heard.at(-1)).toMatchObject({ value: { state: 'SUCCEEDED' } });
    b.journal.announce('leads', {});
    await fleet.settle();
    const told = a.heard.length;
    a.handle().restore();
    await fleet.settle();
    agree(a, b);
    expect(stateOf(b, 'n:1')).toBe('SUCCEEDED');
    expect(a.heard.slice(told)).toEqual([]);
  });
});
