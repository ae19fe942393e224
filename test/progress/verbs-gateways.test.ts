import { afterEach, describe, expect, it } from 'vitest';
import { isFinal, parseId, type Task } from '../../src/domain/index.js';
import type { JobVerbRequest, VerbOptions } from '../../src/progress/index.js';
import { createInstancesRig, followList, type InstancesRig, type RigInstance } from '../support/instances-rig.js';
import { noFields } from '../support/progress-rig.js';

const key = '5f0c1c5e-6a55-4a3c-9d6b-0a1d7f6f2b11';

let rig: InstancesRig;
afterEach(() => rig.dispose());

/** The leader, then those that follow. */
const begin = async (): Promise<readonly [RigInstance, RigInstance, RigInstance]> => {
  rig = createInstancesRig();
  return [await rig.begin(), await rig.begin(), await rig.begin()];
};

/** A mutation as its client sends it; `answer` once it has come. */
const ask = (instance: RigInstance, request: JobVerbRequest, names: readonly string[], more: Partial<VerbOptions> = {}) => {
  const asked: { answer?: Awaited<ReturnType<typeof instance.progress.verbs.runOnJobs>>; error?: unknown } = {};
  instance.process.run(() =>
    instance.progress.verbs
      .runOnJobs(
        request,
        names.map((name) => parseId(`job:one:${name}`)),
        { requestId: 'r', fields: noFields, ...more },
      )
      .then(
        (answer) => Object.assign(asked, { answer }),
        (error: unknown) => Object.assign(asked, { error }),
      ),
  );
  return asked;
};
const begun = async (...given: Parameters<typeof ask>): Promise<readonly string[]> => {
  const asked = ask(...given);
  await rig.until(() => asked.answer !== undefined);
  return (asked.answer ?? []).map(({ task }) => task?.id ?? '');
};
const taskAt = ({ progress }: RigInstance, id: string | undefined): Task | undefined => progress.book.find(id ?? '');
const stateAt = (instance: RigInstance, id: string | undefined) => taskAt(instance, id)?.state;
const names = Array.from({ length: 9 }, (_, index) => `j${index}`);

/** A reset that the vendor runs, until `end`. */
const reset = () => {
  const { vendor } = rig;
  vendor.setJob('a', 'CLOSED');
  const running = vendor.makeTask('n:7', { jobNativeId: 'a' });
  vendor.run = async () => {
    vendor.listed.set('n:7', running);
    vendor.remembered.set('n:7', running);
    return { done: false, taskId: 'n:7' };
  };
  return {
    end: () => {
      vendor.listed.clear();
      vendor.remembered.set('n:7', { ...running, state: 'SUCCEEDED', endedAt: Date.now() });
    },
  };
};

describe('a verb sent at a gateway that does not ask the backend', () => {
  it('is followed to its end by the one that does, though nobody watches, and who waits for it is answered', async () => {
    const [leader, other, third] = await begin();
    const { end } = reset();
    const asked = ask(other, { action: 'RESET_JOB' }, ['a'], { waitMs: 60_000 });
    await rig.until(() => rig.vendor.sent.length === 1);
    await rig.time.advance(5_000);
    expect(asked.answer).toBeUndefined();
    end();
    await rig.until(() => asked.answer !== undefined);
    const [outcome] = asked.answer ?? [];
    expect(outcome).toMatchObject({ errors: [], task: { state: 'SUCCEEDED' } });
    expect(other.looks).toEqual([]);
    await rig.until(() => [leader, third].every((each) => stateAt(each, outcome?.task?.id) === 'SUCCEEDED'));
    const looks = leader.looks.length;
    await rig.time.advance(60_000);
    expect(leader.looks.length).toBe(looks);
  });

  it('is followed by the next that asks when that one dies', async () => {
    const [leader, other, third] = await begin();
    const { end } = reset();
    const [id] = await begun(other, { action: 'RESET_JOB' }, ['a']);
    await rig.time.advance(2_000);
    leader.crash();
    end();
    await rig.until(() => [other, third].every((each) => stateAt(each, id) === 'SUCCEEDED'), 20_000);
  });

  it('whose gateway dies ends as its job says; what that had queued is lost, and not sent', async () => {
    const [leader, other, third] = await begin();
    for (const name of names) rig.vendor.setJob(name, 'OPENED');
    rig.vendor.run = () => new Promise(() => undefined);
    const client = followList(third.watch((hub) => hub.watchTasks({}, { fields: noFields })));
    const ids = await begun(other, { action: 'CLOSE_JOB' }, names);
    const queued = ids.find((id) => stateAt(other, id) === 'QUEUED');
    await rig.until(() => client.steps.some(({ added }) => added.some(({ id }) => id === queued)));
    other.crash();
    for (const name of names) rig.vendor.setJob(name, 'CLOSED');
    await rig.until(() => ids.every((id) => isFinal(stateAt(leader, id) ?? 'RUNNING')), 40_000);
    await rig.until(() => ids.every((id) => stateAt(third, id) === stateAt(leader, id)));
    expect(ids.map((id) => stateAt(third, id))).toEqual(ids.map((id) => (id === queued ? 'LOST' : 'SUCCEEDED')));
    expect(taskAt(third, queued)?.error?.message).toContain('not been sent');
    expect(rig.vendor.sent).toHaveLength(8);
    for (const id of ids) {
      const told = client.steps.flatMap(({ changed, left }) =>
        [...changed, ...left].filter((task) => task.id === id && isFinal(task.state)),
      );
      expect(told).toHaveLength(1);
    }
    await client.leave();
  });

  it('and the gateway ends in good order, others take over what it had in hand at once', async () => {
    const [leader, other] = await begin();
    for (const name of names) rig.vendor.setJob(name, 'OPENED');
    rig.vendor.run = (_verb, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
      });
    const ids = await begun(other, { action: 'CLOSE_JOB' }, names);
    await rig.time.advance(1_000);
    for (const name of names) rig.vendor.setJob(name, 'CLOSED');
    await other.leave();
    await rig.until(() => ids.every((id) => isFinal(stateAt(leader, id) ?? 'RUNNING')), 2_000);
    expect(ids.map((id) => stateAt(leader, id)).filter((state) => state === 'LOST')).toHaveLength(1);
  });
});

