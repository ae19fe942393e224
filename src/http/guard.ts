import type { Breaker, FailureReason, Refusal } from './breaker.js';

/** The breaker let no call begin. */
export type Refused = { readonly kind: 'refused' } & Refusal;
/** Nobody waits any more. `sent`: bytes of the request may have reached the backend. */
export interface Abandoned {
  readonly kind: 'abandoned';
  readonly sent: boolean;
}

/** Until the trial is over, its time is up, or nobody waits any more. */
const settled = (trial: Promise<void>, timeoutMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const go = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = setTimeout(go, timeoutMs);
    signal.addEventListener('abort', go);
    trial.then(go, go);
  });

/**
 * Sends once, if the breaker lets it, and tells the breaker what came of it. `failed`: why an outcome counts as a failure; undefined when it does not.
 * `signal` is aborted with a GivenUp as its reason. Rejects with what `send` rejects with, and with nothing else.
 */
export const guarded = async <T extends { readonly kind: string }>(
  send: () => Promise<T>,
  signal: AbortSignal,
  breaker: Breaker,
  failed: (outcome: T) => FailureReason | undefined,
): Promise<T | Refused | Abandoned> => {
  let pass = breaker.enter();
  // A page asks several things at once: all but one of them would be refused by a backend that is just back.
  while ('trial' in pass && pass.trial !== undefined) {
    await settled(pass.trial, pass.retryAfterMs, signal);
    if (signal.aborted) return { kind: 'abandoned', sent: false };
    pass = breaker.enter();
  }
  if ('retryAfterMs' in pass) return { kind: 'refused', ...pass };
  const leave = pass;
  const outcome = await send().catch((error: unknown) => {
    leave.abandoned();
    throw error;
  });
  const reason = outcome.kind === 'abandoned' && signal.reason !== 'deadline' ? 'abandoned' : failed(outcome);
  if (reason === 'abandoned') leave.abandoned();
  else if (reason === undefined) leave.succeeded();
  else leave.failed(reason);
  return outcome;
};
