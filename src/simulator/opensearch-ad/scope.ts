import type { Schedule } from './schedule.js';

/** What one run has still to come, so that it can be called off at once. */
export interface Scope {
  after(simulatedMs: number, run: () => void): void;
  close(): void;
}

/** Nothing planned yet; after `close` nothing can be. */
export function createScope(schedule: Schedule): Scope {
  const planned = new Set<() => void>();
  let closed = false;
  return {
    after(simulatedMs, run) {
      if (closed) return;
      const callOff = schedule.after(simulatedMs, () => {
        planned.delete(callOff);
        run();
      });
      planned.add(callOff);
    },
    close() {
      closed = true;
      for (const callOff of planned) callOff();
      planned.clear();
    },
  };
}
