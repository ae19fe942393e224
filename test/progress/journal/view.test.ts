import { describe, expect, it } from 'vitest';
import type { Revised, Task } from '../../../src/domain/index.js';
import { createView } from '../../../src/progress/journal/view.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';

const { makeTask, setJob } = createScriptedVendor();
const task = (nativeId: string, revision: number, more: Partial<Task> = {}): Revised<Task> => ({ ...makeTask(nativeId, more), revision });
const put = (value: Revised<Task>) => ({ kind: 'task', value, stirs: true, readAt: 0 }) as const;

describe('the view', () => {
  it('shows what was published last, and says what was shown before', () => {
    const view = createView();
    const [first, second] = [task('n:1', 1), task('n:1', 2)];
    expect(view.apply(put(first))).toBeUndefined();
    expect(view.apply(put(second))).toBe(first);
    expect(view.task(first.id)).toBe(second);
    expect(view.apply({ kind: 'task-gone', id: first.id, backendKey: 'one', readAt: 0 })).toBe(second);
    expect(view.task(first.id)).toBeUndefined();
    expect(view.tasksOf('one')).toEqual([]);
  });

  it('lists unfinished tasks apart, without those of single entities', () => {
    const view = createView();
    const running = task('n:1', 1);
    for (const each of [running, task('n:2', 1, { state: 'FAILED' }), task('n:3', 1, { entity: [{ name: 'host', value: 'a' }] })])
      view.apply(put(each));
    expect(view.unfinishedTasksOf('one')).toEqual([running]);
    view.apply(put(task('n:1', 2, { state: 'SUCCEEDED' })));
    expect(view.unfinishedTasksOf('one')).toEqual([]);
    expect(view.tasksOf('one')).toHaveLength(3);
    expect(view.unfinishedTasksOf('two')).toEqual([]);
  });

  it('finds the latest job of a native id, and none once that is gone', () => {
    const view = createView();
    const job = { ...setJob('a', 'OPENED'), revision: 1 };
    view.apply({ kind: 'job', value: job, stirs: true, readAt: 0 });
    view.apply({ kind: 'job', value: { ...job, id: 'job:one:a~later' }, stirs: true, readAt: 0 });
    expect(view.jobByNativeId('one', 'a')?.id).toBe('job:one:a~later');
    view.apply({ kind: 'job-gone', id: 'job:one:a~later', backendKey: 'one', readAt: 0 });
    expect(view.jobByNativeId('one', 'a')).toBeUndefined();
    expect(view.jobsOf('one')).toEqual([job]);
  });

  it('can be had again from its lasting changes', () => {
    const view = createView();
    view.apply(put(task('n:1', 1)));
    view.apply({ kind: 'job', value: { ...setJob('a', 'OPENED'), revision: 1 }, stirs: true, readAt: 0 });
    view.apply({
      kind: 'node',
      value: { id: 'node:one:x', nativeId: 'x', backendKey: 'one', revision: 1 } as never,
      stirs: true,
      readAt: 0,
    });
    const again = createView();
    for (const change of view.lasting()) again.apply(change);
    expect(again.tasksOf('one')).toEqual(view.tasksOf('one'));
    expect(again.jobsOf('one')).toEqual(view.jobsOf('one'));
    expect(again.nodesOf('one')).toEqual([]);
    view.clear();
    expect(view.lasting()).toEqual([]);
  });
});
