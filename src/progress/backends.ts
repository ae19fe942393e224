import {
  type Backend,
  type BackendHealth,
  type BackendObserver,
  type BackendProfile,
  type Backends,
  type CallOptions,
  type Connection,
  formatId,
  type Instant,
  type VendorModule,
} from '../domain/index.js';
import { VigilError } from '../errors.js';

/** Consecutive failures after which a backend counts as down, not merely degraded. */
const failuresUntilDown = 3;

/** What the run time of one backend is made from. */
export interface BackendOptions {
  readonly connection: Connection;
  readonly module: VendorModule;
  readonly now?: () => Instant;
  /** Told as well: metrics and logs. */
  readonly observer?: BackendObserver;
  /** Health or profile changed in a way that clients see. */
  readonly changed: (backend: Backend) => void;
}

/** A backend whose profile can be learnt and whose connections can be closed. */
export interface ManagedBackend extends Backend {
  readonly connection: Connection;
  /** Learns version and capabilities now; failures end up in `health()`. Never throws. */
  learn(): Promise<void>;
  /** The same, unless that was tried less than so long ago. */
  learnIfOlder(maxAgeMs: number): Promise<void>;
  dispose(): Promise<void>;
}

const unknownHealth = (now: Instant): BackendHealth => ({
  status: 'UNKNOWN',
  since: now,
  lastAnswerAt: null,
  code: null,
  message: null,
  retryAfterMs: null,
});

/** A backend that answers but takes no verbs is not well, whatever its answers say; nor has it been since the notice came or went. */
const noticed = (health: BackendHealth, notice: string | null, noticedAt: Instant): BackendHealth => {
  if (health.status !== 'UP') return health;
  const since = Math.max(health.since, noticedAt);
  return notice === null ? { ...health, since } : { ...health, status: 'DEGRADED', since, code: 'REFUSED', message: notice };
};

export const createBackend = ({ connection, module, observer, changed, now = Date.now }: BackendOptions): ManagedBackend => {
  let health = unknownHealth(now());
  let failures = 0;
  let profile: BackendProfile | undefined;
  let learning: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  /** Since when the profile has said what it says of taking no verbs. */
  let noticedAt = now();
  const ending = new AbortController();

  const setHealth = (next: Omit<BackendHealth, 'since'>): void => {
    const sameStatus = next.status === health.status;
    const visible = !sameStatus || next.code !== health.code || next.message !== health.message;
    health = { ...next, since: sameStatus ? health.since : now() };
    if (visible) changed(backend);
  };

  const watchful: BackendObserver = {
    answered: (answer) => {
      observer?.answered(answer);
      const outage = health.status === 'DOWN';
      failures = 0;
      setHealth({ status: 'UP', lastAnswerAt: now(), code: null, message: null, retryAfterMs: null });
      // The backend may have been upgraded while it was away.
      if (outage || profile === undefined) void backend.learn();
    },
    failed: (error) => {
      observer?.failed(error);
      failures += 1;
      setHealth({
        status: failures >= failuresUntilDown || health.lastAnswerAt === null ? 'DOWN' : 'DEGRADED',
        lastAnswerAt: health.lastAnswerAt,
        code: error.code,
        message: error.message,
        retryAfterMs: error.facts.retryAfterMs ?? null,
      });
    },
    noted: (level, message, facts) => observer?.noted(level, message, facts),
  };

  const adapter = module.connect(connection, watchful);

  const call: Backend['call'] = ({ signal, requestId, timeoutMs }): CallOptions => ({
    signal,
    requestId,
    deadlineAt: now() + (timeoutMs ?? connection.http.requestTimeoutMs),
    profile: backend.profile(),
  });

  const backend: ManagedBackend = {
    id: formatId('backend', connection.key),
    key: connection.key,
    vendor: module.vendor,
    readOnly: connection.readOnly,
    connection,
    adapter,
    profile: () =>
      profile ?? { version: connection.version ?? null, capabilities: module.capabilitiesOf(connection.version ?? null), notice: null },
    health: () => noticed(health, profile?.notice ?? null, noticedAt),
    call,
    learnIfOlder: async (maxAgeMs) => {
      if (now() - askedAt >= maxAgeMs) await backend.learn();
    },
    learn: () => {
      if (!learning) askedAt = now();
      learning ??= adapter
        .learnProfile(call({ signal: ending.signal, requestId: 'profile' }))
        .then((learnt) => {
          const turned = (profile?.notice ?? null) !== learnt.notice;
          if (turned) noticedAt = now();
          const news = turned || profile?.version !== learnt.version || profile?.capabilities.join() !== learnt.capabilities.join();
          profile = learnt;
          if (news) changed(backend);
        })
        .catch((error: unknown) => {
          watchful.noted('warn', 'the version could not be learnt', {
            backend: connection.key,
            code: error instanceof VigilError ? error.code : 'INTERNAL',
          });
        })
        .finally(() => {
          learning = undefined;
        });
      return learning;
    },
    dispose: async () => {
      ending.abort();
      await learning;
      await adapter.dispose();
    },
  };
  return backend;
};

/** All configured backends, by key. */
export const createBackends = (all: readonly ManagedBackend[]): Omit<Backends, 'all'> & { readonly all: readonly ManagedBackend[] } => ({
  all,
  get: (key) => {
    const found = all.find((backend) => backend.key === key);
    if (found) return found;
    throw new VigilError(
      'NOT_FOUND',
      `There is no backend "${key}". Configured are: ${all.map((backend) => backend.key).join(', ') || 'none'}.`,
    );
  },
});
