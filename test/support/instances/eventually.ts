/** Longer than every lease, on a machine that has much to do. */
const patienceMs = 45_000;
const lookEveryMs = 50;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is true; fails with the last answer. For what nothing announces. */
export const eventually = async <T>(ask: () => T | Promise<T>, isTrue: (answer: T) => boolean): Promise<T> => {
  const until = Date.now() + patienceMs;
  for (;;) {
    const answer = await ask();
    if (isTrue(answer)) return answer;
    if (Date.now() > until) throw new TypeError(`still not so: ${JSON.stringify(answer)}`);
    await pause(lookEveryMs);
  }
};
