import { afterEach, describe, expect, it } from 'vitest';
import { createInstancesRig, followList, type InstancesRig, type RigInstance } from '../../support/instances-rig.js';
import { noFields } from '../../support/progress-rig.js';

let rig: InstancesRig;
afterEach(() => rig.dispose());

const begin = async (): Promise<readonly [leader: RigInstance, second: RigInstance]> => {
  rig = createInstancesRig();
  return [await rig.begin(), await rig.begin()];
};
const statusAt = (instance: RigInstance): string => instance.progress.liveBackends.get('one').health().status;
const profileAt = (instance: RigInstance) => instance.progress.liveBackends.get('one').profile();
const watchJobs = (instance: RigInstance) => followList(instance.watch((hub) => hub.watchJobs({}, { fields: noFields })));
const ask = (instance: RigInstance) => {
  const backend = instance.progress.liveBackends.get('one');
  const call = backend.call({ signal: new AbortController().signal, requestId: 'query' });
  return instance.process.run(() => backend.adapter.readTasks(['x'], noFields, call));
};

describe('the health of a backend', () => {
  it('is that of the leader at every instance, and each change reaches its watches', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    await rig.until(() => statusAt(leader) === 'UP' && statusAt(second) === 'UP');
    rig.isDown = true;
    await rig.until(() => statusAt(second) === 'DOWN', 10_000);
    const downs = client.steps.filter(({ backends }) => backends.length > 0).length;
    rig.isDown = false;
    await rig.until(() => statusAt(second) === 'UP', 10_000);
    await rig.time.settle();
    expect(client.steps.filter(({ backends }) => backends.length > 0).length).toBeGreaterThan(downs);
    expect(second.looks).toEqual([]);
  });

  it('stays as it was told when its leader is gone, until it is asked again', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(leader);
    await rig.until(() => client.list().a === 'OPENED');
    rig.isDown = true;
    await rig.until(() => statusAt(second) === 'DOWN', 10_000);
    leader.crash();
    await rig.until(() => rig.leaders()[0] === second, 8_000);
    expect(statusAt(second)).toBe('DOWN');
    rig.isDown = false;
    const next = watchJobs(second);
    await rig.until(() => next.list().a === 'OPENED', 5_000);
    expect(statusAt(second)).toBe('UP');
  });

  it('goes on being shown as answering', async () => {
    const [leader, second] = await begin();
    const client = watchJobs(leader);
    await rig.time.advance(30_000);
    const at = second.progress.liveBackends.get('one').health().lastAnswerAt ?? 0;
    expect(Date.now() - at).toBeLessThan(15_000);
    await client.leave();
  });

  it('is looked at by the leader when another instance is not answered', async () => {
    const [leader, second] = await begin();
    await rig.until(() => statusAt(leader) === 'UP' && statusAt(second) === 'UP');
    rig.isDown = true;
    await rig.time.advance(5_000);
    await expect(ask(second)).rejects.toThrow('nobody answers');
    await rig.until(() => statusAt(leader) === 'DEGRADED' && statusAt(second) === 'DEGRADED', 1_000);
  });
});

describe('what a backend is', () => {
  it('is known to every instance when one has learnt it', async () => {
    const [leader, second] = await begin();
    const client = followList(leader.watch((hub) => hub.watchBackends({})));
    await rig.time.advance(1_000);
    rig.vendor.notice = 'is being upgraded';
    await rig.until(() => profileAt(second).notice === 'is being upgraded', 10_000);
    expect(statusAt(second)).toBe('DEGRADED');
    await client.leave();
  });

  it('is heard as it was learnt, with what only its adapter understands, and is news to nobody when it is the same', async () => {
    const [leader, second] = await begin();
    await rig.until(() => statusAt(leader) === 'UP' && statusAt(second) === 'UP');
    const learnt = profileAt(second);
    const client = followList(second.watch((hub) => hub.watchBackends({})));
    await rig.time.settle();
    const told = client.steps.length;
    // The next one to lead says all it knows.
    leader.crash();
    const third = await rig.begin();
    await rig.until(() => rig.leaders().length === 1, 8_000);
    await rig.time.advance(2_000);
    for (const instance of [second, third]) expect(profileAt(instance)).toEqual(learnt);
    expect(learnt.dialect).toBe('plain');
    expect(client.steps.slice(told)).toEqual([]);
    await client.leave();
  });
});
