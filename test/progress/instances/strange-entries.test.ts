import { afterEach, describe, expect, it } from 'vitest';
import { createInstancesRig, followList, type InstancesRig } from '../../support/instances-rig.js';
import { noFields } from '../../support/progress-rig.js';

let rig: InstancesRig;
afterEach(() => rig.dispose());

const told = (topic: string, body: string): string => `{"by":"stranger","changes":[],"notices":[{"topic":"${topic}","body":${body}}]}`;
const changed = (value: string): string => `{"by":"stranger","changes":[{"kind":"job","readAt":1,"stirs":true,"value":${value}}]}`;

describe('an entry of the log that no instance has written', () => {
  it.each([
    ['says that somebody leads for all times', told('leads', '{"backendKey":"one","fence":1e308}')],
    ['says that somebody leads, under no number at all', told('leads', '{"backendKey":"one","fence":1e400}')],
    ['is no entry', '5'],
    ['names what every object inherits', told('constructor', '{"__proto__":{"backendKey":"one"}}')],
    [
      'wants objects that there cannot be',
      told('interests', '{"backendKey":"one","interests":[{"fields":["__proto__"],"lists":["jobs"],"named":["x"]}]}'),
    ],
    [
      'tells a look that never was',
      told('read', '{"backendKey":"one","lists":{},"served":{"__proto__":1},"error":{"code":"toString","message":"","facts":{}}}'),
    ],
    [
      'tells of an object that is like none',
      changed('{"id":"job:one:b","backendKey":"one","nativeId":5,"state":{},"__proto__":{"state":"OPENED"},"detector":7}'),
    ],
  ])('and %s stops nobody', async (_, text) => {
    rig = createInstancesRig();
    const instances = [await rig.begin(), await rig.begin()];
    rig.vendor.setJob('a', 'OPENED');
    const clients = instances.map((instance) => followList(instance.watch((hub) => hub.watchJobs({}, { fields: noFields }))));
    await rig.until(() => clients.every((client) => client.list().a === 'OPENED'));
    await rig.store.open().store.append('changes', text, { keep: 1_000 });
    await rig.time.advance(7_000);
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => clients.every((client) => client.list().a === 'CLOSED'), 15_000);
    expect(rig.leaders()).toHaveLength(1);
    await (await rig.begin()).leave();
    expect(Object.hasOwn(Object.prototype, 'state')).toBe(false);
  });

  it.each([
    ['whose owner has no name', { owner: 7 }],
    [
      'of an ended task under an id that is none',
      { task: { id: 'x', backendKey: 'one', nativeId: null, kind: 'RESET', state: 'SUCCEEDED' } },
    ],
  ])('nor does a task in the store %s', async (_, strange) => {
    rig = createInstancesRig();
    const instance = await rig.begin();
    rig.vendor.setJob('a', 'OPENED');
    const client = followList(instance.watch((hub) => hub.watchJobs({}, { fields: noFields })));
    await rig.until(() => client.list().a === 'OPENED');
    const task = {
      id: 'task:one:z',
      backendKey: 'one',
      nativeId: 'z',
      kind: 'RESET',
      state: 'RUNNING',
      jobNativeId: 'a',
      startedAt: 5,
      updatedAt: 5,
    };
    const record = { task, verb: null, vendorTaskId: 'z', jobId: null, ...strange };
    const { store } = rig.store.open();
    await store.put('tasks/one:z', JSON.stringify(record));
    await store.append('changes', told('record', JSON.stringify(record)), { keep: 1_000 });
    await rig.time.advance(2_000);
    rig.vendor.setJob('a', 'CLOSED');
    await rig.until(() => client.list().a === 'CLOSED', 15_000);
    await (await rig.begin()).leave();
    expect(instance.faults.filter((fault) => !fault.includes('cannot be read'))).toEqual([]);
  });
});
