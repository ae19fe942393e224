/** Bounds what retries add to the load of a backend that is ill already: every call earns a part of a retry, every retry costs one. */
export interface RetryBudget {
  /** A first attempt was made. */
  earn(): void;
  /** Whether a retry may be made; takes its price. */
  spend(): boolean;
}

/** Ten retries at once, then one for every five calls. */
const defaults = { capacity: 10, perCall: 0.2 };

export const createRetryBudget = ({ capacity, perCall } = defaults): RetryBudget => {
  let tokens = capacity;
  return {
    earn: () => {
      tokens = Math.min(capacity, tokens + perCall);
    },
    spend: () => {
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
};
