/** Those who want to be told of something. */
export interface Listeners<A extends readonly unknown[]> {
  add(listener: (...args: A) => void): () => void;
  tell(...args: A): void;
}

export const createListeners = <A extends readonly unknown[]>(): Listeners<A> => {
  const all = new Set<(...args: A) => void>();
  return {
    add: (listener) => {
      all.add(listener);
      return () => all.delete(listener);
    },
    tell: (...args) => {
      for (const listener of [...all]) listener(...args);
    },
  };
};
