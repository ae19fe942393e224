import { describe, expect, it } from 'vitest';
import type { Job } from '../../src/domain/index.js';
import { createLedger, type LedgerChange } from '../../src/progress/watch/ledger.js';
import { createScriptedVendor } from '../support/scripted-vendor.js';

const job = (more: Partial<Job> = {}): Job => ({ id: 'job:one:a~1', backendKey: 'one', nativeId: 'a', state: 'OPENED', ...more });

const watched = (options: Parameters<typeof createLedger>[0] = {}) => {
  const ledger = createLedger(options);
  const changes: LedgerChange[] = [];
  ledger.listen((change) => changes.push(change));
  return { ledger, changes };
};

describe('the ledger', () => {
  it('gives a first revision and tells of it', () => {
    const { ledger, changes } = watched({ now: () => 500 });
    expect(ledger.stampJobs([job()], 1)).toEqual([{ ...job(), revision: 500 }]);
    expect(changes).toHaveLength(1);
  });

  it('keeps the revision and stays silent while nothing changes', () => {
    const { ledger, changes } = watched({ now: () => 500 });
    ledger.stampJobs([job()], 1);
    expect(ledger.stampJobs([job()], 2)[0]?.revision).toBe(500);
    expect(changes).toHaveLength(1);
  });

  it('grows the revision with every change, also when the clock stands still', () => {
    const { ledger, changes } = watched({ now: () => 500 });
    ledger.stampJobs([job()], 1);
    expect(ledger.stampJobs([job({ state: 'CLOSING' })], 2)[0]?.revision).toBe(501);
    expect(ledger.stampJobs([job({ state: 'CLOSED' })], 3)[0]?.revision).toBe(502);
    expect(changes).toHaveLength(3);
  });

  it('answers a read that began earlier with what is known to be newer', () => {
    const { ledger, changes } = watched();
    ledger.stampJobs([job({ state: 'CLOSED' })], 20);
    const [late] = ledger.stampJobs([job({ state: 'OPENED', description: 'only the late read asked' })], 10);
    expect(late).toMatchObject({ state: 'CLOSED', description: 'only the late read asked' });
    expect(ledger.job(job().id)?.state).toBe('CLOSED');
    expect(changes).toHaveLength(1);
  });

  it('merges reads of different fields without taking the absence of a field for a change', () => {
    const { ledger, changes } = watched();
    ledger.stampJobs([job({ description: 'x', groups: ['g'] })], 1);
    const [narrow] = ledger.stampJobs([job()], 2);
    expect(narrow).toMatchObject({ description: 'x', groups: ['g'] });
    expect(changes).toHaveLength(1);
  });

  it('does not take the vendor form of an object or an elapsed time for a change', () => {
    const { ledger, changes } = watched();
    ledger.stampJobs([job({ details: { typename: 'X', id: 'd', raw: { a: 1 }, openForMs: 1 } as Job['details'] & object })], 1);
    ledger.stampJobs([job({ details: { typename: 'X', id: 'd', raw: { a: 2 }, openForMs: 2 } as Job['details'] & object })], 2);
    expect(changes).toHaveLength(1);
  });

  it('sees a change inside nested facts', () => {
    const { ledger, changes } = watched();
    ledger.stampJobs([job({ processed: { current: 1, maximum: null, unit: 'RECORDS' } })], 1);
    ledger.stampJobs([job({ processed: { current: 2, maximum: null, unit: 'RECORDS' } })], 2);
    expect(changes).toHaveLength(2);
  });

  it('says when a task was last seen to change, unless the vendor says it', () => {
    const { ledger } = watched();
    const { makeTask } = createScriptedVendor();
    expect(ledger.stampTasks([makeTask('n:1')], 10)[0]?.updatedAt).toBe(10);
    expect(ledger.stampTasks([makeTask('n:1')], 20)[0]?.updatedAt).toBe(10);
    expect(ledger.stampTasks([makeTask('n:1', { counts: { current: 1, maximum: null, unit: null } })], 30)[0]?.updatedAt).toBe(30);
  });

  it('does not take what it gave out itself for a newer reading', () => {
    const { ledger } = watched();
    const [known] = ledger.stampJobs([job({ state: 'OPENED' })], 10);
    if (!known) throw new Error('nothing was stamped');
    ledger.stampJobs([known], 30);
    expect(ledger.stampJobs([job({ state: 'CLOSED' })], 20)[0]?.state).toBe('CLOSED');
  });

  it('finds the latest of a native id and forgets with a word', () => {
    const { ledger, changes } = watched();
    ledger.stampJobs([job(), job({ id: 'job:one:a~2' })], 1);
    expect(ledger.jobByNativeId('one', 'a')?.id).toBe('job:one:a~2');
    ledger.forgetJob('job:one:a~2');
    ledger.forgetJob('job:one:a~2');
    expect(ledger.jobByNativeId('one', 'a')).toBeUndefined();
    expect(changes.filter((change) => change.kind === 'job-gone')).toMatchObject([
      { kind: 'job-gone', id: 'job:one:a~2', backendKey: 'one' },
    ]);
  });

  it('remembers no more objects than it may', () => {
    const { ledger } = watched({ maxObjects: 2 });
    ledger.stampJobs(
      ['a', 'b', 'c'].map((nativeId) => job({ id: `job:one:${nativeId}`, nativeId })),
      1,
    );
    expect(ledger.job('job:one:a')).toBeUndefined();
    expect(ledger.job('job:one:c')).toBeDefined();
  });
});

