import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  filterTouches,
  formatId,
  type GlobalId,
  type Job,
  matchesJob,
  matchesTask,
  parseId,
  sameObject,
  type Task,
} from '../../../src/domain/index.js';
import { toyTask } from '../../support/toy-vendor.js';

const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const anId = (kind: 'job' | 'task'): fc.Arbitrary<GlobalId> =>
  fc
    .record({ backend: few('one', 'two'), native: few('a', 'b', 'a:b'), incarnation: few(undefined, 'x1', 'x2') })
    .map(({ backend, native, incarnation }) => parseId(formatId(kind, backend, native, incarnation)));
const lists = <T>(entry: fc.Arbitrary<T>) => fc.array(entry, { maxLength: 4 });
const aJob: fc.Arbitrary<Job> = fc
  .record({ id: anId('job'), groups: fc.subarray(['g1', 'g2', 'g3']), owner: few(null, 'me', 'you') })
  .map(({ id, groups, owner }) => ({
    id: formatId('job', id.backend, id.native, id.incarnation),
    backendKey: id.backend,
    nativeId: id.native,
    groups,
    owner,
  }));
const aTask: fc.Arbitrary<Task> = fc
  .record({ id: anId('task'), parent: fc.option(anId('task')), job: few(null, 'a', 'b', 'a:b') })
  .map(({ id, parent, job }) =>
    toyTask(id.backend, id.native, {
      id: formatId('task', id.backend, id.native, id.incarnation),
      parentId: parent && formatId('task', parent.backend, parent.native, parent.incarnation),
      jobNativeId: job,
    }),
  );
const names = (ids: readonly GlobalId[], full: string): boolean => ids.some((id) => sameObject(id, parseId(full)));

describe('a filter', () => {
  it('of ids matches what one of them names, with and without incarnation', () => {
    fc.assert(
      fc.property(lists(anId('job')), aJob, (ids, job) => {
        expect(matchesJob({ ids }, 'TOY', job, false)).toBe(names(ids, job.id));
      }),
    );
    fc.assert(
      fc.property(lists(anId('task')), aTask, (ids, task) => {
        expect(matchesTask({ ids }, 'TOY', task)).toBe(names(ids, task.id));
        expect(matchesTask({ parents: ids }, 'TOY', task)).toBe(task.parentId !== null && names(ids, task.parentId));
      }),
    );
  });

  it('of jobs matches the tasks of one of them, whichever its incarnation', () => {
    fc.assert(
      fc.property(lists(anId('job')), aTask, (jobs, task) => {
        const isOf = jobs.some(({ backend, native }) => backend === task.backendKey && native === task.jobNativeId);
        expect(matchesTask({ jobs }, 'TOY', task)).toBe(isOf);
      }),
    );
  });

  it('of groups matches what is in one of them, of owners what one of them made', () => {
    fc.assert(
      fc.property(lists(few('g1', 'g2', 'g9')), lists(few('me', 'you')), aJob, (groups, owners, job) => {
        expect(matchesJob({ groups }, 'TOY', job, false)).toBe(groups.some((group) => job.groups?.includes(group)));
        expect(matchesJob({ owners }, 'TOY', job, false)).toBe(owners.some((owner) => owner === job.owner));
      }),
    );
    expect(matchesJob({ groups: ['g'] }, 'TOY', { id: 'job:one:a', backendKey: 'one', nativeId: 'a' }, false)).toBe(false);
  });

  it('touches the backends that its ids, of whatever kind, are of', () => {
    fc.assert(
      fc.property(lists(anId('job')), few('one', 'two', 'three'), (ids, key) => {
        const expected = ids.some(({ backend }) => backend === key);
        for (const filter of [{ ids }, { jobs: ids }, { parents: ids }])
          expect(filterTouches(filter, { key, vendor: 'TOY' })).toBe(expected);
      }),
    );
    expect(filterTouches({ vendors: ['TOY'], backends: ['one'] }, { key: 'one', vendor: 'TOY' })).toBe(true);
    expect(filterTouches({ vendors: ['OTHER'], backends: ['one'] }, { key: 'one', vendor: 'TOY' })).toBe(false);
  });

  it('looks into each of its lists once, however many rows there are', () => {
    let looks = 0;
    const counting = <T extends object>(list: readonly T[]): readonly T[] =>
      new Proxy(list, {
        get(target, property, receiver) {
          if (property === '0') looks += 1;
          return Reflect.get(target, property, receiver);
        },
      });
    const filter = { ids: counting([parseId('task:one:t0')]), jobs: counting([parseId('job:one:a')]) };
    for (let index = 0; index < 50; index += 1) matchesTask(filter, 'TOY', toyTask('one', `t${index % 2}`, { jobNativeId: 'a' }));
    expect(looks).toBeLessThanOrEqual(2);
  });
});
