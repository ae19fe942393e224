import { afterEach, describe, expect, it } from 'vitest';
import { formatId, parseId } from '../../../src/domain/index.js';
import { createInstancesRig, followList, type InstancesRig, type RigInstance } from '../../support/instances-rig.js';
import { noFields } from '../../support/progress-rig.js';

let rig: InstancesRig;
afterEach(() => rig.dispose());

const begin = async (): Promise<readonly [leader: RigInstance, second: RigInstance]> => {
  rig = createInstancesRig();
  return [await rig.begin(), await rig.begin()];
};
const watchJobs = (instance: RigInstance, fields = noFields) => followList(instance.watch((hub) => hub.watchJobs({}, { fields })));
const call = (instance: RigInstance) =>
  instance.progress.liveBackends.get('one').call({ signal: new AbortController().signal, requestId: 'event' });
const countOf = (member: Parameters<InstancesRig['vendor']['calls']['get']>[0]): number => rig.vendor.calls.get(member) ?? 0;

describe('what clients of another instance want', () => {
  it('is read by the one that leads, with the fields they ask for', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED', { description: 'first' });
    const clients = [watchJobs(leader), watchJobs(second, new Set(['Job.description']))];
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    expect([...(rig.asked() ?? [])]).toEqual(['Job.description']);
    expect(second.looks).toEqual([]);
    await clients[1]?.leave();
    await rig.until(() => rig.asked()?.size === 0, 10_000);
  });

  it('is said once for thousands of them', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const clients = Array.from({ length: 2_000 }, () => watchJobs(second, noFields));
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    const said = (await rig.announced('interests')).filter(({ interests }) => (interests as readonly unknown[]).length > 0);
    expect(said).toHaveLength(1);
    expect(leader.looks.length).toBeLessThanOrEqual(2);
    expect(countOf('listJobs')).toBe(leader.looks.length);
  });

  it('is bounded, however different it is, and nothing of it is left out', async () => {
    const [, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const clients = Array.from({ length: 300 }, (_, index) => watchJobs(second, new Set([`Job.field${index}`])));
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    const said = (await rig.announced('interests')).at(-1)?.interests as readonly { readonly fields: readonly string[] }[];
    expect(said.length).toBeLessThanOrEqual(200);
    expect(new Set(said.flatMap(({ fields }) => fields)).size).toBe(300);
    expect(rig.asked()?.size).toBe(300);
  });

  it('is looked at again for each that comes, and not more often than the loop may', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const first = watchJobs(second);
    await rig.until(() => first.list().a === 'OPENED');
    await rig.time.advance(3_000);
    const looks = leader.looks.length;
    rig.vendor.setJob('a', 'CLOSED');
    const next = watchJobs(second);
    await rig.until(() => next.steps.length > 0, 400);
    expect(next.told('a')).toEqual(['CLOSED']);
    expect(leader.looks.length).toBe(looks + 1);
    const third = watchJobs(second);
    await rig.until(() => third.steps.length > 0, 100);
    expect(leader.looks.length).toBe(looks + 1);
  });

  it('is told by who takes over, though nobody asks again', async () => {
    const [leader, second] = await begin();
    const third = await rig.begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(third);
    await rig.until(() => client.list().a === 'OPENED');
    const heir = (): RigInstance | undefined => rig.leaders()[0];
    leader.crash();
    await rig.until(() => heir() !== undefined, 8_000);
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => client.list().a === 'CLOSED', 2_000);
    expect([second, third]).toContain(heir());
    expect(client.resets()).toBe(1);
  });

  it('is not read any more when its instance is dead', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    second.crash();
    await rig.time.advance(20_000);
    const looks = leader.looks.length;
    await rig.time.advance(10_000);
    expect(leader.looks.length).toBe(looks);
  });

  it('waits for the new leader when the old one dies before it has looked', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    leader.latencyMs = 60_000;
    const client = watchJobs(second);
    await rig.time.advance(300);
    leader.crash();
    await rig.until(() => client.list().a === 'OPENED', 8_000);
    expect(client.resets()).toBe(1);
  });
});

