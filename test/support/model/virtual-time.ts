import { setImmediate as turn } from 'node:timers/promises';
import { vi } from 'vitest';

/** A clock that moves when the test says so. */
export interface VirtualTime {
  /** Lets everything run that does not wait for a timer. */
  settle(): Promise<void>;
  advance(ms: number): Promise<void>;
  stop(): void;
}

/** Timers fire in steps of so much: finer than any interval of the rigs. */
const stepMs = 10;

export const createVirtualTime = (): VirtualTime => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'], now: 1_800_000_000_000 });
  const jitter = vi.spyOn(Math, 'random').mockReturnValue(0.5);
  // Everything but the timers is promises, and the writing of checkpoints, which lets others run in between.
  const settle = async (): Promise<void> => {
    await turn();
    await turn();
  };
  return {
    settle,
    advance: async (ms) => {
      for (let passed = 0; passed < ms; passed += stepMs) {
        vi.advanceTimersByTime(stepMs);
        await settle();
      }
    },
    stop: () => {
      jitter.mockRestore();
      vi.useRealTimers();
    },
  };
};
