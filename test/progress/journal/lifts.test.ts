import { describe, expect, it } from 'vitest';
import { idOf } from '../../../src/progress/journal/wire.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';
import { createFleet, createSlowFleet, idOfTask, type Member, progressOf, readOften, setJob, stateOf, turns } from './fleet.js';

/*
 * Who went on alone writes the revisions it has told into the journal before it comes back: no reading, and it outdoes none. Whatever others do then meets
 * that on its way; so many turns after the return.
 */
const moments = Array.from({ length: 10 }, (_, index) => index);

/** Kinds of what was told of an object. */
const toldOf = ({ heard }: Member, id: string): readonly string[] => heard.filter((change) => idOf(change) === id).map(({ kind }) => kind);
const afterGone = (kinds: readonly string[], gone: string): readonly string[] => kinds.slice(kinds.indexOf(gone) + 1);

describe('a revision that is lifted', () => {
  it('brings nothing back for which another instance has had no room', async () => {
    let gone = 0;
    for (const moment of moments) {
      const fleet = createSlowFleet();
      const a = await fleet.member('a');
      const b = await fleet.member('b', { maxObjects: 2 });
      b.see('n:1', 0.1);
      await fleet.settle();
      a.handle().cut();
      readOften(a, 6, ++fleet.clock.now);
      await fleet.settle();
      b.see('n:1', 0.9);
      b.see('n:2', 0.1);
      await fleet.settle();
      a.handle().restore();
      await turns(moment);
      b.see('n:3', 0.1);
      await fleet.settle();
      const kinds = toldOf(b, idOfTask('n:1'));
      // The lift makes it recent: then it is another one that goes.
      if (!kinds.includes('task-gone')) continue;
      gone += 1;
      expect(afterGone(kinds, 'task-gone'), `after ${moment} turns`).toEqual([]);
      expect(stateOf(b, 'n:1')).toBeUndefined();
    }
    expect(gone).toBeGreaterThan(2);
  });

  it.each(moments)('brings back no job that was deleted where the clock is behind, and does not hide that (%s)', async (moment) => {
    const fleet = createSlowFleet();
    const a = await fleet.member('a');
    const b = await fleet.member('b');
    const c = await fleet.member('c', { skew: -20 });
    const job = (description: string) => setJob('j', 'OPENED', { description });
    b.ledger.stampJobs([job('0')], ++fleet.clock.now);
    await fleet.settle();
    a.handle().cut();
    fleet.clock.now += 1;
    for (let time = 1; time < 7; time += 1) a.ledger.stampJobs([job(`a${time}`)], fleet.clock.now);
    await fleet.settle();
    b.ledger.stampJobs([job('b')], ++fleet.clock.now);
    await fleet.settle();
    a.handle().restore();
    await turns(moment);
    fleet.clock.now += 5;
    c.ledger.forgetJob(job('b').id);
    await fleet.settle();
    const kinds = toldOf(b, job('b').id);
    expect(kinds).toContain('job-gone');
    expect(afterGone(kinds, 'job-gone')).toEqual([]);
    expect(b.journal.view.job(job('b').id)).toBeUndefined();
  });

  it.each(moments)('outdoes nothing that is read after it where the clock is behind (%s)', async (moment) => {
    const fleet = createSlowFleet();
    const a = await fleet.member('a');
    const b = await fleet.member('b');
    const c = await fleet.member('c', { skew: -20 });
    b.see('n:1', 0.1);
    await fleet.settle();
    fleet.clock.now += 100;
    a.handle().cut();
    readOften(a, 40, fleet.clock.now);
    await fleet.settle();
    b.see('n:1', 0.9);
    await fleet.settle();
    a.handle().restore();
    await turns(moment);
    fleet.clock.now += 5;
    expect(c.ledger.task(idOfTask('n:1'))?.progress).toBe(0.9);
    c.see('n:1', 0.95, {}, fleet.clock.now - 20);
    await fleet.settle();
    expect([a, b, c].map((member) => progressOf(member, 'n:1'))).toEqual([0.95, 0.95, 0.95]);
  });

  it.each(moments)('is none of a backend that is not configured there (%s)', async (moment) => {
    const vendor = createScriptedVendor('two');
    const fleet = createSlowFleet();
    const a = await fleet.member('a', { isKnown: (key) => key === 'one' });
    const b = await fleet.member('b');
    const c = await fleet.member('c', { skew: -20 });
    const read = (member: Member, progress: number, readAt: number) =>
      member.ledger.stampTasks([vendor.makeTask('x', { progress })], readAt);
    const { id } = vendor.makeTask('x');
    fleet.clock.now += 100;
    read(b, 0.1, fleet.clock.now);
    await fleet.settle();
    a.handle().cut();
    // It finds out that the store is away.
    a.journal.announce('word', 1);
    await fleet.settle();
    fleet.clock.now += 1;
    b.ledger.forgetTask(id);
    await fleet.settle();
    fleet.clock.now += 1;
    read(c, 0.2, fleet.clock.now - 20);
    await fleet.settle();
    a.handle().restore();
    await turns(moment);
    fleet.clock.now += 1;
    read(c, 0.7, fleet.clock.now - 20);
    await fleet.settle();
    expect([a, b, c].map(({ journal }) => journal.view.task(id)?.progress)).toEqual([0.7, 0.7, 0.7]);
  });

  it('serves for all who have told the same: many that come back at once do not write everything once each', async () => {
    const [objects, instances] = [300, 8];
    const vendor = createScriptedVendor('one');
    const fleet = createFleet();
    const members = await Promise.all(Array.from({ length: instances }, (_, index) => fleet.member(`m${index}`)));
    const [first] = members;
    const read = (member: Member | undefined, progress: number): void => {
      fleet.clock.now += 1;
      const tasks = Array.from({ length: objects }, (_, index) => vendor.makeTask(`n:${index}`, { progress }));
      member?.ledger.stampTasks(tasks, fleet.clock.now);
    };
    read(first, 0.1);
    await fleet.settle();
    for (const member of members) member.handle().cut();
    await fleet.settle();
    for (const member of members) read(member, 0.5);
    await fleet.settle();
    for (const member of members) member.handle().restore();
    await fleet.settle();
    const { entries } = (await first?.handle().store.read('changes', { after: 0, limit: 10_000 })) ?? { entries: [] };
    const written = entries.reduce((sum, { value }) => sum + (JSON.parse(value) as { changes: unknown[] }).changes.length, 0);
    expect(members.map(({ detached }) => detached.at(-1))).toEqual(members.map(() => false));
    // As it was, as it is by now, and that once more.
    expect(written).toBeLessThanOrEqual(3 * objects);
  });
});

describe('an instance that loses the store while it begins', () => {
  it('puts what it reads on top of what it has learnt by then', async () => {
    let early = 0;
    for (let moment = 1; moment < 14; moment += 1) {
      const fleet = createSlowFleet();
      const b = await fleet.member('b');
      b.see('n:1', 1, { state: 'SUCCEEDED' });
      await fleet.settle();
      const a = await fleet.member('a', { cutAfter: moment });
      await fleet.settle();
      if (a.detached.length > 0) early += 1;
      // A slow list still shows it.
      a.see('n:1', 0.9);
      await fleet.settle();
      a.handle().restore();
      await fleet.settle();
      expect(
        [a, b].map((member) => stateOf(member, 'n:1')),
        `cut off after ${moment} turns`,
      ).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    }
    expect(early).toBeGreaterThan(0);
  });
});