describe('a task asked for by name at another instance', () => {
  it('is asked for once, and followed to its end', async () => {
    const [, second] = await begin();
    const task = rig.vendor.makeTask('node:1');
    rig.vendor.remembered.set('node:1', task);
    rig.vendor.listed.set('node:1', task);
    const client = followList(second.watch((hub) => hub.watchTasks({ ids: [parseId(task.id)] }, { fields: noFields })));
    await rig.until(() => client.list()['node:1'] === 'RUNNING');
    // Whatever else is wanted there by and by.
    const jobs = watchJobs(second, new Set(['Job.description']));
    await rig.until(() => jobs.steps.length > 0);
    await rig.time.advance(3_000);
    expect(countOf('readTasks')).toBe(1);
    rig.vendor.listed.clear();
    rig.vendor.remembered.set('node:1', { ...task, state: 'SUCCEEDED' });
    await rig.until(() => client.list()['node:1'] === 'SUCCEEDED');
    expect(second.looks).toEqual([]);
  });

  it('costs no more calls when there are hundreds of them', async () => {
    const [leader, second] = await begin();
    const tasks = Array.from({ length: 300 }, (_, index) => rig.vendor.makeTask(`node:${index}`));
    for (const task of tasks) rig.vendor.remembered.set(task.nativeId ?? '', task);
    for (const task of tasks) rig.vendor.listed.set(task.nativeId ?? '', task);
    const clients = tasks.map(({ id }) => followList(second.watch((hub) => hub.watchTasks({ ids: [parseId(id)] }, { fields: noFields }))));
    await rig.until(() => clients.every((client) => Object.values(client.list())[0] === 'RUNNING'));
    expect(countOf('readTasks')).toBe(1);
    expect((await rig.announced('interests')).every(({ interests }) => (interests as readonly unknown[]).length <= 200)).toBe(true);
    const late = rig.vendor.makeTask('node:late', { state: 'FAILED' });
    rig.vendor.remembered.set('node:late', late);
    const client = followList(second.watch((hub) => hub.watchTasks({ ids: [parseId(late.id)] }, { fields: noFields })));
    await rig.until(() => client.list()['node:late'] === 'FAILED');
    const last = (await rig.announced('interests')).at(-1)?.interests as readonly { readonly named?: readonly string[] }[];
    expect(last.flatMap(({ named = [] }) => named)).toEqual([late.id]);
    expect(leader.looks.length).toBe(countOf('discoverTasks'));
  });

  it('is shown though it has ended, and is in no list', async () => {
    const [, second] = await begin();
    const task = rig.vendor.makeTask('node:1', { state: 'FAILED' });
    rig.vendor.remembered.set('node:1', task);
    const client = followList(second.watch((hub) => hub.watchTasks({ ids: [parseId(task.id)] }, { fields: noFields })));
    await rig.until(() => client.steps.some(({ synced }) => synced));
    expect(client.list()).toEqual({ 'node:1': 'FAILED' });
  });
});

describe('at an instance that does not lead', () => {
  it('what is nested in events costs its vendor nothing when the leader reads it', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED', { description: 'first' });
    const fields = new Set(['Job.state', 'Job.description']);
    const client = watchJobs(second, fields);
    await rig.until(() => client.list().a === 'OPENED');
    const { adapter } = second.progress.liveBackends.get('one');
    const before = countOf('listJobs') + countOf('readJobs');
    expect((await adapter.listJobs(fields, call(second))).items).toMatchObject([{ nativeId: 'a', description: 'first' }]);
    expect((await adapter.readJobs(['a', 'b'], fields, call(second))).readings).toMatchObject(
      new Map([
        ['a', { status: 'found', value: { state: 'OPENED' } }],
        ['b', { status: 'gone' }],
      ]),
    );
    expect(countOf('listJobs') + countOf('readJobs')).toBe(before);
    // Nobody reads those.
    await adapter.readJobs(['a'], new Set(['Job.counts']), call(second));
    expect(countOf('readJobs')).toBe(1);
    leader.crash();
    await rig.until(() => rig.leaders()[0] === second, 8_000);
  });

  it('nodes are told as the leader reads them', async () => {
    const [, second] = await begin();
    const node = (cpu: number) => ({ id: formatId('node', 'one', 'n1'), backendKey: 'one', nativeId: 'n1', name: `n${cpu}` });
    rig.vendor.nodes.set('n1', node(1) as never);
    const watch = second.watch((hub) => hub.watchNodes('one', undefined, { fields: new Set(['NodeStats.name']) }));
    expect((await advancing(watch.next())).value.added).toMatchObject([{ name: 'n1' }]);
    rig.vendor.nodes.set('n1', node(2) as never);
    expect((await advancing(watch.next())).value.changed).toMatchObject([{ name: 'n2' }]);
    await watch.return?.();
    expect(second.looks).toEqual([]);
  });

  it('a verb lets the leader look at once', async () => {
    const [leader, second] = await begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = watchJobs(second);
    await rig.until(() => client.list().a === 'OPENED');
    await rig.time.advance(3_000);
    const looks = leader.looks.length;
    rig.vendor.run = async () => {
      rig.vendor.setJob('a', 'CLOSED');
      return { done: true };
    };
    await second.process.run(() =>
      second.progress.verbs.runOnJobs({ action: 'CLOSE_JOB' }, [parseId('job:one:a')], { requestId: 'r', fields: noFields }),
    );
    await rig.until(() => client.list().a === 'CLOSED' && leader.looks.length > looks, 300);
    expect(second.looks).toEqual([]);
  });
});

/** Lets time pass until it is there. */
const advancing = async <T>(coming: Promise<T>): Promise<T> => {
  let over = false;
  coming.finally(() => {
    over = true;
  });
  await rig.until(() => over);
  return coming;
};
