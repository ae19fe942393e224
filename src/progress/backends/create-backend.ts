import {
  type Action,
  type Backend,
  type BackendHealth,
  type BackendObserver,
  type BackendProfile,
  type Backends,
  type CallOptions,
  type Connection,
  formatId,
  type Instant,
  type VendorAdapter,
  type VendorModule,
} from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import type { Store } from '../../store/store.js';
import { type ArchiveLimits, createArchive, type JobArchive, type LostResult } from '../results/archive.js';
import type { ByteBudget } from '../results/byte-budget.js';
import { createHealthRecord, type HealthRecord } from './health-record.js';
import { profileText } from './profile-text.js';

/** What the run time of one backend is made from. */
export interface BackendOptions {
  readonly connection: Connection;
  readonly module: VendorModule;
  readonly now?: () => Instant;
  /** Told as well: metrics and logs. */
  readonly observer?: BackendObserver;
  /** Health or profile changed in a way that clients see. */
  readonly changed: (backend: Backend) => void;
  /** Where and how results are kept that the product hands over once. Absent: they are left where they are. */
  readonly archive?: ArchiveKeeping;
}

/** What the archive of a backend is kept with. */
export interface ArchiveKeeping {
  readonly store: Store;
  readonly limits?: ArchiveLimits;
  /** One for all backends. */
  readonly budget: ByteBudget;
  /** Told once of each result that is lost. */
  readonly lost: (backendKey: string, result: LostResult) => void;
  /** For the log: a fault of the gateway itself, or of its store. */
  readonly fault: (message: string, cause: unknown) => void;
}

/** The part of other instances in what is shown of a backend. */
export interface Overseer {
  /** Whether another instance asks it for all of them: then that one's word counts. */
  isElsewhere(): boolean;
  /** This one has found out something that may be news; `own`: how the backend is, as far as this one has asked. */
  found(own: BackendHealth): void;
  /** It has answered this one. */
  answered(): void;
}

/** A backend whose profile can be learnt and whose connections can be closed. */
export interface ManagedBackend extends Backend {
  readonly connection: Connection;
  /** Present where the product hands results over once. */
  readonly archive?: JobArchive;
  /** Learns version and capabilities now; failures end up in `health()`. Never throws. */
  learn(): Promise<void>;
  /** The same, unless that was tried less than so long ago. */
  learnIfOlder(maxAgeMs: number): Promise<void>;
  /** From now on others have a say. */
  oversee(overseer: Overseer): void;
  /** What another instance says. Its word on health counts as long as it asks the backend, and until this one has asked itself. */
  hear(said: { readonly health?: BackendHealth; readonly profile?: BackendProfile }): void;
  dispose(): Promise<void>;
}

/** How often a profile that could not be learnt (refused credentials) is asked for again, at most. */
const relearnMs = 2_000;

/**
 * What a status does not tell: an answer that is none of this product's, where something else is at the end of the connection; or credentials that a product
 * refuses with a status of its own (SymetryML: 400 for a date or a digest it does not take).
 */
const tellsMore = (error: unknown): error is VigilError => {
  if (!isVigilError(error) || error.facts.httpStatus === undefined) return false;
  return error.code === 'BACKEND_UNAVAILABLE' || (error.code === 'FORBIDDEN' && error.facts.httpStatus === 400);
};

/** The adapter, with what it cannot make sense of noted by member; `turned`: reads began to be refused as a whole, or are answered again. */
const judged = (adapter: VendorAdapter, health: HealthRecord, turned: () => void): VendorAdapter => {
  const refused = new Set<string>();
  const noting =
    <A extends readonly unknown[], R>(member: string, read: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      try {
        const answer = await read(...args);
        health.understood(member, null);
        if (refused.delete(member)) turned();
        return answer;
      } catch (error) {
        if (tellsMore(error)) health.understood(member, error);
        if (isVigilError(error) && error.code === 'REFUSED') {
          if (!refused.has(member)) turned();
          refused.add(member);
        }
        throw error;
      }
    };
  const { detectors } = adapter;
  return {
    ...adapter,
    listJobs: noting('listJobs', adapter.listJobs),
    discoverTasks: noting('discoverTasks', adapter.discoverTasks),
    ...(detectors ? { detectors: { ...detectors, list: noting('detectors.list', detectors.list) } } : {}),
  };
};

