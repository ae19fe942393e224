import { afterEach, describe, expect, it } from 'vitest';
import { isFinal, parseId, type VerbAnswer } from '../../src/domain/index.js';
import { VigilError } from '../../src/errors.js';
import type { VerbOptions } from '../../src/progress/index.js';
import type { TaskRecord } from '../../src/progress/verbs/kept-records.js';
import { eventually, noFields } from '../support/progress-rig.js';
import { createScriptedVendor, type ScriptedVendor } from '../support/scripted-vendor.js';
import { createSharedStore, type SharedHandle } from '../support/shared-store.js';
import { createVerbRoom, createWire, type VerbRoom, type Wire } from '../support/verb-rooms.js';

const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';
const options = (more: Partial<VerbOptions> = {}): VerbOptions => ({ requestId: 'r', fields: noFields, actor: 'token:abc', ...more });
const job = (nativeId: string) => parseId(`job:one:${nativeId}`);

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Instances on one store, which ask one vendor. */
const world = () => {
  const shared = createSharedStore();
  const wire: Wire = createWire();
  const vendor: ScriptedVendor = createScriptedVendor();
  const handles = new Map<string, SharedHandle>();
  const room = async (name: string, more: { readonly remembersEnds?: boolean } = {}): Promise<VerbRoom> => {
    const handle = shared.open();
    handles.set(name, handle);
    const made = await createVerbRoom(name, { store: handle.store, wire, vendor, ...more });
    undo.push(made.dispose);
    return made;
  };
  const handle = (name: string): SharedHandle => {
    const found = handles.get(name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  return { shared, wire, vendor, room, handle };
};

/** A call that is answered only when the gateway stops. */
const forever: ScriptedVendor['run'] = (_verb, { signal }) =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

/** A call that the test answers when it likes. */
const held = () => {
  let answer = (_value: VerbAnswer): void => undefined;
  let fail = (_error: unknown): void => undefined;
  const promise = new Promise<VerbAnswer>((resolve, reject) => {
    answer = resolve;
    fail = reject;
  });
  return { promise, answer: () => answer({ done: true }), fail: (error: unknown) => fail(error) };
};

const close = async (room: VerbRoom, more: Partial<VerbOptions> = {}, nativeId = 'a') =>
  (await room.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [job(nativeId)], options(more)))[0];

const stateOf = (room: VerbRoom, id: string) => room.book.find(id)?.state;
const comesTo = (room: VerbRoom, id: string, state: string) =>
  eventually(
    () => stateOf(room, id),
    (known) => known === state,
  );
const ends = (room: VerbRoom, id: string) =>
  room.told.filter((change) => change.kind === 'task' && change.value.id === id && isFinal(change.value.state));
const settled = () => new Promise((resolve) => setTimeout(resolve, 20));

describe('the books of several instances', () => {
  it('all know what one has written, and say of a vendor’s task who began it', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    vendor.run = async () => {
      const task = vendor.makeTask('n:7', { jobNativeId: 'a' });
      vendor.listed.set('n:7', task);
      vendor.remembered.set('n:7', task);
      return { done: false, taskId: 'n:7' };
    };
    const [outcome] = await b.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options({ idempotencyKey: key }));
    await comesTo(a, outcome?.task?.id ?? '', 'RUNNING');
    expect(a.book.decorate(vendor.makeTask('n:7', { jobNativeId: 'a' }))).toMatchObject({ startedBy: 'token:abc', idempotencyKey: key });
    expect(a.book.unfinished().map(({ task }) => task.id)).toEqual([outcome?.task?.id]);
    expect(a.followed).toContain('one');
  });

  it('miss nothing that is written while one of them comes', async () => {
    const { room, vendor, handle } = world();
    const a = await room('A');
    vendor.setJob('a', 'OPENED');
    vendor.setJob('b', 'OPENED');
    vendor.run = forever;
    const before = await close(a);
    const coming = room('B');
    const meanwhile = await close(a, {}, 'b');
    const b = await coming;
    await comesTo(b, before?.task?.id ?? '', 'RUNNING');
    await comesTo(b, meanwhile?.task?.id ?? '', 'RUNNING');
    expect(handle('B').isCut()).toBe(false);
  });

  it('agree on the first of two ends, whoever wrote it, and tell it once', async () => {
    const { room, vendor, wire } = world();
    const [a, b, c] = [await room('A'), await room('B'), await room('C')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    const id = (await close(a))?.task?.id ?? '';
    await comesTo(b, id, 'RUNNING');
    wire.hold('A');
    wire.hold('B');
    await Promise.all([b.keeper.end(id, 'LOST'), a.keeper.end(id, 'SUCCEEDED')]);
    wire.let('A');
    wire.let('B');
    await settled();
    const states = [a, b, c].map((each) => stateOf(each, id));
    expect(new Set(states).size).toBe(1);
    expect([a, b, c].map((each) => each.ledger.task(id)?.state)).toEqual(states);
    expect(ends(c, id).every((change) => change.kind === 'task' && change.value.state === states[0])).toBe(true);
    expect(stateOf(await room('D'), id)).toBe(states[0]);
  });

  it('do not take an ended task for a running one because of a step that was written too late', async () => {
    const { room, vendor, wire } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    const id = (await close(a))?.task?.id ?? '';
    await comesTo(b, id, 'RUNNING');
    wire.hold('A');
    await b.keeper.end(id, 'LOST');
    await a.keeper.update(id, { state: 'RUNNING', counts: null });
    expect(stateOf(await room('C'), id)).toBe('LOST');
    expect(stateOf(b, id)).toBe('LOST');
    wire.let('A');
    expect(stateOf(a, id)).toBe('LOST');
  });

  it('let go of what one of them has dropped, and do not bring it back', async () => {
    const { room, vendor, wire } = world();
    const [a, b] = [await room('A'), await room('B')];
    const old = vendor.makeTask('n:1', { state: 'SUCCEEDED', endedAt: 1 });
    const record: TaskRecord = { task: old, verb: null, vendorTaskId: 'n:1', jobId: null };
    await a.book.write({ ...record, task: { ...old, state: 'RUNNING', endedAt: null } });
    await eventually(
      () => stateOf(b, old.id),
      (state) => state === 'RUNNING',
    );
    wire.hold('B');
    await a.book.write(record);
    expect(await a.book.prune()).toEqual([old.id]);
    await b.book.write({ ...record, task: { ...old, state: 'RUNNING', endedAt: null } });
    wire.let('B');
    await settled();
    expect([a, b].map((each) => stateOf(each, old.id))).toEqual([undefined, undefined]);
    expect(await a.store.list('tasks/', { limit: 10 })).toEqual([]);
    expect(await a.store.list('task-ends/', { limit: 10 })).toEqual([]);
    expect(await b.book.prune()).toEqual([]);
  });

  it('note an end that another has told, which is written down by others only when that one has died', async () => {
    const { room, vendor, wire, handle } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    vendor.run = async () => ({ done: false, taskId: 'n:7' });
    vendor.remembered.set('n:7', vendor.makeTask('n:7', { jobNativeId: 'a' }));
    const [outcome] = await a.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options());
    const id = outcome?.task?.id ?? '';
    await comesTo(b, id, 'RUNNING');
    // It tells of the end and dies before it has written that down.
    handle('A').sever();
    a.ledger.stampTasks([vendor.makeTask('n:7', { jobNativeId: 'a', state: 'SUCCEEDED' })], Date.now());
    handle('A').crash();
    await comesTo(b, id, 'SUCCEEDED');
    expect(await b.store.list('task-ends/', { limit: 10 })).toEqual([]);
    b.bury('A');
    await eventually(
      () => b.store.list('task-ends/', { limit: 10 }),
      (written) => written.length === 1,
    );
    expect(stateOf(await room('C'), id)).toBe('SUCCEEDED');
    expect(wire.said.filter(([, topic, body]) => topic === 'record' && (body as TaskRecord).task.state === 'SUCCEEDED')).toHaveLength(1);
  });

  it('learn what others have written while they could not be heard', async () => {
    const { room, vendor, wire } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    wire.hold('B');
    b.detach(true);
    const id = (await close(a))?.task?.id ?? '';
    wire.lose('B');
    expect(stateOf(b, id)).toBeUndefined();
    b.detach(false);
    await comesTo(b, id, 'RUNNING');
  });

  it('are told what one has written that could reach nobody, and what it told just before', async () => {
    const { room, vendor, wire, handle } = world();
    const [a, b] = [await room('A'), await room('B')];
    for (const name of ['a', 'b']) vendor.setJob(name, 'OPENED');
    vendor.run = forever;
    wire.hold('B');
    const before = (await close(a))?.task?.id ?? '';
    handle('A').cut();
    a.detach(true);
    const meanwhile = (await close(a, {}, 'b'))?.task?.id ?? '';
    wire.lose('B');
    expect([before, meanwhile].map((id) => stateOf(b, id))).toEqual([undefined, undefined]);
    handle('A').restore();
    a.detach(false);
    await comesTo(b, before, 'RUNNING');
    await comesTo(b, meanwhile, 'RUNNING');
  });
});

