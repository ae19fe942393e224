/** Work on many things, on each of them one piece after the other. */
export interface Turns {
  /** Begins when what was asked for before on that key has ended, well or badly. */
  take<T>(key: string, work: () => Promise<T>): Promise<T>;
  /** Whether there is work on that key, or waiting. */
  isBusy(key: string): boolean;
}

export const createTurns = (): Turns => {
  const last = new Map<string, Promise<unknown>>();
  return {
    take: (key, work) => {
      const turn = (last.get(key) ?? Promise.resolve()).then(work);
      const settled = turn
        .catch(() => undefined)
        .finally(() => {
          if (last.get(key) === settled) last.delete(key);
        });
      last.set(key, settled);
      return turn;
    },
    isBusy: (key) => last.has(key),
  };
};
