import type { Instant } from '../../domain/index.js';
import type { Lease } from '../../store/store.js';

/** A lease as its holder may count on it. */
export interface Right {
  readonly fence: number;
  /** It was given by the memory of a store that is away, where nobody else asks. */
  readonly ofMemory: boolean;
  isValid(): boolean;
}

/** Measures from now on. A clock that is set back does not make it stand still, neither does a machine that sleeps. */
export const stopwatch = (now: () => Instant): (() => number) => {
  const [steady, instant] = [performance.now(), now()];
  return () => Math.max(performance.now() - steady, now() - instant);
};

/** `sinceAsked`: begun before the lease was asked for, so the right ends here before it can end at the store. */
export const rightOf = ({ fence }: Pick<Lease, 'fence'>, sinceAsked: () => number, ttlMs: number, ofMemory: boolean): Right => ({
  fence,
  ofMemory,
  isValid: () => sinceAsked() < ttlMs,
});