describe('work that an instance has in hand', () => {
  it('is left to it as long as it lives, whatever the job looks like', async () => {
    const { room, vendor } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    const call = held();
    vendor.run = () => call.promise;
    const id = (await close(b))?.task?.id ?? '';
    await comesTo(leader, id, 'RUNNING');
    vendor.setJob('a', 'CLOSED');
    for (let times = 0; times < 5; times += 1) await leader.tick();
    expect(stateOf(leader, id)).toBe('RUNNING');
    call.fail(new VigilError('FORBIDDEN', 'no'));
    await comesTo(leader, id, 'FAILED');
  });

  it('is followed by whoever leads when that one is dead, and ends as its job says', async () => {
    const { room, vendor, handle } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    const id = (await close(b))?.task?.id ?? '';
    await comesTo(leader, id, 'RUNNING');
    handle('B').crash();
    vendor.setJob('a', 'CLOSING');
    leader.bury('B');
    await leader.tick();
    expect(stateOf(leader, id)).toBe('RUNNING');
    vendor.setJob('a', 'CLOSED');
    await leader.tick();
    expect(stateOf(leader, id)).toBe('SUCCEEDED');
  });

  it('is not judged by one that leads no more', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    const id = (await close(b))?.task?.id ?? '';
    await comesTo(a, id, 'RUNNING');
    a.bury('B');
    vendor.setJob('a', 'CLOSED');
    // It is held up while it asks.
    vendor.beforeRead = async () => {
      a.life.leads = false;
    };
    await a.tick();
    expect(stateOf(a, id)).toBe('RUNNING');
  });

  it('that was not sent is lost when that one is dead, and says so', async () => {
    const { room, vendor, handle } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.run = forever;
    const names = Array.from({ length: 9 }, (_, index) => `j${index}`);
    for (const name of names) vendor.setJob(name, 'OPENED');
    const outcomes = await b.verbs.runOnJobs({ action: 'CLOSE_JOB' }, names.map(job), options());
    const queued = outcomes.find(({ task }) => task?.state === 'QUEUED')?.task?.id ?? '';
    await comesTo(leader, queued, 'QUEUED');
    handle('B').crash();
    leader.bury('B');
    for (const name of names) vendor.setJob(name, 'CLOSING');
    await leader.tick();
    expect(leader.book.find(queued)).toMatchObject({ state: 'LOST', error: { code: 'BACKEND_UNAVAILABLE' } });
    expect(leader.book.find(queued)?.error?.message).toContain('not been sent');
    expect(vendor.sent).toHaveLength(8);
  });

  it('is handed over by one that lives, once no answer will come', async () => {
    const { room, vendor } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    const call = held();
    vendor.run = () => call.promise;
    const id = (await close(b))?.task?.id ?? '';
    call.fail(new VigilError('TIMEOUT', 'the close goes on'));
    await eventually(
      () => leader.book.record(id),
      (record) => record !== undefined && record.owner === undefined,
    );
    vendor.setJob('a', 'CLOSED');
    await leader.tick();
    expect(stateOf(leader, id)).toBe('SUCCEEDED');
    await comesTo(b, id, 'SUCCEEDED');
  });

  it('wakes those who wait for its end at another instance', async () => {
    const { room, vendor } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = async () => {
      vendor.setJob('a', 'CLOSED');
      throw new VigilError('TIMEOUT', 'the close goes on');
    };
    const waiting = close(b, { waitMs: 60_000 });
    await eventually(
      () => leader.book.unfinished(),
      ([record]) => record !== undefined && record.owner === undefined,
    );
    await leader.tick();
    expect(await waiting).toMatchObject({ task: { state: 'SUCCEEDED' }, errors: [] });
  });
});

