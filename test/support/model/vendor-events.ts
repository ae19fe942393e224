import { formatId, type Task } from '../../../src/domain/index.js';
import { VigilError } from '../../../src/errors.js';
import { createScriptedVendor, type ScriptedVendor } from '../scripted-vendor.js';
import type { Event } from './events.js';

/** The vendors of a world, and what happens at them. */
export interface VendorWorld {
  readonly vendors: readonly ScriptedVendor[];
  /** Ids of all tasks there ever were. */
  readonly ids: ReadonlySet<string>;
  isDown(): boolean;
  /** Returns whether it is an event of theirs. */
  happen(event: Event): boolean;
  recover(): void;
  latencyMs(): number;
}

const mostTasks = 8;
const pick = <T>(from: readonly T[], index: number): T | undefined => from[from.length === 0 ? 0 : index % from.length];

export const createVendorWorld = (count: number): VendorWorld => {
  const keys = ['one', 'two'].slice(0, count);
  const vendors = keys.map((key) => createScriptedVendor(key));
  const ids = new Set<string>();
  let tasks = 0;
  let jobs = 0;
  let latency = 0;
  let down = false;

  const setDown = (isDown: boolean): void => {
    down = isDown;
    for (const vendor of vendors) {
      vendor.notice = isDown ? 'down' : null;
      vendor.beforeRead = async () => {
        if (isDown) throw new VigilError('BACKEND_UNAVAILABLE', 'down');
      };
    }
  };
  const onTask = (of: number, act: (vendor: ScriptedVendor, nativeId: string, task: Task) => void): void => {
    const all = vendors.flatMap((vendor) => [...vendor.listed.values()].map((task) => ({ vendor, task })));
    const found = pick(all, of);
    if (found?.task.nativeId) act(found.vendor, found.task.nativeId, found.task);
  };

  return {
    vendors,
    ids,
    isDown: () => down,
    recover: () => {
      latency = 0;
      setDown(false);
    },
    latencyMs: () => latency,
    happen: (event) => {
      switch (event.is) {
        case 'task begins': {
          const vendor = pick(vendors, event.of);
          if (!vendor || vendors.reduce((sum, { listed }) => sum + listed.size, 0) >= mostTasks) return true;
          tasks += 1;
          const task = vendor.makeTask(`n:${tasks}`, { progress: 0 });
          ids.add(task.id);
          vendor.listed.set(`n:${tasks}`, task);
          vendor.remembered.set(`n:${tasks}`, task);
          return true;
        }
        case 'task moves':
          onTask(event.of, ({ listed, remembered }, nativeId, task) => {
            const moved = { ...task, progress: Math.min(0.99, (task.progress ?? 0) + 0.1) };
            listed.set(nativeId, moved);
            remembered.set(nativeId, moved);
          });
          return true;
        case 'task ends':
          onTask(event.of, ({ listed, remembered }, nativeId, task) => {
            listed.delete(nativeId);
            remembered.set(nativeId, { ...task, state: event.well ? 'SUCCEEDED' : 'FAILED', endedAt: Date.now() });
          });
          return true;
        case 'task vanishes':
          onTask(event.of, ({ listed, remembered }, nativeId) => {
            listed.delete(nativeId);
            remembered.delete(nativeId);
          });
          return true;
        case 'job is': {
          const vendor = pick(vendors, event.of);
          const name = `j${event.of % 4}`;
          // One that is made anew under the name of another is another one.
          jobs += vendor?.jobs.has(name) ? 0 : 1;
          const id = vendor?.jobs.get(name)?.id ?? formatId('job', pick(keys, event.of) ?? '', name, 1_700_000_000_000 + jobs);
          vendor?.setJob(name, event.open ? 'OPENED' : 'CLOSED', { id });
          return true;
        }
        case 'job goes':
          pick(vendors, event.of)?.jobs.delete(`j${event.of % 4}`);
          return true;
        case 'vendor fails':
          setDown(true);
          return true;
        case 'vendor is back':
          setDown(false);
          return true;
        case 'vendor takes its time':
          latency = event.ms;
          return true;
        default:
          return false;
      }
    },
  };
};
