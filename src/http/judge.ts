import type { Instant } from '../domain/index.js';
import type { ErrorFacts, VigilError } from '../errors.js';
import { askedToWaitMs, type Outcome } from './attempts.js';
import type { FailureReason } from './breaker.js';
import type { Exchange } from './exchange.js';
import type { Failures } from './failures.js';
import type { HttpResponse } from './http-client.js';
import { type Parse, readAnswer } from './read-answer.js';
import type { GivenUp } from './shared-call.js';

/** What an outcome means for the caller. `size` is that of the body; `excerpt`: the beginning of an answer that was no use, for the log alone. */
export type Verdict =
  | { readonly response: HttpResponse; readonly size: number; readonly warnings: readonly string[] | undefined }
  | { readonly error: VigilError; readonly excerpt?: string };

export interface Circumstances {
  /** A write, whose effect is in doubt once it was sent. */
  readonly write: boolean;
  /** Why it was abandoned, if it was. */
  readonly why: GivenUp;
  readonly maxBytes: number;
  readonly now: Instant;
  readonly parse: Parse;
  /** The requests were signed: a refusal may quote what was signed, so no excerpt is taken of one. */
  readonly signed: boolean;
}

const excerptBytes = 200;

/** Why nobody waits any more, as an error. */
export const leave = (failures: Failures, why: GivenUp, more: ErrorFacts = {}): VigilError =>
  why === 'deadline' ? failures.late(more) : why === 'caller' ? failures.givenUp(more) : failures.closed(more);

export const judge = (failures: Failures, outcome: Outcome, { write, why, maxBytes, now, parse, signed }: Circumstances): Verdict => {
  const doubt = (outcomeUnknown: boolean): ErrorFacts => (write ? { outcomeUnknown } : {});
  switch (outcome.kind) {
    case 'refused':
      return { error: failures.open(outcome, doubt(false)) };
    case 'abandoned':
      return { error: leave(failures, why, doubt(outcome.sent)) };
    case 'broken':
      return {
        error: failures.broken(outcome.cause, {
          ...doubt(outcome.sent),
          ...(outcome.status === undefined ? {} : { httpStatus: outcome.status }),
        }),
      };
    case 'too-large':
      return { error: failures.tooLarge(maxBytes, { ...doubt(true), httpStatus: outcome.status }) };
    case 'answered': {
      const reading = readAnswer(outcome, parse);
      if (reading.usable) return { response: reading.response, size: outcome.body.length, warnings: outcome.headers.warning };
      const waitMs = askedToWaitMs(outcome, now);
      // Who refuses with a 4xx, in whatever form, has not carried it out.
      const refused = outcome.status >= 400 && outcome.status < 500;
      const facts = { ...doubt(!refused), httpStatus: outcome.status, ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }) };
      const error = failures.unusable(reading.what, facts);
      return signed && refused ? { error } : { error, excerpt: outcome.body.subarray(0, excerptBytes).toString('utf8') };
    }
  }
};

/** What made a call count as failed, in the words its caller got; a caller of an answer got the answer instead of words. */
export const describeFailure = (failures: Failures, outcome: Exchange, circumstances: Circumstances): FailureReason => {
  const verdict = judge(failures, outcome, circumstances);
  if ('error' in verdict) {
    const { httpStatus } = verdict.error.facts;
    return { message: verdict.error.message, ...(httpStatus === undefined ? {} : { httpStatus }) };
  }
  const { status } = verdict.response;
  return { message: failures.unusable(`answered ${status}.`, {}).message, httpStatus: status };
};
