import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../domain/index.js';
import type { Breaker, FailureReason } from './breaker.js';
import type { Exchange } from './exchange.js';
import { isCertificateFault, isOurFault } from './failures.js';
import { guarded, type Refused } from './guard.js';
import { isSpoken, type Parse } from './read-answer.js';
import type { RetryBudget } from './retry-budget.js';
import { backoffMs, retryAfterMs } from './retry-wait.js';
import type { Waited } from './shared-call.js';

/** What came of a call: the exchange that counts, or that the breaker let none begin. */
export type Outcome = Exchange | Refused;

export interface AttemptTools {
  readonly breaker: Breaker;
  readonly budget: RetryBudget;
  /** 0 for what must not be sent twice. */
  readonly maxRetries: number;
  readonly now: () => Instant;
  readonly random: () => number;
  /** Reads the product's JSON. */
  readonly parse: Parse;
  /** Says why an outcome counts as a failure. */
  readonly describe: (outcome: Exchange) => FailureReason;
  /** Told before each wait. */
  readonly onRetry: (retry: {
    readonly attempt: number;
    readonly waitMs: number;
    readonly status?: number;
    readonly cause?: Error;
  }) => void;
}

const retried: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/** A 500 that speaks the product's language is its answer to this request, like any refusal: OpenSearch Anomaly Detection answers bad input so (2.11 to 3.4). */
const isFailure = (outcome: Exchange, parse: Parse): boolean => {
  if (outcome.kind === 'broken') return !isOurFault(outcome.cause);
  if (outcome.kind !== 'answered') return false;
  return outcome.status === 500 ? !isSpoken(outcome, parse) : outcome.status > 500 || outcome.status === 429;
};

const mayRetry = (outcome: Exchange): boolean =>
  outcome.kind === 'broken'
    ? !isOurFault(outcome.cause) && !isCertificateFault(outcome.cause)
    : outcome.kind === 'answered' && retried.has(outcome.status);

/** How long the backend asked to be left alone. */
export const askedToWaitMs = (outcome: Exchange, now: Instant): number | undefined =>
  outcome.kind === 'answered' ? retryAfterMs(outcome.headers['retry-after']?.[0], now) : undefined;

const reasonOf = (outcome: Exchange): { readonly status?: number; readonly cause?: Error } =>
  outcome.kind === 'answered' ? { status: outcome.status } : outcome.kind === 'broken' ? { cause: outcome.cause } : {};

/** Sends a request until it is answered for good, retries are used up, or nobody waits any more. Rejects only with what `send` rejects with. */
export const attempt = async (send: () => Promise<Exchange>, waited: Waited, tools: AttemptTools): Promise<Outcome> => {
  const { breaker, budget, maxRetries, now, random, parse } = tools;

  const failed = (outcome: Exchange): FailureReason | undefined =>
    outcome.kind === 'abandoned' || isFailure(outcome, parse) ? tools.describe(outcome) : undefined;
  const once = (): Promise<Outcome> => guarded(send, waited.signal, breaker, failed);

  let outcome = await once();
  budget.earn();
  for (let count = 0; count < maxRetries; count += 1) {
    if (outcome.kind === 'refused' || !mayRetry(outcome)) break;
    const waitMs = Math.max(backoffMs(count, random), askedToWaitMs(outcome, now()) ?? 0);
    if (now() + waitMs >= waited.deadlineAt() || !budget.spend()) break;
    tools.onRetry({ attempt: count + 1, waitMs, ...reasonOf(outcome) });
    const slept = await sleep(waitMs, true, { signal: waited.signal }).catch(() => false);
    if (!slept) return { kind: 'abandoned', sent: true };
    const next = await once();
    // The breaker opened meanwhile: what the backend said last tells more than that it is left alone.
    if (next.kind === 'refused') break;
    outcome = next;
  }
  return outcome;
};
