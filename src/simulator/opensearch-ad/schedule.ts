/** The one owner of what happens later in a simulated cluster, and of its clock, which can be put forward. */
export interface Schedule {
  readonly speed: number;
  /** Milliseconds since 1970: the machine's clock, and as much further as was skipped. */
  now(): number;
  /** Runs something after so much simulated time; the result calls it off. */
  after(simulatedMs: number, run: () => void): () => void;
  /** Resolves after so much simulated time; never, once disposed. */
  pause(simulatedMs: number): Promise<void>;
  /** Puts the clock forward; what falls due meanwhile happens in order, before this returns. */
  advance(simulatedMs: number): void;
  dispose(): void;
}

interface Entry {
  /** In simulated milliseconds since the start. */
  readonly due: number;
  readonly run: () => void;
  timer: NodeJS.Timeout | undefined;
}

/** The longest a timer of the platform can run. */
const longest = 2 ** 31 - 1;

/** A schedule at a speed: simulated durations take that much less of real time. */
export function createSchedule(speed: number): Schedule {
  const started = Date.now();
  const entries = new Set<Entry>();
  let skipped = 0;
  let disposed = false;
  const elapsed = () => (Date.now() - started) * speed + skipped;
  const fire = (entry: Entry) => {
    if (!entries.delete(entry)) return;
    clearTimeout(entry.timer);
    entry.run();
  };
  const arm = (entry: Entry) => {
    clearTimeout(entry.timer);
    const real = Math.max(0, (entry.due - elapsed()) / speed);
    entry.timer = setTimeout(() => (real > longest ? arm(entry) : fire(entry)), Math.min(real, longest));
  };
  const after = (simulatedMs: number, run: () => void) => {
    const entry: Entry = { due: elapsed() + Math.max(0, simulatedMs), run, timer: undefined };
    if (!disposed) {
      entries.add(entry);
      arm(entry);
    }
    return () => {
      clearTimeout(entry.timer);
      entries.delete(entry);
    };
  };
  return {
    speed,
    now: () => Date.now() + Math.round(skipped),
    after,
    pause: (simulatedMs) => new Promise((resolve) => void after(simulatedMs, resolve)),
    advance(simulatedMs) {
      const end = elapsed() + simulatedMs;
      for (;;) {
        const [next] = [...entries].filter(({ due }) => due <= end).sort((left, right) => left.due - right.due);
        if (next === undefined) break;
        skipped += Math.max(0, next.due - elapsed());
        fire(next);
      }
      skipped += Math.max(0, end - elapsed());
      for (const entry of entries) arm(entry);
    },
    dispose() {
      disposed = true;
      for (const entry of entries) clearTimeout(entry.timer);
      entries.clear();
    },
  };
}