export const createBackend = ({
  connection,
  module,
  observer,
  changed,
  archive: keeping,
  now = Date.now,
}: BackendOptions): ManagedBackend => {
  let profile: BackendProfile | undefined;
  let learning: Promise<void> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ending = new AbortController();
  let overseer: Overseer | undefined;
  /** What another instance has said last. */
  let told: BackendHealth | undefined;
  let shown = '';

  const shownHealth = (): BackendHealth => {
    const own = health.current();
    return told ? { ...told, lastAnswerAt: Math.max(told.lastAnswerAt ?? 0, own.lastAnswerAt ?? 0) || null } : own;
  };
  const facesOf = (): string => {
    const { status, code, message } = shownHealth();
    return JSON.stringify([status, code, message, profileText(backend.profile())]);
  };
  const showNews = (): void => {
    const faces = facesOf();
    if (faces === shown) return;
    shown = faces;
    changed(backend);
  };
  const found = (): void => {
    if (!overseer) {
      changed(backend);
      return;
    }
    if (!overseer.isElsewhere()) told = undefined;
    showNews();
    overseer.found(health.current());
  };
  /** What is asked here shows how it is, when nobody else asks. */
  const judge = (): void => {
    if (overseer && told && !overseer.isElsewhere()) found();
  };
  const health = createHealthRecord(found, now);

  const watchful: BackendObserver = {
    answered: (answer) => {
      observer?.answered(answer);
      const outage = health.current().status === 'DOWN';
      if (answer.read) health.answered(answer.route, answer.status);
      else health.alive();
      judge();
      overseer?.answered();
      // The backend may have been upgraded while it was away.
      if (outage) void backend.learn();
      else if (profile === undefined) void backend.learnIfOlder(relearnMs);
    },
    failed: (error) => {
      observer?.failed(error);
      health.failed(error);
      judge();
    },
    noted: (level, message, facts) => observer?.noted(level, message, facts),
  };

  // What the backend says of itself has changed: whoever looks at its health must not be told the old reason until the next slow look.
  const vendors = judged(module.connect(connection, watchful), health, () => void backend.learn());

  const call: Backend['call'] = ({ signal, requestId, timeoutMs }): CallOptions => ({
    signal,
    requestId,
    deadlineAt: now() + (timeoutMs ?? connection.http.requestTimeoutMs),
    profile: backend.profile(),
  });

  const { results } = vendors;
  // Outside of what is judged: health is made from what the backend itself answers.
  const archive =
    results && keeping
      ? createArchive({
          backendKey: connection.key,
          vendor: module.vendor,
          adapter: { ...vendors, results },
          store: keeping.store,
          consume: connection.consume ?? 'own',
          limits: keeping.limits ?? {},
          budget: keeping.budget,
          call: (requestId, signal) => call({ signal, requestId }),
          noted: (level, message, facts) => watchful.noted(level, message, { backend: connection.key, ...facts }),
          lost: (result) => keeping.lost(connection.key, result),
          fault: keeping.fault,
          now,
        })
      : undefined;
  const adapter = archive?.adapter ?? vendors;
  const capabilitiesOf = (version: string | null): readonly Action[] => {
    const capabilities = module.capabilitiesOf(version);
    return archive ? archive.capabilities(capabilities) : capabilities;
  };

  const backend: ManagedBackend = {
    id: formatId('backend', connection.key),
    key: connection.key,
    vendor: module.vendor,
    readOnly: connection.readOnly,
    connection,
    adapter,
    ...(archive ? { archive, results: archive.results } : {}),
    profile: () =>
      profile ?? { version: connection.version ?? null, capabilities: capabilitiesOf(connection.version ?? null), notice: null },
    health: shownHealth,
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
          const news = profile?.version !== learnt.version || profile?.capabilities.join() !== learnt.capabilities.join();
          profile = learnt;
          const isTold = turned && health.notice(learnt.notice);
          if (overseer ? news || turned : !isTold && (news || turned)) found();
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
    oversee: (by) => {
      overseer = by;
      shown = facesOf();
    },
    hear: (said) => {
      if (said.health) told = said.health;
      if (said.profile) {
        const turned = profile?.notice !== said.profile.notice;
        profile = said.profile;
        if (turned) health.notice(profile.notice);
      }
      showNews();
    },
    dispose: async () => {
      ending.abort();
      await learning;
      await archive?.dispose();
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
