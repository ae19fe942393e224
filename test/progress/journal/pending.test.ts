import { describe, expect, it } from 'vitest';
import type { Task } from '../../../src/domain/index.js';
import { createPending } from '../../../src/progress/journal/pending.js';
import type { LedgerChange } from '../../../src/progress/watch/ledger.js';
import { createScriptedVendor } from '../../support/scripted-vendor.js';

const { makeTask } = createScriptedVendor();
let revision = 0;
const seen = (nativeId: string, more: Partial<Task> = {}): LedgerChange => {
  revision += 1;
  return { kind: 'task', value: { ...makeTask(nativeId, more), revision }, stirs: true, readAt: revision };
};
const gone = (nativeId: string): LedgerChange => ({ kind: 'task-gone', id: makeTask(nativeId).id, backendKey: 'one', readAt: ++revision });
const takeAll = (pending: ReturnType<typeof createPending>): readonly LedgerChange[] => {
  const all: LedgerChange[] = [];
  while (!pending.isEmpty()) {
    all.push(...pending.take().changes);
    pending.written();
  }
  return all;
};
const stateOf = (change: LedgerChange) => (change.kind === 'task' ? change.value.state : change.kind);

describe('what is not written yet', () => {
  it('is written in order, as much at once as one reading brings', () => {
    const pending = createPending();
    const changes = Array.from({ length: 501 }, (_, index) => seen(`n:${index}`));
    for (const change of changes) pending.add(change);
    expect(pending.take().changes).toEqual(changes.slice(0, 500));
    pending.add(seen('n:0'));
    pending.back();
    expect(takeAll(pending).slice(0, 501)).toEqual(changes);
  });

  it('is bounded by the objects there are while the store hangs, and tells how they ended all the same', () => {
    const pending = createPending();
    for (let step = 0; step < 40_000; step += 1) pending.add(seen(`n:${step % 10}`, { progress: step }));
    pending.add(seen('n:3', { state: 'SUCCEEDED' }));
    pending.add(gone('n:3'));
    for (let step = 0; step < 1_000; step += 1) pending.add(seen('n:4', { progress: 50_000 + step }));
    const all = takeAll(pending);
    expect(all.length).toBeLessThan(10_100);
    expect(
      all
        .filter((change) => 'id' in change || change.value.nativeId === 'n:3')
        .map(stateOf)
        .slice(-3),
    ).toEqual(['RUNNING', 'SUCCEEDED', 'task-gone']);
    expect(all.findLast((change) => 'value' in change && change.value.nativeId === 'n:4')).toMatchObject({ value: { progress: 50_999 } });
  });

  it('is told once when it cannot be written, and is then as much as there are objects', () => {
    const pending = createPending();
    let told = 0;
    for (let step = 0; step < 3_000; step += 1) {
      pending.add(seen(`n:${step % 3}`, { progress: step }));
      told += pending.tellAll().length;
    }
    expect(told).toBe(3_000);
    expect(pending.hasTold()).toBe(true);
    expect(takeAll(pending).map((change) => change.kind === 'task' && change.value.progress)).toEqual([2_997, 2_998, 2_999]);
    expect(pending.hasTold()).toBe(false);
  });

  it('that only adds to what has changed is told as that change', () => {
    const pending = createPending();
    pending.add(seen('n:1'));
    pending.tellAll();
    pending.add({ ...seen('n:1', { vendorState: 'busy' }), fills: true } as LedgerChange);
    pending.tellAll();
    const [change, ...more] = takeAll(pending);
    expect(more).toEqual([]);
    expect(change).toMatchObject({ value: { vendorState: 'busy' }, stirs: true });
    expect(change).not.toHaveProperty('fills');
  });

  it('settles when all that was known by then is told, written or not worth it', async () => {
    const pending = createPending();
    await pending.settled();
    const settled: string[] = [];
    const noted = (name: string) => pending.settled().then(() => settled.push(name));
    pending.add(seen('n:1'));
    const first = noted('first');
    pending.add(seen('n:2'));
    const second = noted('second');
    pending.take();
    pending.back();
    await Promise.resolve();
    expect(settled).toEqual([]);
    pending.drop((last) => 'value' in last && last.value.nativeId === 'n:1');
    await first;
    expect(settled).toEqual(['first']);
    pending.tellAll();
    await second;
  });

  it('of what was told is kept when the rest is dropped, and so is what is on its way', () => {
    const pending = createPending();
    pending.add(seen('n:1'));
    pending.tellAll();
    pending.add(seen('n:2'));
    const { changes } = pending.take();
    expect(changes).toHaveLength(2);
    pending.add(seen('n:2', { progress: 1 }));
    expect(pending.drop(() => true).map(stateOf)).toEqual(['RUNNING']);
    pending.back();
    expect(takeAll(pending)).toEqual(changes);
  });
});
