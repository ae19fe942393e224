import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';
import { createVirtualProcess, currentProcess, type VirtualProcess } from './virtual-process.js';

/** A clock that moves when the test says so. */
export interface VirtualTime {
  /** Lets everything run that does not wait for a timer. */
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  /** Moves on until it is so, at most for so long. Returns whether it is. */
  until(isSo: () => boolean, mostMs: number): Promise<boolean>;
  /** Timers that wait. */
  timers(): number;
  /** Whose timers fire only while it runs. */
  process(): VirtualProcess;
  stop(): void;
}

interface Timer {
  readonly work: () => void;
  readonly every: number | undefined;
  readonly owner: VirtualProcess | undefined;
  due: number;
}

/** What `setTimeout` gives back, as far as it is used. */
interface TimerHandle {
  ref(): TimerHandle;
  unref(): TimerHandle;
}

const longestMs = 2 ** 31 - 1;
/** More timers than that within a second are a loop that does not rest. */
const mostInASecond = 1_000;

export const createVirtualTime = (): VirtualTime => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: 1_800_000_000_000 });
  const jitter = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  /** In the order of their making, which is that of their firing when they are due at once. */
  const waiting = new Map<TimerHandle, Timer>();

  const set = (work: (...given: unknown[]) => void, ms: number | undefined, given: unknown[], repeats: boolean): TimerHandle => {
    const after = Math.min(longestMs, Math.max(1, Math.ceil(ms ?? 1)));
    const handle: TimerHandle = { ref: () => handle, unref: () => handle };
    const owner = currentProcess();
    if (owner?.isDead()) return handle;
    waiting.set(handle, { work: () => work(...given), every: repeats ? after : undefined, owner, due: Date.now() + after });
    return handle;
  };
  const clear = (handle: TimerHandle | undefined): void => {
    if (handle === undefined) return;
    waiting.get(handle)?.owner?.withdraw(handle);
    waiting.delete(handle);
  };
  vi.stubGlobal('setTimeout', (work: () => void, ms?: number, ...given: unknown[]) => set(work, ms, given, false));
  vi.stubGlobal('setInterval', (work: () => void, ms?: number, ...given: unknown[]) => set(work, ms, given, true));
  vi.stubGlobal('clearTimeout', clear);
  vi.stubGlobal('clearInterval', clear);

  // Everything but the timers is promises, and the writing of checkpoints, which lets others run in between.
  const settle = async (): Promise<void> => {
    await turn();
    await turn();
  };
  const next = (until: number): readonly [TimerHandle, Timer] | undefined => {
    let first: readonly [TimerHandle, Timer] | undefined;
    for (const entry of waiting) if (entry[1].due <= until && (first === undefined || entry[1].due < first[1].due)) first = entry;
    return first;
  };
  const fire = (handle: TimerHandle, timer: Timer): void => {
    const work = (): void => {
      // It may have been cleared while its process was stopped.
      if (timer.every === undefined && !waiting.delete(handle)) return;
      timer.work();
    };
    timer.due = timer.every === undefined ? Number.POSITIVE_INFINITY : Date.now() + timer.every;
    if (timer.owner) timer.owner.fire(handle, work);
    else work();
  };
  const fired = { second: 0, count: 0 };
  const checkPace = (): void => {
    const second = Math.floor(Date.now() / 1_000);
    fired.count = second === fired.second ? fired.count + 1 : 0;
    fired.second = second;
    if (fired.count <= mostInASecond) return;
    // The next world begins in the same second.
    fired.count = 0;
    throw new TypeError('something does not rest: timers fire without end');
  };
  /** One timer, or none when none is due until then: then it is then. */
  const step = async (target: number): Promise<void> => {
    const [handle, timer] = next(target) ?? [];
    const at = Math.max(Date.now(), timer?.due ?? target);
    if (at > Date.now()) vi.advanceTimersByTime(at - Date.now());
    if (!handle || !timer) return;
    checkPace();
    fire(handle, timer);
    await settle();
  };

  return {
    settle,
    advance: async (ms) => {
      const target = Date.now() + ms;
      await settle();
      while (Date.now() < target || next(target)) await step(target);
      await settle();
    },
    until: async (isSo, mostMs) => {
      const target = Date.now() + mostMs;
      await settle();
      while (!isSo() && (Date.now() < target || next(target))) await step(target);
      return isSo();
    },
    timers: () => waiting.size,
    process: () =>
      createVirtualProcess({
        settle,
        timersOf: (process) => [...waiting.values()].filter(({ owner }) => owner === process).length,
        drop: (process) => {
          for (const [handle, { owner }] of waiting) if (owner === process) waiting.delete(handle);
        },
      }),
    stop: () => {
      jitter.mockRestore();
      vi.unstubAllGlobals();
      vi.useRealTimers();
    },
  };
};
