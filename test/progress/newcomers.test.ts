import { afterEach, describe, expect, it } from 'vitest';
import { type FollowedStream, isFollowed, type JobFilter, parseId } from '../../src/domain/index.js';
import type { ListStep, TaskStep } from '../../src/progress/hub.js';
import { createProgressRig, eventually, noFields, type ProgressRig } from '../support/progress-rig.js';

/* Those who come into a watch that others follow already: what the server's groups are made of. */

const rigs: ProgressRig[] = [];
afterEach(async () => {
  for (const rig of rigs.splice(0)) await rig.dispose();
});
const rigOf = async (): Promise<ProgressRig> => {
  const rig = await createProgressRig();
  rigs.push(rig);
  return rig;
};
const followed = <T>(watch: AsyncIterableIterator<T>): FollowedStream<T> => {
  if (!isFollowed(watch)) throw new TypeError('nobody else can follow it');
  return watch as unknown as FollowedStream<T>;
};
const next = async <T>(watch: AsyncIterator<T>): Promise<T> => {
  const { done, value } = await watch.next();
  if (done) throw new TypeError('it is over');
  return value;
};
const afterOf = (after: string | undefined) => (after === undefined ? {} : { after });
const oneTask = (rig: ProgressRig, id: string, after?: string): FollowedStream<TaskStep> =>
  followed(rig.progress.hub.watchTask(parseId(id), { fields: noFields, ...afterOf(after) }));
const jobs = (rig: ProgressRig, after?: string, filter: JobFilter = {}): FollowedStream<ListStep<{ readonly nativeId: string }>> =>
  followed(rig.progress.hub.watchJobs(filter, { fields: noFields, ...afterOf(after) }));

const begin = async (): Promise<{ rig: ProgressRig; id: string; show: (progress: number, state?: 'SUCCEEDED') => Promise<void> }> => {
  const rig = await rigOf();
  const task = rig.vendor.makeTask('n:1', { progress: 0 });
  const show = async (progress: number, state?: 'SUCCEEDED'): Promise<void> => {
    const shown = { ...task, progress, ...(state ? { state } : {}) };
    const before = rig.progress.hub.liveCursor();
    if (state) rig.vendor.listed.delete('n:1');
    else rig.vendor.listed.set('n:1', shown);
    rig.vendor.remembered.set('n:1', shown);
    rig.progress.ledger.stampTasks([shown], Date.now());
    await eventually(
      () => rig.progress.hub.liveCursor(),
      (cursor) => cursor !== before,
    );
  };
  await show(0);
  return { rig, id: task.id, show };
};
const progressOf = ({ task }: TaskStep): number | null => task.progress;

describe('who comes to a task that others watch', () => {
  it('is told how it is, and then what all are told', async () => {
    const { rig, id, show } = await begin();
    const watch = oneTask(rig, id);
    const first = await next(watch);
    const { events, position } = await watch.enter();
    expect(events).toEqual([first]);
    expect(position).toBe(1);
    await show(0.5);
    expect(progressOf(await next(watch))).toBe(0.5);
    await watch.return?.();
  });

  it('is told what the others have not been told yet, and not once more with them', async () => {
    const { rig, id, show } = await begin();
    const watch = oneTask(rig, id);
    const first = await next(watch);
    // Nobody asks for the next step at the moment: that of before is still being sent.
    await show(0.5);
    const fresh = await watch.enter();
    expect(fresh.events.map(progressOf)).toEqual([0.5]);
    expect(fresh.position).toBe(2);
    const back = await watch.enter(first.cursor);
    expect(back.events.map(progressOf)).toEqual([0.5]);
    expect(await watch.enter(fresh.events[0]?.cursor)).toEqual({ events: [], position: 2 });
    expect(progressOf(await next(watch))).toBe(0.5);
    await show(0.7);
    expect(progressOf(await next(watch))).toBe(0.7);
    await watch.return?.();
  });

  it('when it has ended is told the end, before and after the others have been', async () => {
    const { rig, id, show } = await begin();
    const watch = oneTask(rig, id);
    const first = await next(watch);
    await show(1, 'SUCCEEDED');
    const before = await watch.enter(first.cursor);
    expect(before.events.map(({ task }) => task.state)).toEqual(['SUCCEEDED']);
    const end = await next(watch);
    expect(end.task.state).toBe('SUCCEEDED');
    expect((await watch.enter()).events.map(({ task }) => task.state)).toEqual(['SUCCEEDED']);
    expect((await watch.next()).done).toBe(true);
    expect((await watch.enter()).events.map(({ task }) => task.state)).toEqual(['SUCCEEDED']);
    expect((await watch.enter(end.cursor)).events).toEqual([]);
    // One that comes from a query knows of it, and is told all the same: else its stream would end without a word.
    expect((await watch.enter(rig.progress.hub.liveCursor())).events).toHaveLength(1);
  });

  it('is told the end although the one for whom it was opened had heard it', async () => {
    const { rig, id, show } = await begin();
    await show(1, 'SUCCEEDED');
    const { cursor } = await next(oneTask(rig, id));
    const watch = oneTask(rig, id, cursor);
    const entering = watch.enter();
    expect((await watch.next()).done).toBe(true);
    expect((await entering).events.map(({ task }) => task.state)).toEqual(['SUCCEEDED']);
  });

  it('that is not there is told nothing: whoever asked first is told why', async () => {
    const { rig } = await begin();
    const watch = oneTask(rig, rig.vendor.makeTask('n:9').id);
    const entering = watch.enter();
    await expect(watch.next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await entering).toEqual({ events: [], position: 0 });
  });
});

