import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstances } from '../../../src/progress/instances/create-instances.js';
import type { Leadership } from '../../../src/progress/instances/instances.js';
import type { VirtualProcess } from '../../support/model/virtual-process.js';
import { createVirtualTime, type VirtualTime } from '../../support/model/virtual-time.js';
import { createSharedStore, type SharedHandle, type SharedStore } from '../../support/shared-store.js';

type Listener = (body: unknown, from: string) => void;

/** One instance, with nothing behind it. */
interface Lone {
  readonly it: Leadership;
  readonly handle: SharedHandle;
  readonly process: VirtualProcess;
  readonly gone: string[];
  readonly replaced: string[];
  crash(): void;
}

let time: VirtualTime;
let store: SharedStore;
let open: Lone[];
/** All listeners of all instances. */
let ears: { readonly instance: string; readonly topic: string; readonly listener: Listener }[];

beforeEach(() => {
  time = createVirtualTime();
  store = createSharedStore();
  open = [];
  ears = [];
});
afterEach(async () => {
  for (const { it: instance, process } of open) {
    await process.goOn();
    await instance.dispose();
  }
  time.stop();
});

const begin = async (name: string, backendKeys: readonly string[] = ['one']): Promise<Lone> => {
  const process = time.process();
  const handle = store.open({ deliver: process.deliver });
  const [gone, replaced]: [string[], string[]] = [[], []];
  const lone = process.run((): Lone => {
    const instance = createInstances({
      instance: name,
      store: handle.store,
      backendKeys,
      channel: {
        announce: (topic, body) => {
          for (const ear of [...ears]) if (ear.instance !== name && ear.topic === topic) ear.listener(body, name);
        },
        hear: (topic, listener) => {
          const ear = { instance: name, topic, listener: (body: unknown, from: string) => process.deliver(() => listener(body, from)) };
          ears.push(ear);
          return () => {
            ears = ears.filter((each) => each !== ear);
          };
        },
        detached: () => () => undefined,
      },
      replaced: (key) => replaced.push(key),
      now: Date.now,
      fault: (message, cause) => {
        throw new Error(`${message}: ${String(cause)}`);
      },
    });
    instance.gone((each) => gone.push(each));
    return {
      ...{ it: instance, handle, process, gone, replaced },
      crash: () => {
        handle.crash();
        process.die();
        open = open.filter((each) => each !== lone);
      },
    };
  });
  open.push(lone);
  const started = process.run(() => lone.it.start());
  await time.settle();
  await started;
  return lone;
};

