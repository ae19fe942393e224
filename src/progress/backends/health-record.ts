import type { BackendHealth, Instant } from '../../domain/index.js';
import { type ErrorCode, VigilError } from '../../errors.js';

/** How one backend is doing, from what it answers and what it does not. */
export interface HealthRecord {
  /** A complete answer to a read came: its status says how the backend is. */
  answered(route: string, status: number): void;
  /** A complete answer to a write came: it may be refused for good reasons, so it only shows that the backend is there. */
  alive(): void;
  /** No usable answer came. */
  failed(error: VigilError): void;
  /** What the adapter made of a member's answers: null when it understood them, else why it could not. */
  understood(member: string, trouble: VigilError | null): void;
  /** Why the backend takes no verbs just now; null when it does. Returns whether `changed` was called for it. */
  notice(notice: string | null): boolean;
  current(): BackendHealth;
}

/**
 * What is shown of several. Words of the adapter say more than a status. Who answers that he is switched off or being upgraded may do so with a 5xx on every
 * route: the reason outranks that, but not an answer that is none of this product's, nor credentials that are not accepted.
 */
const gravityOf = { privilege: 0, overload: 1, fault: 2, notice: 3, strange: 4, credentials: 5 } as const;

/** Consecutive failures after which a backend counts as down, not merely degraded. */
const failuresUntilDown = 3;

interface Trouble {
  readonly code: ErrorCode;
  readonly message: string;
  /** The gravest is shown. */
  readonly gravity: number;
  readonly at: Instant;
  /** Answers there had been then. */
  readonly answers: number;
}

/**
 * A trouble not met again for so long, and over so many other answers, is over: its route may never be asked again. Both, because a loop at its slowest asks
 * every route again only after half a minute, with a few others between.
 */
const troubleLastsMs = 10_000;
const troubleLastsAnswers = 20;

/**
 * A call that is not even let through, because others have failed, tells of the same failure: its words are those of the other with a countdown after them.
 * Who watches is told once, not again with every second that is left.
 */
const isSameFailure = (known: VigilError, next: VigilError): boolean =>
  known.code === next.code && (known.message.startsWith(next.message) || next.message.startsWith(known.message));
const calmer = (known: VigilError, next: VigilError): VigilError =>
  new VigilError(next.code, known.message.length < next.message.length ? known.message : next.message, next.facts);

const troubleOf = (status: number): Omit<Trouble, 'at' | 'answers'> | null => {
  if (status === 401)
    return {
      code: 'FORBIDDEN',
      message: "The backend answers, but does not accept the gateway's credentials.",
      gravity: gravityOf.credentials,
    };
  if (status === 403)
    return {
      code: 'FORBIDDEN',
      message: "The backend answers, but the gateway's credentials lack a privilege for a part of what it reads.",
      gravity: gravityOf.privilege,
    };
  if (status === 429)
    return { code: 'BACKEND_UNAVAILABLE', message: 'The backend answers that it is overloaded.', gravity: gravityOf.overload };
  if (status >= 500)
    return { code: 'BACKEND_UNAVAILABLE', message: 'The backend answers with errors of its own.', gravity: gravityOf.fault };
  return null;
};

/** `changed` is called after every change that clients can see. */
export const createHealthRecord = (changed: () => void, now: () => Instant = Date.now): HealthRecord => {
  /** By route and by member: one that is well again says nothing about the others, so the status does not flap between them. */
  const troubles = new Map<string, Trouble>();
  let answers = 0;
  let failures = 0;
  let failure: VigilError | null = null;
  let lastAnswerAt: Instant | null = null;
  let refusal: string | null = null;
  let shown: BackendHealth = { status: 'UNKNOWN', since: now(), lastAnswerAt: null, code: null, message: null, retryAfterMs: null };

  const judge = (): Pick<BackendHealth, 'status' | 'code' | 'message' | 'retryAfterMs'> => {
    if (failure) {
      const { code, message, facts } = failure;
      return {
        status: failures >= failuresUntilDown || lastAnswerAt === null ? 'DOWN' : 'DEGRADED',
        code,
        message,
        retryAfterMs: facts.retryAfterMs ?? null,
      };
    }
    const met: readonly Pick<Trouble, 'code' | 'message' | 'gravity'>[] = [...troubles.values()].filter(
      ({ at, answers: then, message }) =>
        // What reads are refused for in the words of the notice is no second trouble.
        message !== refusal && (at > now() - troubleLastsMs || then > answers - troubleLastsAnswers),
    );
    const noticed =
      refusal !== null && lastAnswerAt !== null ? [{ code: 'REFUSED', message: refusal, gravity: gravityOf.notice } as const] : [];
    const [gravest] = [...met, ...noticed].sort((left, right) => right.gravity - left.gravity);
    if (gravest) return { status: 'DEGRADED', code: gravest.code, message: gravest.message, retryAfterMs: null };
    return { status: lastAnswerAt === null ? 'UNKNOWN' : 'UP', code: null, message: null, retryAfterMs: null };
  };

  const show = (): boolean => {
    const next = judge();
    const isNews = next.status !== shown.status || next.code !== shown.code || next.message !== shown.message;
    shown = { ...next, since: next.status === shown.status && next.code === shown.code ? shown.since : now(), lastAnswerAt };
    if (isNews) changed();
    return isNews;
  };

  const set = (key: string, trouble: Omit<Trouble, 'at' | 'answers'> | null): void => {
    if (trouble) troubles.set(key, { ...trouble, at: now(), answers });
    else troubles.delete(key);
  };

  const there = (): void => {
    answers += 1;
    failures = 0;
    failure = null;
    lastAnswerAt = now();
  };

  return {
    answered: (route, status) => {
      there();
      set(route, troubleOf(status));
      show();
    },
    alive: () => {
      there();
      show();
    },
    failed: (error) => {
      failures += 1;
      failure = failure && isSameFailure(failure, error) ? calmer(failure, error) : error;
      show();
    },
    understood: (member, trouble) => {
      set(member, trouble && { code: trouble.code, message: trouble.message, gravity: gravityOf.strange });
      show();
    },
    notice: (notice) => {
      refusal = notice;
      return show();
    },
    current: () => shown,
  };
};
