import { createHash } from 'node:crypto';
import type { Instant } from '../../domain/index.js';
import { type ErrorCode, type ErrorFacts, VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';

/** What a verb came to for one object: enough to answer a repeat. */
export interface RememberedOutcome {
  /** Global id of what it was sent to, as given. */
  readonly target: string;
  readonly taskId: string | null;
  readonly errors: readonly { readonly code: ErrorCode; readonly message: string; readonly facts: ErrorFacts }[];
}

/** Keeps what a verb came to, without what must not be kept: the cause. */
export const remember = (
  target: string,
  sent: { readonly taskId: string | null; readonly errors: readonly VigilError[] },
): RememberedOutcome => ({
  target,
  taskId: sent.taskId,
  errors: sent.errors.map(({ code, message, facts }) => ({ code, message, facts })),
});

/** The errors as they were thrown. */
export const recall = (errors: RememberedOutcome['errors']): readonly VigilError[] =>
  errors.map((error) => new VigilError(error.code, error.message, error.facts));

/** The error, pointing at its place in the input unless it does already. */
export const withPath = (error: VigilError, path: readonly string[]): VigilError =>
  error.facts.path ? error : new VigilError(error.code, error.message, { ...error.facts, path, cause: error });

interface Remembered {
  readonly fingerprint: string;
  readonly at: Instant;
  /** Absent while the first request is being answered, or when the gateway was killed in the middle of it. */
  readonly outcomes?: readonly RememberedOutcome[];
}

/** Makes a repeat of a mutation return the first outcome, also after a restart. */
export interface Idempotency {
  /** Runs the work unless this key has been seen. The same key with another request is INVALID_INPUT. */
  once(key: string | undefined, request: unknown, work: () => Promise<readonly RememberedOutcome[]>): Promise<readonly RememberedOutcome[]>;
  /** Finds the keys of an earlier run again, so that they count. */
  load(): Promise<void>;
  /** Drops keys older than the retention. */
  prune(): Promise<void>;
}

const prefix = 'idempotency/';
const retentionMs = 24 * 3_600_000;
const page = 50;
/** Keys remembered at most; the oldest go first. */
const maxKeys = 5_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const isOutcome = (value: unknown): boolean => isRecord(value) && typeof value.target === 'string' && Array.isArray(value.errors);

/** Undefined for what cannot be read: a damaged value, or one of another version's making, must neither stop the start nor pass for an outcome. */
const parse = (value: string | undefined): Remembered | undefined => {
  try {
    const kept: unknown = value === undefined ? undefined : JSON.parse(value);
    if (!isRecord(kept) || typeof kept.fingerprint !== 'string' || typeof kept.at !== 'number') return undefined;
    const { fingerprint, at, outcomes } = kept;
    return Array.isArray(outcomes) && outcomes.every(isOutcome) ? { fingerprint, at, outcomes } : { fingerprint, at };
  } catch {
    return undefined;
  }
};

export const createIdempotency = (store: Store, now: () => Instant = Date.now): Idempotency => {
  /** When each key that is kept was first seen, oldest first. */
  const seen = new Map<string, Instant>();
  const running = new Map<string, { readonly fingerprint: string; readonly outcomes: Promise<readonly RememberedOutcome[]> }>();

  const forget = async (key: string): Promise<void> => {
    seen.delete(key);
    await store.delete(prefix + key);
  };

  const checked = (key: string, known: { readonly fingerprint: string }, fingerprint: string): void => {
    if (known.fingerprint === fingerprint) return;
    throw new VigilError(
      'INVALID_INPUT',
      `idempotencyKey ${key} belongs to another request. Make a new UUID for each mutation that is not a repeat.`,
      {
        path: ['input', 'idempotencyKey'],
      },
    );
  };

  const first = async (
    key: string,
    fingerprint: string,
    work: () => Promise<readonly RememberedOutcome[]>,
  ): Promise<readonly RememberedOutcome[]> => {
    const intent: Remembered = { fingerprint, at: now() };
    if (await store.putIfAbsent(prefix + key, JSON.stringify(intent))) {
      seen.set(key, intent.at);
      for (const oldest of [...seen.keys()].slice(0, seen.size - maxKeys)) await forget(oldest);
      const outcomes = await work();
      await store.put(prefix + key, JSON.stringify({ ...intent, outcomes }));
      return outcomes;
    }
    const known = parse(await store.get(prefix + key));
    if (known) checked(key, known, fingerprint);
    if (known?.outcomes) return known.outcomes;
    throw new VigilError(
      'CONFLICT',
      'The first request with this idempotencyKey was interrupted: look at the jobs and their tasks before asking again with a new key.',
      {
        outcomeUnknown: true,
        path: ['input', 'idempotencyKey'],
      },
    );
  };

  return {
    once: async (key, request, work) => {
      if (key === undefined) return work();
      const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
      const other = running.get(key);
      if (other) {
        checked(key, other, fingerprint);
        return other.outcomes;
      }
      const outcomes = first(key, fingerprint, work);
      running.set(key, { fingerprint, outcomes });
      try {
        return await outcomes;
      } finally {
        running.delete(key);
      }
    },
    load: async () => {
      const found: [string, Instant][] = [];
      let after: string | undefined;
      for (;;) {
        const entries = await store.list(prefix, { limit: page, ...(after === undefined ? {} : { after }) });
        for (const { key, value } of entries) found.push([key.slice(prefix.length), parse(value)?.at ?? now()]);
        after = entries.at(-1)?.key;
        if (entries.length < page) break;
      }
      for (const [key, at] of found.sort(([, left], [, right]) => left - right)) seen.set(key, at);
    },
    prune: async () => {
      const oldest = now() - retentionMs;
      for (const [key, at] of seen) if (at < oldest) await forget(key);
    },
  };
};
