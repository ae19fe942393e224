const firstMs = 500;
const longestMs = 15_000;

/** Waits before reconnecting: full jitter, so that a thousand clients of a restarted gateway do not come back in step. */
export const createBackoff = () => {
  const sleepers = new Set<() => void>();
  let disposed = false;
  return {
    wait: (retries: number): Promise<void> =>
      new Promise((resolve) => {
        const wake = () => {
          clearTimeout(timer);
          sleepers.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, disposed ? 0 : Math.random() * Math.min(longestMs, firstMs * 2 ** retries));
        sleepers.add(wake);
      }),
    /** Lets everyone who waits go on at once. */
    dispose() {
      disposed = true;
      for (const wake of [...sleepers]) wake();
    },
  };
};