describe('an instance', () => {
  it('is present from its start on, and known to nobody as dead', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    expect([a.it.isPresent(), b.it.isPresent()]).toEqual([true, true]);
    expect([b.it.isGone('a'), b.it.isGone(a.it.self), a.it.isGone(b.it.self)]).toEqual([false, false, false]);
    await time.advance(60_000);
    expect([b.it.isGone('a'), b.it.isGone(a.it.self), b.gone]).toEqual([false, false, []]);
  });

  it('that dies is found dead by all others, and nobody is who lives', async () => {
    const [a, b, c] = [await begin('a'), await begin('b'), await begin('c')];
    const had = a.it.self;
    b.it.isGone(had);
    a.crash();
    expect(await time.until(() => b.it.isGone(had) && c.it.isGone('a'), 20_000)).toBe(true);
    expect(b.gone.sort()).toEqual(['a', had]);
    expect(c.it.isGone(b.it.self)).toBe(false);
  });

  it('that nobody has ever heard of is looked for before it is given up', async () => {
    const a = await begin('a');
    expect(a.it.isGone('x~1')).toBe(false);
    expect(await time.until(() => a.it.isGone('x~1'), 10_000)).toBe(true);
    expect(a.gone).toEqual(['x~1']);
  });

  it('that wants something read is looked for, though it came before', async () => {
    const a = await begin('a');
    for (const { listener, topic } of ears) if (topic === 'interests') listener({}, 'x');
    expect(await time.until(() => a.gone.includes('x'), 10_000)).toBe(true);
  });

  it('that is missed for a moment, as after a restart of the store, is not given up', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    a.it.isGone(b.it.self);
    for (let times = 0; times < 20; times += 1) {
      // Twice in a row, whenever the other one looks.
      for (let step = 0; step < 7; step += 1) {
        await b.handle.store.releaseLease('instance/b', 'b');
        await b.handle.store.releaseLease(`instance/${b.it.self}`, b.it.self);
        await time.advance(200);
      }
      await time.advance(4_000 + 70 * times);
    }
    expect(a.gone).toEqual([]);
  });

  it('that ends in good order is known to be gone at once, with all that it had in hand', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    const had = a.it.self;
    b.it.isGone(had);
    await a.it.dispose();
    await time.settle();
    expect([b.it.isGone('a'), b.it.isGone(had)]).toEqual([true, true]);
    expect([a.it.leads('one'), a.it.isPresent()]).toEqual([false, false]);
    expect(store.holderOf('leader/one')).not.toMatchObject({ holder: 'a' });
    expect(await time.until(() => b.it.leads('one'), 100)).toBe(true);
  });

  it('that was stopped for long is present under another name when it goes on, and gone under the one it had', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    const had = a.it.self;
    b.it.isGone(had);
    a.process.stop();
    await time.advance(20_000);
    expect(b.it.isGone(had)).toBe(true);
    expect(a.it.leads('one')).toBe(false);
    await a.process.goOn();
    // At once: nobody can have given up what it takes on by a name that nobody has heard of.
    expect([a.it.self === had, a.it.isPresent()]).toEqual([false, true]);
    await time.advance(5_000);
    expect(a.it.isPresent()).toBe(true);
    expect(a.it.isGone(had)).toBe(false);
    expect(await time.until(() => a.it.isGone(had), 10_000)).toBe(true);
    expect(b.it.isGone(a.it.self)).toBe(false);
  });

  it('that cannot reach the store goes on, under another name once the others may have given it up', async () => {
    const a = await begin('a');
    const had = a.it.self;
    a.handle.cut();
    await time.advance(5_000);
    expect([a.it.self, a.it.isPresent(), a.it.leads('one')]).toEqual([had, true, true]);
    await time.advance(10_000);
    const later = a.it.self;
    expect(later).not.toBe(had);
    expect([a.it.isPresent(), a.it.leads('one')]).toEqual([true, true]);
    a.handle.restore();
    await time.advance(30_000);
    expect([a.it.self, a.it.isPresent(), a.it.leads('one')]).toEqual([later, true, true]);
  });

  it('finds nobody dead while the store is away, nor when the others have not come back yet', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    await begin('c');
    for (const { handle } of [a, b]) handle.cut();
    await time.advance(30_000);
    a.handle.restore();
    await time.advance(4_000);
    expect([a.gone, b.gone]).toEqual([[], []]);
    b.handle.restore();
    await time.advance(30_000);
    expect([a.gone.includes('b'), b.gone.includes('a')]).toEqual([false, false]);
  });
});

describe('the lead', () => {
  it('is one instance’s for each backend, under a fence that grows with every new one', async () => {
    const [a, b] = [await begin('a', ['one', 'two']), await begin('b', ['one', 'two'])];
    const first = a.it.term('one') ?? 0;
    expect([a.it.leads('one'), a.it.leads('two'), b.it.leads('one'), b.it.leads('two')]).toEqual([true, true, false, false]);
    expect(b.it.leaderOf('one')).toBe('a');
    await time.advance(20_000);
    expect(a.it.term('one')).toBe(first);
    a.crash();
    expect(await time.until(() => b.it.leads('one') && b.it.leads('two'), 7_000)).toBe(true);
    expect(b.it.term('one')).toBeGreaterThan(first);
    expect(b.it.leaderOf('one')).toBeUndefined();
  });

  it('is known to who comes later, and news only the first time', async () => {
    const [a, b] = [await begin('a'), await begin('b')];
    const c = await begin('c');
    expect(c.it.leaderOf('one')).toBe('a');
    expect([b.replaced, c.replaced, a.replaced]).toEqual([['one'], ['one'], []]);
  });

  it('is over when somebody says that he leads under a higher fence', async () => {
    const a = await begin('a');
    for (const { listener, topic } of ears) if (topic === 'leads') listener({ backendKey: 'one', fence: Date.now() + 60_000 }, 'x');
    expect([a.it.leads('one'), a.it.leaderOf('one'), a.replaced]).toEqual([false, 'x', ['one']]);
    for (const { listener, topic } of ears) if (topic === 'leads') listener({ backendKey: 'one', fence: 1 }, 'y');
    expect(a.it.leaderOf('one')).toBe('x');
  });
});
