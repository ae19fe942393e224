import { setImmediate } from 'node:timers/promises';

/**
 * Lets the reads of one answer come together: what they are about is taken as it is known when the last of them has come, so that no part of the answer
 * is older than another, or than an event that was sent while the slowest went on.
 */
export interface Gathering {
  /** The read's own end, once every read begun by then has ended. A read must not wait for the others itself. */
  together<T>(read: Promise<T>): Promise<T>;
}

export const createGathering = (): Gathering => {
  const reading = new Set<Promise<unknown>>();
  let quiet: Promise<void> | undefined;

  const untilQuiet = async (): Promise<void> => {
    // Fields beside the one that waits begin in the same turn, after their arguments were looked at: they have asked by then.
    await setImmediate();
    while (reading.size > 0) await Promise.allSettled(reading);
    quiet = undefined;
  };

  return {
    together: async (read) => {
      reading.add(read);
      const ended = (): void => void reading.delete(read);
      read.then(ended, ended);
      quiet ??= untilQuiet();
      await quiet;
      return read;
    },
  };
};
