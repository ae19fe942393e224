/** Lets request handlers wait for a state of the simulated world without polling it. */
export interface Changes {
  /** To be called after whatever others may wait for has changed. */
  notify(): void;
  /** True once `met` holds, false when `limitMs` of real time passed before; never, once disposed. */
  until(met: () => boolean, limitMs: number): Promise<boolean>;
  dispose(): void;
}

interface Waiter {
  readonly met: () => boolean;
  readonly settle: (met: boolean) => void;
  readonly timer: NodeJS.Timeout;
}

/** The longest a timer of the platform can run. */
const longest = 2 ** 31 - 1;

/** A set of waiters over one mutable world. */
export function createChanges(): Changes {
  const waiters = new Set<Waiter>();
  let disposed = false;
  return {
    notify() {
      for (const waiter of [...waiters]) {
        if (!waiter.met()) continue;
        waiters.delete(waiter);
        clearTimeout(waiter.timer);
        waiter.settle(true);
      }
    },
    until(met, limitMs) {
      if (met()) return Promise.resolve(true);
      if (limitMs <= 0) return Promise.resolve(false);
      return new Promise((settle) => {
        if (disposed) return;
        const expire = () => {
          waiters.delete(waiter);
          settle(met());
        };
        const waiter: Waiter = { met, settle, timer: setTimeout(expire, Math.min(limitMs, longest)) };
        waiters.add(waiter);
      });
    },
    dispose() {
      disposed = true;
      for (const waiter of waiters) clearTimeout(waiter.timer);
      waiters.clear();
    },
  };
}
