import { randomUUID } from 'node:crypto';
import type { Instant } from '../../domain/index.js';
import type { Store } from '../../store/store.js';
import { deleteBody } from './bodies.js';
import type { ByteBudget, KeptSize } from './byte-budget.js';
import { type JobRecord, nameOf, parseRecord } from './record.js';

/** What is kept of backends that the configuration does not name any more: one was removed, or has another name now. */
export interface Orphans {
  /**
   * Lets go of what is older than results are kept: the body, and all that is remembered of its job. What is younger counts among the results that take
   * room, and is there again when the backend is.
   */
  prune(): Promise<void>;
}

/** How to find them. */
export interface OrphanOptions {
  readonly store: Store;
  /** Keys of the backends whose results are kept. What is nobody's here is nobody's, unless another instance leads that backend. */
  readonly backendKeys: ReadonlySet<string>;
  readonly retentionMs: number;
  readonly budget: ByteBudget;
  /** Told once of each such backend. */
  readonly found: (orphaned: { readonly backend: string; readonly jobs: number; readonly bytes: number }) => void;
  readonly fault: (message: string, cause: unknown) => void;
  readonly now?: () => Instant;
}

const page = 500;
/** Who looks whether a lease is free takes it for a moment. */
const lookMs = 1_000;
const root = 'jobs/';
/** After all that begins with the same. */
const beyond = '\u{10ffff}';

interface Orphan extends KeptSize {
  readonly backendKey: string;
}

export const createOrphans = ({ store, backendKeys, retentionMs, budget, found, fault, now = Date.now }: OrphanOptions): Orphans => {
  const holder = randomUUID();
  let kept: readonly Orphan[] = [];
  const told = new Set<string>();
  budget.join(() => kept.filter(({ bytes }) => bytes > 0));

  /** Whether nobody leads it: while configurations are being changed, one instance may have a backend that this one lacks. */
  const isOrphaned = async (backendKey: string): Promise<boolean> => {
    if (!store.shared) return true;
    const lease = `leader/${backendKey}`;
    const free = await store.acquireLease(lease, holder, lookMs);
    if (free) await store.releaseLease(lease, holder);
    // While the store is away nobody is seen.
    return free !== undefined && store.health().durable;
  };

  const orphanOf = (backendKey: string, record: JobRecord): Orphan => {
    const { receivedAt, state, bytes } = record.result;
    const orphan: Orphan = {
      backendKey,
      receivedAt: receivedAt ?? record.end?.at ?? record.firstSeenAt,
      bytes: state === 'AVAILABLE' ? (bytes ?? 0) : 0,
      expire: async () => {
        if (!(await isOrphaned(backendKey))) return;
        // The record last: it is what leads to the body.
        await deleteBody(store, backendKey, record);
        await store.delete(`${root}${backendKey}/${nameOf(record)}`);
        kept = kept.filter((each) => each !== orphan);
      },
    };
    return orphan;
  };

  const orphansOf = async (backendKey: string): Promise<readonly Orphan[]> => {
    const orphans: Orphan[] = [];
    const prefix = `${root}${backendKey}/`;
    for (let after: string | undefined; ; ) {
      const rows = await store.list(prefix, { limit: page, ...(after === undefined ? {} : { after }) });
      for (const { key, value } of rows) {
        try {
          orphans.push(orphanOf(backendKey, parseRecord(value)));
        } catch (cause) {
          fault(`the kept job ${key} cannot be read`, cause);
        }
      }
      after = rows.at(-1)?.key;
      if (rows.length < page) return orphans;
    }
  };

  /** From one backend to the next, whatever is kept of each. */
  const findAll = async (): Promise<readonly Orphan[]> => {
    const all: Orphan[] = [];
    for (let after: string | undefined; ; ) {
      const [first] = await store.list(root, { limit: 1, ...(after === undefined ? {} : { after }) });
      if (!first) return all;
      const backendKey = first.key.slice(root.length).split('/', 1)[0] ?? '';
      after = `${root}${backendKey}/${beyond}`;
      if (!backendKeys.has(backendKey) && (await isOrphaned(backendKey))) all.push(...(await orphansOf(backendKey)));
    }
  };

  const tell = (): void => {
    for (const backend of new Set(kept.map(({ backendKey }) => backendKey))) {
      if (told.has(backend)) continue;
      told.add(backend);
      const own = kept.filter(({ backendKey }) => backendKey === backend);
      found({ backend, jobs: own.length, bytes: own.reduce((sum, { bytes }) => sum + bytes, 0) });
    }
  };

  return {
    prune: async () => {
      kept = await findAll();
      const oldest = now() - retentionMs;
      for (const orphan of kept) if (orphan.receivedAt < oldest) await orphan.expire();
      tell();
      await budget.prune();
    },
  };
};