describe('an instance that the others have given up', () => {
  it('does not send what it had queued, although they count on it again by another name', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    const first = held();
    vendor.run = () => first.promise;
    const names = Array.from({ length: 9 }, (_, index) => `j${index}`);
    for (const name of names) vendor.setJob(name, 'OPENED');
    const outcomes = await b.verbs.runOnJobs({ action: 'CLOSE_JOB' }, names.map(job), options());
    const queued = outcomes.find(({ task }) => task?.state === 'QUEUED')?.task?.id ?? '';
    b.life.self = 'B2';
    first.answer();
    await comesTo(b, queued, 'LOST');
    expect(b.book.find(queued)?.error?.message).toContain('not been sent');
    await comesTo(a, queued, 'LOST');
    expect(vendor.sent).toHaveLength(8);
  });

  it('takes on nothing while they do not count on it, and says that nothing was sent', async () => {
    const { room, vendor } = world();
    const b = await room('B');
    vendor.setJob('a', 'OPENED');
    b.life.isPresent = false;
    expect((await close(b))?.errors).toMatchObject([{ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: false } }]);
    vendor.remembered.set('n:7', vendor.makeTask('n:7'));
    const cancelled = await b.verbs.cancelTask(parseId('task:one:n:7'), options());
    expect(cancelled.errors).toMatchObject([{ code: 'BACKEND_UNAVAILABLE' }]);
    expect(vendor.sent).toEqual([]);
    b.life.isPresent = true;
    await close(b);
    expect(vendor.sent).toHaveLength(1);
  });

  it('does not send what it was asked for before it was held up in the middle of asking', async () => {
    const { room, vendor } = world();
    const b = await room('B');
    vendor.setJob('a', 'OPENED');
    vendor.beforeRead = async () => {
      b.life.self = 'B2';
    };
    expect((await close(b))?.errors).toMatchObject([{ code: 'BACKEND_UNAVAILABLE', facts: { outcomeUnknown: false } }]);
    expect(vendor.sent).toEqual([]);
  });

  it('does not reset what it has closed', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    const call = held();
    vendor.run = () => call.promise;
    const [outcome] = await b.verbs.runOnJobs({ action: 'RESET_JOB', closeFirst: true }, [job('a')], options());
    const id = outcome?.task?.id ?? '';
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    b.life.self = 'B2';
    vendor.setJob('a', 'CLOSED');
    call.answer();
    await comesTo(a, id, 'LOST');
    expect(a.book.find(id)?.error?.message).toContain('not been sent');
    expect(vendor.sent.map(({ action }) => action)).toEqual(['CLOSE_JOB']);
  });

  it('whose parent task others have ended leaves it so: as its close went, or as not sent', async () => {
    const { room, vendor, handle } = world();
    const [leader, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    const [outcome] = await b.verbs.runOnJobs({ action: 'RESET_JOB', closeFirst: true }, [job('a')], options());
    const id = outcome?.task?.id ?? '';
    await eventually(
      () => leader.book.unfinished(),
      (open) => open.length === 2,
    );
    handle('B').crash();
    leader.bury('B');
    vendor.setJob('a', 'FAILED');
    await leader.tick();
    await leader.tick();
    expect(leader.book.find(id)).toMatchObject({ state: 'FAILED', error: { code: 'WRONG_STATE' } });
  });

  it('that comes back with an answer finds the task ended, and tells nothing twice', async () => {
    const { room, vendor, wire } = world();
    const [leader, b, c] = [await room('A'), await room('B'), await room('C')];
    vendor.setJob('a', 'OPENED');
    const call = held();
    vendor.run = () => call.promise;
    const id = (await close(b))?.task?.id ?? '';
    await comesTo(leader, id, 'RUNNING');
    wire.hold('B');
    leader.bury('B');
    vendor.jobs.clear();
    for (let times = 0; times < 4; times += 1) await leader.tick();
    expect(stateOf(leader, id)).toBe('LOST');
    b.life.self = 'B2';
    call.answer();
    await comesTo(b, id, 'LOST');
    wire.let('B');
    await settled();
    expect([leader, b, c].map((each) => each.ledger.task(id)?.state)).toEqual(['LOST', 'LOST', 'LOST']);
    expect([leader, b, c].map((each) => ends(each, id)[0])).toEqual([expect.anything(), expect.anything(), expect.anything()]);
    expect(new Set(ends(c, id).map((change) => change.kind === 'task' && change.value.error?.code))).toEqual(new Set(['NOT_FOUND']));
  });
});

