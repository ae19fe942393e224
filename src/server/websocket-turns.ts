/** Queries and mutations that run at once for one socket; subscriptions do not count. A page rarely asks for more before it has an answer. */
const maxAtOnce = 8;

/** Who of those that one socket asked for may be answered now. */
export interface Turns {
  /** Resolves to true when it is the turn of this operation, to false when it was given up first. */
  take(operation: object): Promise<boolean>;
  /** Nobody wants it any more: it does not begin, if it has not. */
  giveUp(operation: object): void;
  /** It is over. */
  leave(operation: object): void;
  /** Looks again whether the next one may begin. */
  advance(): void;
}

/** Answers wait in memory for their client to read them: `mayBegin` says whether it has read enough of those before. */
export const createTurns = (mayBegin: () => boolean): Turns => {
  const waiting = new Map<object, (mine: boolean) => void>();
  const running = new Set<object>();

  const advance = (): void => {
    for (const [operation, begin] of waiting) {
      if (running.size >= maxAtOnce || !mayBegin()) return;
      waiting.delete(operation);
      running.add(operation);
      begin(true);
    }
  };
  const giveUp = (operation: object): void => {
    waiting.get(operation)?.(false);
    waiting.delete(operation);
  };
  return {
    take: (operation) =>
      new Promise((resolve) => {
        waiting.set(operation, resolve);
        advance();
      }),
    giveUp,
    leave: (operation) => {
      giveUp(operation);
      running.delete(operation);
      advance();
    },
    advance,
  };
};
