/** Whether this process stood still: was paused, or busy with one thing. Deadlines run out meanwhile, and say nothing about the others. */
export interface Standstill {
  /** It did until just now. */
  lately(): boolean;
  /** Idempotent. */
  dispose(): void;
}

const beatMs = 500;
/** A beat that is late by so much was not merely slow; and for so long after it, what ran out is put down to it. */
const lateMs = 1_000;

export const createStandstill = (): Standstill => {
  let last = performance.now();
  let late = Number.NEGATIVE_INFINITY;
  const look = (): void => {
    const now = performance.now();
    if (now - last > beatMs + lateMs) late = now;
    last = now;
  };
  const timer = setInterval(look, beatMs).unref();
  return {
    lately: () => {
      look();
      return last - late < lateMs;
    },
    dispose: () => clearInterval(timer),
  };
};