describe('an idempotency key at several instances', () => {
  it('asked for at the same time runs at one, and both answer with the same task; one line for the audit', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    const outcomes = await Promise.all([a, b].map((each) => close(each, { idempotencyKey: key, waitMs: 2_000 })));
    expect(new Set(outcomes.map((outcome) => outcome?.task?.id)).size).toBe(1);
    expect(outcomes.map((outcome) => outcome?.task?.state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(vendor.sent).toHaveLength(1);
    expect([...a.audit, ...b.audit]).toHaveLength(1);
  });

  it('is answered with the task even before that was heard of', async () => {
    const { room, vendor, wire } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    vendor.run = forever;
    wire.hold('B');
    const first = await close(a, { idempotencyKey: key });
    expect(await close(b, { idempotencyKey: key })).toMatchObject({ errors: [], task: { id: first?.task?.id, state: 'RUNNING' } });
    expect(vendor.sent).toHaveLength(1);
  });

  it('whose first request is still being answered is waited for', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    const call = held();
    vendor.run = () => call.promise;
    const ask = (each: VerbRoom) => each.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options({ idempotencyKey: key }));
    const first = ask(a);
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    const second = ask(b);
    await settled();
    call.answer();
    expect((await second)[0]).toMatchObject({ errors: [], task: { id: (await first)[0]?.task?.id } });
    expect(vendor.sent).toHaveLength(1);
  });

  it('whose instance has died in the middle is a conflict, not a second verb', async () => {
    const { room, vendor, handle } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    vendor.run = forever;
    const ask = (each: VerbRoom) => each.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options({ idempotencyKey: key }));
    void ask(a);
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    handle('A').crash();
    const second = ask(b);
    b.bury('A');
    await expect(second).rejects.toMatchObject({ code: 'CONFLICT', facts: { outcomeUnknown: true } });
    expect(vendor.sent).toHaveLength(1);
  });

  it('is refused for another request, also while the first one is being answered', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    vendor.run = forever;
    void a.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options({ idempotencyKey: key }));
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    await expect(close(b, { idempotencyKey: key })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  });

  it('lets those go who wait when their instance stops, and says that the first request is still under way', async () => {
    const { room, vendor } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'CLOSED');
    vendor.run = forever;
    const ask = (each: VerbRoom) => each.verbs.runOnJobs({ action: 'RESET_JOB' }, [job('a')], options({ idempotencyKey: key }));
    void ask(a);
    await eventually(
      () => vendor.sent.length,
      (sent) => sent === 1,
    );
    const second = ask(b);
    await settled();
    b.idempotency.release();
    await expect(second).rejects.toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('still being answered') });
  });

  it('is dropped after a day although the instance that has seen it is dead', async () => {
    const { room, vendor, shared } = world();
    const [a, b] = [await room('A'), await room('B')];
    vendor.setJob('a', 'OPENED');
    await close(a, { idempotencyKey: key });
    const { store } = shared.open();
    const { at, ...kept } = JSON.parse((await store.get(`idempotency/${key}`)) ?? '{}') as { at: number };
    await store.put(`idempotency/${key}`, JSON.stringify({ ...kept, at: at - 25 * 3_600_000 }));
    await b.idempotency.prune();
    expect(await store.list('idempotency/', { limit: 10 })).toEqual([]);
  });
});
