/**
 * Which jobs the last list showed as other customers'. The server counts from the beginning again after a restart, and whether it keeps customers apart when
 * it is asked for one job is documented nowhere: who asks for a job by a number that has changed hands might take, or kill, what is not his.
 */
export interface NumbersOfOthers {
  has(id: string): boolean;
  /** What a list showed. */
  learn(numbers: ReadonlySet<string>): void;
  /** The server has just given this number to us. */
  forget(id: string): void;
}

export const createNumbersOfOthers = (): NumbersOfOthers => {
  let last = new Set<string>();
  return {
    has: (id) => last.has(id),
    learn: (numbers) => {
      last = new Set(numbers);
    },
    forget: (id) => {
      last.delete(id);
    },
  };
};