describe('a gateway that was stopped for longer than the others count on it', () => {
  it('sends nothing that it had queued, and its late answers change nothing', async () => {
    const [leader, other, third] = await begin();
    for (const name of names) rig.vendor.setJob(name, 'OPENED');
    let answer = (): void => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    rig.vendor.run = async () => {
      await answered;
      await other.process.awake();
      return { done: true };
    };
    const client = followList(third.watch((hub) => hub.watchTasks({}, { fields: noFields })));
    const ids = await begun(other, { action: 'CLOSE_JOB' }, names);
    await rig.until(() => ids.every((id) => stateAt(leader, id) !== undefined));
    const queued = ids.find((id) => stateAt(other, id) === 'QUEUED');
    other.process.stop();
    answer();
    // Nothing tells how their closes have gone.
    await rig.until(() => ids.every((id) => isFinal(stateAt(leader, id) ?? 'RUNNING')), 60_000);
    expect(new Set(ids.map((id) => stateAt(leader, id)))).toEqual(new Set(['LOST']));
    await other.process.goOn();
    await rig.time.advance(10_000);
    expect(rig.vendor.sent).toHaveLength(8);
    for (const each of [leader, other, third]) {
      expect(ids.map((id) => stateAt(each, id))).toEqual(ids.map(() => 'LOST'));
      expect(ids.map((id) => each.progress.ledger.task(id)?.state)).toEqual(ids.map(() => 'LOST'));
    }
    for (const id of ids) {
      const told = client.steps.flatMap(({ changed, left }) =>
        [...changed, ...left].filter((task) => task.id === id && isFinal(task.state)),
      );
      expect(told.map(({ state }) => state)).toEqual(['LOST']);
    }
    expect(taskAt(other, queued)?.error?.message).toContain('not been sent');
    await client.leave();
  });

  it('takes part again: what it is asked for then is its own', async () => {
    const [leader, other] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    other.process.stop();
    await rig.time.advance(30_000);
    await other.process.goOn();
    await rig.time.advance(3_000);
    let answer = (): void => undefined;
    rig.vendor.run = () =>
      new Promise((resolve) => {
        answer = () => resolve({ done: true });
      });
    const [id] = await begun(other, { action: 'CLOSE_JOB' }, ['a']);
    await rig.time.advance(30_000);
    expect(stateAt(leader, id)).toBe('RUNNING');
    answer();
    await rig.until(() => stateAt(leader, id) === 'SUCCEEDED');
  });

  it('that has it in hand to answer an idempotency key has lost it: who asks another one is told so', async () => {
    const [, other, third] = await begin();
    rig.vendor.setJob('a', 'CLOSED');
    rig.vendor.run = () => new Promise(() => undefined);
    ask(other, { action: 'RESET_JOB' }, ['a'], { idempotencyKey: key });
    await rig.until(() => rig.vendor.sent.length === 1);
    other.process.stop();
    const again = ask(third, { action: 'RESET_JOB' }, ['a'], { idempotencyKey: key });
    await rig.time.advance(2_000);
    expect(again).toEqual({});
    await rig.until(() => again.error !== undefined, 20_000);
    expect(again.error).toMatchObject({ code: 'CONFLICT', facts: { outcomeUnknown: true } });
    expect(rig.vendor.sent).toHaveLength(1);
    await other.process.goOn();
  });
});

describe('a gateway that comes while a verb is under way', () => {
  it('knows it, and does not take it back to where it began', async () => {
    const [leader, other] = await begin();
    reset();
    const [id] = await begun(other, { action: 'RESET_JOB' }, ['a']);
    const running = rig.vendor.makeTask('n:7', { jobNativeId: 'a', progress: 0.5 });
    rig.vendor.listed.set('n:7', running);
    await rig.until(() => leader.progress.ledger.task(id ?? '')?.progress === 0.5);
    const client = followList(leader.watch((hub) => hub.watchTasks({}, { fields: noFields })));
    const fourth = await rig.begin();
    await rig.time.advance(5_000);
    expect(fourth.progress.ledger.task(id ?? '')?.progress).toBe(0.5);
    const steps = client.steps.flatMap(({ added, changed }) => [...added, ...changed].filter((task) => task.id === id));
    expect(steps.map(({ progress }) => progress)).toEqual([0.5]);
    await client.leave();
  });
});