describe('who comes to a list that others watch', () => {
  const told = ({ reset, added, changed, left, forgotten }: ListStep<{ readonly nativeId: string }>) => ({
    reset,
    added: added.map(({ nativeId }) => nativeId),
    changed: changed.map(({ nativeId }) => nativeId),
    left: left.map(({ nativeId }) => nativeId),
    forgotten: forgotten.length,
  });

  it('resumes after its own cursor, begins anew without, and with one that means nothing', async () => {
    const rig = await rigOf();
    for (const name of ['a', 'b', 'c']) rig.vendor.setJob(name, 'OPENED');
    const filter: JobFilter = { states: ['OPENED'] };
    const watch = jobs(rig, undefined, filter);
    const first = await next(watch);
    rig.vendor.setJob('a', 'OPENED', { description: 'new words' });
    rig.vendor.setJob('b', 'CLOSED');
    rig.vendor.jobs.delete('c');
    rig.vendor.setJob('d', 'OPENED');
    const step = await next(watch);
    const news = { reset: false, added: ['d'], changed: ['a'], left: ['b'], forgotten: 1 };
    expect(told(step)).toEqual(news);

    const back = await watch.enter(first.cursor);
    expect(back.events.map(told)).toEqual([news]);
    expect(back.events[0]).toMatchObject({ cursor: step.cursor, backends: [{ key: 'one' }] });
    expect(back.position).toBe(2);
    expect((await watch.enter(step.cursor)).events.map(told)).toEqual([{ reset: false, added: [], changed: [], left: [], forgotten: 0 }]);
    for (const after of [undefined, 'nonsense', (await next(jobs(rig))).cursor])
      expect((await watch.enter(after)).events.map(told)).toEqual([
        { reset: true, added: ['a', 'd'], changed: [], left: [], forgotten: 0 },
      ]);
    await watch.return?.();
  });

  it('has as many as the others have, in each state', async () => {
    const rig = await rigOf();
    for (const name of ['a', 'b']) rig.vendor.setJob(name, 'OPENED');
    const watch = jobs(rig);
    const first = await next(watch);
    rig.vendor.setJob('b', 'CLOSED');
    const step = await next(watch);
    for (const after of [undefined, first.cursor, step.cursor]) {
      const [own] = (await watch.enter(after)).events;
      expect(own).toMatchObject({ stateCounts: Reflect.get(step, 'stateCounts') });
    }
    await watch.return?.();
  });

  it('comes in with more than one message holds, and is cut off between them without harm', async () => {
    const rig = await rigOf();
    const watch = jobs(rig);
    const { cursor } = await next(watch);
    for (let number = 0; number < 150; number += 1) rig.vendor.setJob(`job-${number}`, 'OPENED');
    await eventually(
      async () => (await watch.enter()).events.length,
      (parts) => parts === 2,
    );
    const { events } = await watch.enter(cursor);
    expect(events.map(({ reset, synced, added }) => [reset, synced, added.length])).toEqual([
      [false, false, 100],
      [false, true, 50],
    ]);
    expect((await watch.enter(events[0]?.cursor)).events.map(({ reset }) => reset)).toEqual([true, false]);
    expect((await watch.enter(events[1]?.cursor)).events).toMatchObject([{ reset: false, added: [] }]);
    await watch.return?.();
  });
});