describe('what another instance has read', () => {
  const fact = (more: Partial<Job> = {}, revision = 700) => ({ ...job(more), revision });
  const told = (value: ReturnType<typeof fact>, readAt: number): LedgerChange => ({ kind: 'job', value, stirs: true, readAt });

  it('is held exactly as it was told, and told on as such', () => {
    const { ledger, changes } = watched({ now: () => 500 });
    ledger.stampJobs([job({ state: 'OPENING', description: 'x' })], 1);
    ledger.adopt(told(fact({ state: 'CLOSED' }), 2));
    expect(ledger.job(job().id)).toEqual(fact({ state: 'CLOSED' }));
    expect(ledger.jobByNativeId('one', 'a')?.revision).toBe(700);
    expect(changes.at(-1)).toMatchObject({ kind: 'job', remote: true, readAt: 2, value: { state: 'CLOSED' } });
    ledger.adopt({ kind: 'job-gone', id: job().id, backendKey: 'one', readAt: 3 });
    expect(ledger.job(job().id)).toBeUndefined();
    expect(changes.at(-1)).toMatchObject({ kind: 'job-gone', remote: true });
  });

  it('leaves what the vendor sent as it was in place, wherever it stands', () => {
    const { ledger } = watched();
    const details = (raw?: object) => ({ typename: 'X', id: 'd', ...(raw ? { raw } : {}) }) as Job['details'] & object;
    ledger.stampJobs([job({ details: details({ a: 1 }) })], 1);
    ledger.adopt(told(fact({ state: 'CLOSED', details: details() }), 2));
    expect(ledger.job(job().id)).toMatchObject({ state: 'CLOSED', details: { raw: { a: 1 } } });
  });

  it('outdoes what was read here before, and not what was read after', () => {
    const { ledger, changes } = watched({ now: () => 500 });
    ledger.adopt(told(fact({ state: 'CLOSED' }), 20));
    expect(ledger.stampJobs([job({ state: 'OPENED' })], 19)[0]?.state).toBe('CLOSED');
    expect(ledger.stampJobs([job({ state: 'OPENED' })], 21)[0]).toMatchObject({ state: 'OPENED', revision: 701 });
    expect(changes.map(({ remote }) => remote)).toEqual([true, undefined]);
  });

  it('does not keep readings out because its clock is ahead', () => {
    const { ledger } = watched({ now: () => 500 });
    ledger.adopt(told(fact({ state: 'CLOSED' }), 60_000));
    expect(ledger.stampJobs([job({ state: 'OPENED' })], 501)[0]?.state).toBe('OPENED');
  });

  it('changes nothing else: what follows from it was told, too', () => {
    const { ledger, changes } = watched();
    const detector = { id: 'detector:one:a~1', backendKey: 'one', nativeId: 'a', name: 'a' };
    ledger.stampDetectors([{ ...detector, job: job() } as never], 1);
    const heard = changes.length;
    ledger.adopt(told(fact({ state: 'CLOSED' }), 2));
    expect(changes.slice(heard).map(({ kind }) => kind)).toEqual(['job']);
    expect(ledger.detector(detector.id)?.job?.state).toBe('OPENED');
  });

  it("may leave no room for others: that they went is told as this ledger's own", () => {
    const { ledger, changes } = watched({ maxObjects: 1 });
    ledger.stampJobs([job()], 5);
    ledger.adopt(told({ ...fact(), id: 'job:one:b~1', nativeId: 'b' }, 6));
    expect(changes.find(({ kind }) => kind === 'job-gone')).toEqual({ kind: 'job-gone', id: job().id, backendKey: 'one', readAt: 5 });
  });

  it('is told to whom it concerns: estimates go on from it', () => {
    const adopted: unknown[] = [];
    const { ledger } = watched({ adopted: (task, readAt) => adopted.push([task.nativeId, readAt]) });
    const task = { ...createScriptedVendor().makeTask('n:1'), revision: 1 };
    ledger.adopt({ kind: 'task', value: task, stirs: true, readAt: 7 });
    expect(adopted).toEqual([['n:1', 7]]);
  });
});

describe('an answer', () => {
  it('need not wait where there are no others, and waits for them where there are', async () => {
    const { ledger } = watched();
    await ledger.agreed();
    let agree = (): void => undefined;
    ledger.agreeBy(
      () =>
        new Promise((resolve) => {
          agree = resolve;
        }),
    );
    let isAgreed = false;
    const waiting = ledger.agreed().then(() => {
      isAgreed = true;
    });
    await Promise.resolve();
    expect(isAgreed).toBe(false);
    agree();
    await waiting;
  });
});
