import { afterEach, describe, expect, it } from 'vitest';
import { createInstancesRig, followList, type InstancesRig, type RigInstance } from '../../support/instances-rig.js';
import { noFields } from '../../support/progress-rig.js';

let rig: InstancesRig;
afterEach(() => rig.dispose());

/** The leader, then those that follow. */
const begin = async (count: number): Promise<readonly [RigInstance, RigInstance, ...RigInstance[]]> => {
  rig = createInstancesRig();
  const leader = await rig.begin();
  const second = await rig.begin();
  const rest: RigInstance[] = [];
  while (rest.length < count - 2) rest.push(await rig.begin());
  return [leader, second, ...rest];
};
const watchJobs = (instance: RigInstance) => followList(instance.watch((hub) => hub.watchJobs({}, { fields: noFields })));

describe('of several instances', () => {
  it('one asks the backend, and clients of all of them are told the same', async () => {
    const [leader, second, third] = await begin(3);
    rig.vendor.setJob('a', 'OPENED');
    const clients = [leader, second, third].map((each) => watchJobs(each as RigInstance));
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    for (const state of ['CLOSING', 'CLOSED', 'OPENING'] as const) {
      rig.vendor.setJob('a', state);
      await rig.until(() => clients.every((client) => client.list().a === state));
    }
    for (const client of clients) {
      expect(client.told('a')).toEqual(['OPENED', 'CLOSING', 'CLOSED', 'OPENING']);
      expect(client.resets()).toBe(1);
    }
    expect(rig.leaders()).toEqual([leader]);
    expect(leader.looks.length).toBeGreaterThan(3);
    expect([second.looks, third?.looks]).toEqual([[], []]);
  });

  it('another one takes over at once when the one that leads ends in good order', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    await leader.leave();
    await rig.until(() => rig.leaders()[0] === second, 200);
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => client.list().a === 'CLOSED', 1_500);
    expect(client.told('a')).toEqual(['OPENED', 'CLOSED']);
    expect(client.resets()).toBe(1);
  });

  it('another one takes over within seconds when the one that leads dies', async () => {
    const [leader, second, third] = await begin(3);
    rig.vendor.setJob('a', 'OPENED');
    const clients = [second, third as RigInstance].map(watchJobs);
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    leader.crash();
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => clients.every((client) => client.list().a === 'CLOSED'), 8_000);
    expect(rig.leaders()).toHaveLength(1);
    for (const client of clients) {
      expect(client.told('a')).toEqual(['OPENED', 'CLOSED']);
      expect(client.resets()).toBe(1);
    }
  });

  it('who was stopped past its lease does nothing when it goes on, and what it was reading is thrown away', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const clients = [leader, second].map(watchJobs);
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    leader.latencyMs = 100;
    const before = leader.looks.length;
    await rig.until(() => leader.looks.length > before);
    leader.process.stop();
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => clients[1]?.list().a === 'CLOSED', 8_000);
    expect(rig.leaders()).toEqual([second]);
    rig.vendor.setJob('a', 'OPENING');
    await rig.until(() => clients[1]?.list().a === 'OPENING');
    const looks = leader.looks.length;
    await leader.process.goOn();
    await rig.until(() => clients[0]?.list().a === 'OPENING');
    await rig.time.advance(3_000);
    expect(leader.looks.length).toBe(looks);
    expect(rig.leaders()).toEqual([second]);
    expect(clients[1]?.told('a')).toEqual(['OPENED', 'CLOSED', 'OPENING']);
    expect(clients[0]?.list()).toEqual({ a: 'OPENING' });
  });

  it('the clients of one that was stopped and does not lead are looked for again when it goes on', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    second.process.stop();
    await rig.time.advance(30_000);
    const looks = leader.looks.length;
    await rig.time.advance(5_000);
    expect(leader.looks.length).toBe(looks);
    rig.vendor.setJob('a', 'CLOSED');
    await second.process.goOn();
    await rig.until(() => client.list().a === 'CLOSED', 5_000);
    expect(rig.leaders()).toEqual([leader]);
    expect(client.told('a')).toEqual(['OPENED', 'CLOSED']);
  });

  it('each asks for its own clients while the store is away, and one goes on when it is back', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const clients = [leader, second].map(watchJobs);
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    for (const { handle } of [leader, second]) handle.cut();
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => clients.every((client) => client.list().a === 'CLOSED'), 5_000);
    expect(rig.leaders()).toHaveLength(2);
    expect(second.looks.length).toBeGreaterThan(0);
    for (const { handle } of [leader, second]) handle.restore();
    await rig.until(() => rig.leaders().length === 1, 3_000);
    const [one, other] = rig.leaders()[0] === leader ? [leader, second] : [second, leader];
    const looks = other.looks.length;
    rig.vendor.setJob('a', 'OPENING');
    await rig.until(() => clients.every((client) => client.list().a === 'OPENING'));
    await rig.time.advance(5_000);
    expect(rig.leaders()).toEqual([one]);
    expect(other.looks.length).toBe(looks);
  });

  it('one that is cut off alone asks for its own clients, and follows again when it is back', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const clients = [leader, second].map(watchJobs);
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    leader.handle.cut();
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => clients.every((client) => client.list().a === 'CLOSED'), 8_000);
    await rig.until(() => rig.leaders().length === 2, 8_000);
    leader.handle.restore();
    await rig.until(() => rig.leaders().length === 1, 3_000);
    expect(rig.leaders()).toEqual([second]);
    rig.vendor.setJob('a', 'OPENING');
    await rig.until(() => clients.every((client) => client.list().a === 'OPENING'));
  });

  it('the loop rests when the clients of all of them have left, and begins with the next, wherever that is', async () => {
    const [leader, second] = await begin(2);
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    await client.leave();
    await rig.time.advance(7_000);
    const looks = leader.looks.length;
    await rig.time.advance(20_000);
    expect(leader.looks.length).toBe(looks);
    rig.vendor.setJob('a', 'CLOSED');
    const next = watchJobs(second);
    await rig.until(() => next.list().a === 'CLOSED', 1_000);
    expect(second.looks).toEqual([]);
  });
});
