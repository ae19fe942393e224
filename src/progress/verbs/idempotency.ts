import { createHash } from 'node:crypto';
import type { Instant } from '../../domain/index.js';
import { type ErrorCode, type ErrorFacts, errorCodes, VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import { createLoneInstance, type Instances } from '../instances/instances.js';

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
  /** The instance that answers the first request; absent: none does. */
  readonly owner?: string;
  /** Absent while the first request is being answered, or when its instance was killed in the middle of it. */
  readonly outcomes?: readonly RememberedOutcome[];
}

/** What a first request does. `owner`: this instance, by the name under which it took that on. */
type Work = (owner: string) => Promise<readonly RememberedOutcome[]>;

/** Makes a repeat of a mutation return the first outcome, also after a restart and at another instance. */
export interface Idempotency {
  /**
   * Runs the work unless this key has been seen. The same key with another request is INVALID_INPUT. While another instance answers the first request its
   * outcome is waited for, as long as that instance lives: for half a minute, or for `waitMs` if that is longer.
   */
  once(key: string, request: unknown, work: Work, waitMs?: number): Promise<readonly RememberedOutcome[]>;
  /** Finds the keys of an earlier run, or of other instances, so that they count. */
  load(): Promise<void>;
  /** Drops keys older than the retention, and the oldest beyond the bound. */
  prune(): Promise<void>;
  /** Nobody is let wait for another instance any more: the gateway is stopping. */
  release(): void;
}

const prefix = 'idempotency/';
const retentionMs = 24 * 3_600_000;
const page = 50;
/** Keys remembered at most; the oldest go first. */
const maxKeys = 5_000;
/** How often the store is asked whether another instance has answered the first request, and for how long at least. */
const lookEveryMs = 100;
const patienceMs = 30_000;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;

const codes: ReadonlySet<unknown> = new Set(errorCodes);

const isError = (value: unknown): boolean =>
  isRecord(value) && codes.has(value.code) && typeof value.message === 'string' && isRecord(value.facts);

const isOutcome = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value.target === 'string' &&
  (value.taskId === null || typeof value.taskId === 'string') &&
  Array.isArray(value.errors) &&
  value.errors.every(isError);

/** Undefined for what cannot be read: a damaged value, or one of another version's making, must neither stop the start nor pass for an outcome. */
const parse = (value: string | undefined): Remembered | undefined => {
  try {
    const kept: unknown = value === undefined ? undefined : JSON.parse(value);
    if (!isRecord(kept) || typeof kept.fingerprint !== 'string' || typeof kept.at !== 'number') return undefined;
    const { fingerprint, at, owner, outcomes } = kept;
    const intent = { fingerprint, at, ...(typeof owner === 'string' ? { owner } : {}) };
    return Array.isArray(outcomes) && outcomes.every(isOutcome) ? { ...intent, outcomes } : intent;
  } catch {
    return undefined;
  }
};

const conflict = (message: string): VigilError =>
  new VigilError('CONFLICT', message, { outcomeUnknown: true, path: ['input', 'idempotencyKey'] });

const interrupted = (): VigilError =>
  conflict(
    'The first request with this idempotencyKey was interrupted: look at the jobs and their tasks before asking again with a new key.',
  );

const stillAnswered = (): VigilError =>
  conflict(
    'The first request with this idempotencyKey is still being answered by another instance of the gateway: ask again with the same key.',
  );

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

/** Ends with the signal, too. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    signal.addEventListener('abort', finish);
  });

export const createIdempotency = (
  store: Store,
  now: () => Instant = Date.now,
  instances: Pick<Instances, 'self' | 'isGone'> = createLoneInstance(''),
): Idempotency => {
  /** When each key that is kept was first seen, oldest first. */
  const seen = new Map<string, Instant>();
  const running = new Map<string, { readonly fingerprint: string; readonly outcomes: Promise<readonly RememberedOutcome[]> }>();
  const stopping = new AbortController();

  const forget = async (key: string): Promise<void> => {
    seen.delete(key);
    await store.delete(prefix + key);
  };

  const shrink = async (): Promise<void> => {
    for (const oldest of [...seen.keys()].slice(0, Math.max(0, seen.size - maxKeys))) await forget(oldest);
  };

  const run = async (key: string, intent: Remembered & { readonly owner: string }, work: Work): Promise<readonly RememberedOutcome[]> => {
    seen.set(key, intent.at);
    await shrink();
    try {
      const outcomes = await work(intent.owner);
      await store.put(prefix + key, JSON.stringify({ ...intent, outcomes }));
      return outcomes;
    } catch (error) {
      // Nobody answers it any more, and nobody has to wait to learn that.
      const { fingerprint, at } = intent;
      await store.put(prefix + key, JSON.stringify({ fingerprint, at }));
      throw error;
    }
  };

  /** What another instance has come to, or this one before; undefined: it is still at it, or the key is free. */
  const outcomeOf = (key: string, text: string, fingerprint: string): readonly RememberedOutcome[] | undefined => {
    const known = parse(text);
    if (known) checked(key, known, fingerprint);
    if (known?.outcomes) return known.outcomes;
    const owner = known?.owner;
    if (owner === undefined || owner === instances.self || instances.isGone(owner)) throw interrupted();
    return undefined;
  };

  const first = async (key: string, fingerprint: string, work: Work, waitMs: number): Promise<readonly RememberedOutcome[]> => {
    for (const until = now() + waitMs; ; ) {
      const intent = { fingerprint, at: now(), owner: instances.self };
      if (await store.putIfAbsent(prefix + key, JSON.stringify(intent))) return run(key, intent, work);
      const text = await store.get(prefix + key);
      const outcomes = text === undefined ? undefined : outcomeOf(key, text, fingerprint);
      if (outcomes) return outcomes;
      if (now() >= until || stopping.signal.aborted) throw stillAnswered();
      await pause(lookEveryMs, stopping.signal);
    }
  };

  const find = async (): Promise<readonly (readonly [string, Instant])[]> => {
    const found: [string, Instant][] = [];
    for (let after: string | undefined; ; ) {
      const entries = await store.list(prefix, { limit: page, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of entries) found.push([key.slice(prefix.length), parse(value)?.at ?? now()]);
      after = entries.at(-1)?.key;
      if (entries.length < page) return found;
    }
  };
  const load = async (): Promise<void> => {
    const found = [...(await find()), ...seen].sort(([, left], [, right]) => left - right);
    seen.clear();
    for (const [key, at] of found) seen.set(key, at);
  };

  return {
    once: async (key, request, work, waitMs = 0) => {
      const fingerprint = createHash('sha256').update(JSON.stringify(request)).digest('base64url');
      const other = running.get(key);
      if (other) {
        checked(key, other, fingerprint);
        return other.outcomes;
      }
      const outcomes = first(key, fingerprint, work, Math.max(waitMs, patienceMs));
      running.set(key, { fingerprint, outcomes });
      try {
        return await outcomes;
      } finally {
        running.delete(key);
      }
    },
    load,
    prune: async () => {
      // Those of instances that are dead are nobody's else.
      if (store.shared) await load();
      const oldest = now() - retentionMs;
      for (const [key, at] of seen) if (at < oldest) await forget(key);
      await shrink();
    },
    release: () => stopping.abort(),
  };
};
