import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFinal, type Task } from '../../../src/domain/index.js';
import { agree, createFleet, idOfTask, type Member, setJob } from './fleet.js';

/** What may happen to three instances on one store. */
type Event =
  | { readonly is: 'task moves' | 'task ends' | 'job changes' | 'job goes' | 'job comes'; readonly of: number }
  | { readonly is: 'reads' | 'begins to read' | 'has read' | 'finds the job gone'; readonly at: number; readonly of: number }
  | { readonly is: 'is cut' | 'is severed' | 'is back' | 'crashes' | 'is led by another' | 'announces'; readonly at: number }
  | { readonly is: 'time passes' | 'the store is emptied' | 'all comes to rest' };

const at = fc.nat({ max: 2 });
const of = fc.nat({ max: 2 });
const events = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ is: fc.constantFrom('task moves', 'job changes'), of }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constantFrom('task ends', 'job goes', 'job comes'), of }) },
    { weight: 16, arbitrary: fc.record({ is: fc.constantFrom('reads', 'begins to read', 'has read'), at, of }) },
    { weight: 2, arbitrary: fc.record({ is: fc.constant('finds the job gone'), at, of }) },
    { weight: 4, arbitrary: fc.record({ is: fc.constantFrom('is cut', 'is severed', 'is back'), at }) },
    { weight: 1, arbitrary: fc.record({ is: fc.constantFrom('crashes', 'announces'), at }) },
    { weight: 6, arbitrary: fc.constant({ is: 'time passes' as const }) },
    { weight: 2, arbitrary: fc.constant({ is: 'all comes to rest' as const }) },
    { weight: 1, arbitrary: fc.constant({ is: 'the store is emptied' as const }) },
  ),
  { minLength: 5, maxLength: 60 },
) as fc.Arbitrary<Event[]>;

interface Remembered {
  readonly cursor: string;
  readonly shown: Readonly<Record<string, string>>;
}

const run = async (happenings: readonly Event[], order: readonly number[], checkpointEntries: number): Promise<void> => {
  let turn = 0;
  // Answers take their time, each another one.
  const schedule = (work: () => void): void => {
    turn += 1;
    let left = order[turn % order.length] ?? 0;
    const later = (): void => {
      left -= 1;
      if (left < 0) work();
      else setImmediate(later);
    };
    setImmediate(later);
  };
  const fleet = createFleet({ checkpointEntries }, schedule);
  const members: Member[] = await Promise.all(['a', 'b', 'c'].map((name) => fleet.member(name)));
  let born = 3;
  const tasks = [0, 1, 2].map(() => ({ progress: 0, state: 'RUNNING' as Task['state'] }));
  const jobs = [0, 1, 2].map(() => ({ words: 0, isThere: true }));
  const readings = new Map<number, () => void>();
  const places: Remembered[] = [];
  /** Ends that an instance has read which has lived on. */
  const ends = new Map<Member, Set<string>>();
  const jobNamed = (index: number) => setJob(`j:${index}`, 'OPENED', { description: `${jobs[index]?.words}` });

  const remember = (): void => {
    for (const member of members) places.push({ cursor: member.cursor(), shown: member.shown() });
  };
  /** What is there now, to be told to the ledger now or later. */
  const read = (member: Member, index: number): (() => void) => {
    fleet.clock.now += 1;
    const readAt = fleet.clock.now;
    const [task, job] = [{ ...tasks[index] }, { ...jobs[index] }];
    const seen = jobNamed(index);
    return () => {
      member.see(`n:${index}`, task.progress ?? 0, { state: task.state }, readAt);
      if (job.isThere) member.ledger.stampJobs([seen], readAt);
      if (task.state && isFinal(task.state)) ends.set(member, new Set([...(ends.get(member) ?? []), idOfTask(`n:${index}`)]));
    };
  };
  const rest = async (): Promise<void> => {
    for (const member of members) member.handle().restore();
    await fleet.settle();
    agree(...members);
    for (const [member, ids] of ends) {
      if (!members.includes(member)) continue;
      for (const id of ids) expect(isFinal(members[0]?.journal.view.task(id)?.state ?? 'RUNNING')).toBe(true);
    }
  };

  for (const event of happenings) {
    fleet.clock.now += 1;
    const member = 'at' in event ? members[event.at] : undefined;
    switch (event.is) {
      case 'task moves': {
        const task = tasks[event.of];
        if (task && task.state === 'RUNNING') task.progress += 1;
        break;
      }
      case 'task ends': {
        const task = tasks[event.of];
        if (task) task.state = 'SUCCEEDED';
        break;
      }
      case 'job changes': {
        const job = jobs[event.of];
        if (job) job.words += 1;
        break;
      }
      case 'job goes':
      case 'job comes': {
        const job = jobs[event.of];
        if (job) job.isThere = event.is === 'job comes';
        break;
      }
      case 'reads':
        if (member) read(member, event.of)();
        break;
      case 'begins to read':
        if (member) readings.set(event.at, read(member, event.of));
        break;
      case 'has read':
        readings.get(event.at)?.();
        readings.delete(event.at);
        break;
      case 'finds the job gone':
        if (!jobs[event.of]?.isThere) member?.ledger.forgetJob(jobNamed(event.of).id);
        break;
      case 'is cut':
        member?.handle().cut();
        break;
      case 'is severed':
        member?.handle().sever({ heard: event.at === 1 });
        break;
      case 'is back':
        member?.handle().restore();
        break;
      case 'announces':
        member?.journal.announce('word', 1);
        break;
      case 'crashes': {
        if (!member) break;
        readings.delete(event.at);
        await fleet.crash(member);
        born += 1;
        members[event.at] = await fleet.member(`m${born}`);
        break;
      }
      case 'the store is emptied':
        await rest();
        fleet.empty();
        break;
      case 'time passes':
        await new Promise(setImmediate);
        await new Promise(setImmediate);
        remember();
        break;
      case 'all comes to rest':
        await rest();
        remember();
    }
  }
  await rest();
  // Wherever a cursor means something, it leads back to what was shown there.
  for (const { cursor, shown } of places)
    for (const member of members) {
      const then = member.shownAt(cursor);
      if (then) expect(then, `${cursor} at ${member.name}`).toEqual(shown);
    }
  for (const member of members) {
    const ended = new Map<string, number>();
    for (const change of member.heard) {
      if (change.kind !== 'task') continue;
      const { id, state } = change.value;
      if (isFinal(state)) ended.set(id, (ended.get(id) ?? 0) + 1);
      else expect(ended.get(id)).toBeUndefined();
    }
    for (const count of ended.values()) expect(count).toBe(1);
  }
  expect(members.flatMap((member) => member.faults)).toEqual([]);
  for (const member of members) await member.journal.dispose();
};

describe('three instances on one journal, whatever happens in whatever order', () => {
  it('show the same in the end, lose no end, tell none twice, and lead clients back to what they had', { timeout: 120_000 }, async () => {
    await fc.assert(fc.asyncProperty(events, fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 12 }), fc.constantFrom(3, 500), run), {
      numRuns: Number(process.env.JOURNAL_RUNS ?? 60),
    });
  });
});
