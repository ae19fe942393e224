/** A source that pushes, read with `for await`. */
export interface EventQueue<T> extends AsyncIterableIterator<T> {
  push(value: T): void;
  /** Ends it: with an error, or quietly. What was pushed before is still read. */
  end(error?: unknown): void;
}

/** `onReturn` is called once, when the reader stops before the end. */
export const createEventQueue = <T>(onReturn: () => void): EventQueue<T> => {
  const waiting: T[] = [];
  let ended: { readonly error?: unknown } | undefined;
  let sleepers: (() => void)[] = [];

  const changed = () => {
    const awake = sleepers;
    sleepers = [];
    for (const wake of awake) wake();
  };
  const end = (error?: unknown) => {
    ended ??= error === undefined ? {} : { error };
    changed();
  };

  return {
    push(value) {
      if (ended) return;
      waiting.push(value);
      changed();
    },
    end,
    async next() {
      for (;;) {
        if (waiting.length > 0) return { done: false, value: waiting.shift() as T };
        if (ended) {
          const { error } = ended;
          ended = {};
          if (error !== undefined) throw error;
          return { done: true, value: undefined };
        }
        await new Promise<void>((resolve) => {
          sleepers.push(resolve);
        });
      }
    },
    async return() {
      if (!ended) onReturn();
      waiting.length = 0;
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
};
