/** The one owner of a simulator's timers. Simulated durations are divided by `speed`. */
export interface Timers {
  readonly speed: number;
  now(): number;
  /** Resolves after so much simulated time; never, once disposed. */
  pause(simulatedMs: number): Promise<void>;
  /** Resolves after so much real time; never, once disposed. */
  wait(realMs: number): Promise<void>;
  dispose(): void;
}

/** The longest a timer of the platform can run. */
const longest = 2 ** 31 - 1;

/** Timers at a speed; nothing scheduled survives `dispose`. */
export function createTimers(speed: number): Timers {
  const pending = new Set<NodeJS.Timeout>();
  let disposed = false;
  const wait = (realMs: number) =>
    new Promise<void>((resolve) => {
      if (disposed) return;
      const timer = setTimeout(
        () => {
          pending.delete(timer);
          resolve();
        },
        Math.min(Math.max(0, realMs), longest),
      );
      pending.add(timer);
    });
  return {
    speed,
    now: () => Date.now(),
    pause: (simulatedMs) => wait(simulatedMs / speed),
    wait,
    dispose() {
      disposed = true;
      for (const timer of pending) clearTimeout(timer);
      pending.clear();
    },
  };
}
