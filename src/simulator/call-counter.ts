/** Requests by route, so that tests can assert what a gateway asked for. */
export interface CallCounter {
  count(route: string): void;
  snapshot(): Readonly<Record<string, number>>;
  reset(): void;
}

/** A counter that starts at nothing. */
export function createCallCounter(): CallCounter {
  const calls = new Map<string, number>();
  return {
    count: (route) => void calls.set(route, (calls.get(route) ?? 0) + 1),
    snapshot: () => Object.fromEntries([...calls].sort(([left], [right]) => left.localeCompare(right))),
    reset: () => calls.clear(),
  };
}
