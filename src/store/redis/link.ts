import { isVigilError, VigilError } from '../../errors.js';
import type { StoreHealth } from '../store.js';
import type { StoreFault } from '../store-fault.js';
import type { Outage } from './outage.js';
import type { Session } from './session.js';
import type { Perform, Work } from './work.js';

export interface LinkOptions {
  readonly outage: Outage;
  readonly open: () => Promise<Session>;
  /** Before anything else is done in a session; says what an operator should go on seeing, or null. */
  readonly arrive: (session: Session) => string | null;
  /** Gives the server what was kept in memory; says what could not be kept, or null. */
  readonly writeBack: (session: Session) => Promise<string | null>;
  /** Work is done in this session from now on; or in none. */
  readonly changed: (session: Session | undefined) => void;
  /** Whether a silence may be this process's own: it stood still. */
  readonly stoodStill: () => boolean;
  readonly onFault: (fault: StoreFault) => void;
  readonly onRecovered: () => void;
  /** How long work waits for a connection that was lost before it goes on in memory. */
  readonly patienceMs: number;
  /** Longest pause between two tries. */
  readonly retryMs: number;
  readonly renewMs: number;
}

/** Where work is done: at the server, or in memory while there is none. */
export interface Link {
  readonly perform: Perform;
  /** Begins with a session, or without: then with the reason. */
  begin(start: Session | VigilError): Promise<void>;
  health(): StoreHealth;
  end(): Promise<void>;
}

interface Job {
  readonly work: Work<unknown>;
  readonly done: (value: unknown) => void;
  readonly failed: (error: unknown) => void;
  sent: boolean;
}

/** Work that waits for a connection; more goes on in memory at once. */
const maxWaiting = 10_000;
const firstRetryMs = 50;

const faultOf = (error: unknown): VigilError =>
  isVigilError(error) ? error : new VigilError('INTERNAL', 'it cannot be worked with', { cause: error });

export const createLink = (options: LinkOptions): Link => {
  const { outage, open, arrive, writeBack, changed, stoodStill, onFault, onRecovered, patienceMs, retryMs, renewMs } = options;
  /** What has not been answered yet, in the order of asking. */
  const jobs = new Set<Job>();
  let session: Session | undefined;
  /** Why work is done in memory. */
  let away: string | null = null;
  /** Reasons that this outage has had and that waiting does not mend, or not soon: each is told once. */
  const toldOf = new Set<string>();
  /** The server is back and is given what was kept: work waits until that is done. */
  let returning = false;
  let judged: StoreHealth = { durable: false, message: null };
  /** What has happened and stays worth saying. */
  let notice: string | null = null;
  let ended = false;
  let tries = 0;
  let opening: Promise<void> | undefined;
  let patience: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let renewal: NodeJS.Timeout | undefined;

  const inMemory = ({ work, done, failed, sent }: Job): void => {
    try {
      done(work.inMemory(outage, sent));
    } catch (error) {
      failed(error);
    }
  };
  const allInMemory = (): void => {
    const waiting = [...jobs];
    jobs.clear();
    for (const job of waiting) inMemory(job);
  };
  const send = (job: Job, to: Session): void => {
    const again = job.sent;
    job.sent = true;
    job.work.inRedis(to, again).then(
      (value) => {
        if (session === to && jobs.delete(job)) job.done(value);
      },
      (error: unknown) => {
        if (isVigilError(error)) lose(to, error);
        else if (jobs.delete(job)) job.failed(error);
      },
    );
  };

  const goAway = (fault: VigilError): void => {
    clearTimeout(patience);
    const isSaid = fault.code === 'INVALID_INPUT' || fault.code === 'REFUSED';
    const told = away !== null && (!isSaid || toldOf.has(fault.message));
    if (isSaid) toldOf.add(fault.message);
    away = `Redis cannot be used: ${fault.message.replace(/\.$/, '')}. Nothing that is written now survives a restart; serving goes on from memory, and Redis is tried again at least every ${retryMs} ms.`;
    if (!told) onFault({ kind: 'unwritable', message: away });
    if (!returning) allInMemory();
  };
  const tryAgain = (): void => {
    if (ended) return;
    clearTimeout(retry);
    const pause = Math.min(retryMs, firstRetryMs * 2 ** Math.min(tries, 16));
    tries += 1;
    retry = setTimeout(() => void reopen(), pause).unref();
  };
  const lose = (from: Session, fault: VigilError): void => {
    if (session !== from) return;
    session = undefined;
    from.close();
    changed(undefined);
    clearTimeout(renewal);
    tries = 0;
    // A connection that broke is likely to be mended at once. A server that is silent, or says no, has been waited for.
    const isOwnSilence = fault.code === 'TIMEOUT' && stoodStill();
    if ((fault.code === 'BACKEND_UNAVAILABLE' || isOwnSilence) && !ended) {
      clearTimeout(patience);
      patience = setTimeout(() => goAway(fault), patienceMs).unref();
    } else goAway(fault);
    tryAgain();
  };

  const judge = (health: StoreHealth, wasAway = false): void => {
    const before = judged;
    judged = health;
    if (health.message !== before.message && (!health.durable || health.message !== null))
      onFault({ kind: health.durable ? 'reservation' : 'not-persistent', message: health.message ?? '' });
    if (health.durable && (wasAway || (!before.durable && before.message !== null))) onRecovered();
  };
  const renew = (own: Session): void => {
    renewal = setTimeout(() => {
      own.renew().then(
        (health) => {
          if (session !== own) return;
          judge(health);
          renew(own);
        },
        (error: unknown) => lose(own, faultOf(error)),
      );
    }, renewMs).unref();
  };
  const take = async (fresh: Session): Promise<void> => {
    notice = arrive(fresh) ?? notice;
    const wasAway = away !== null;
    if (wasAway) {
      returning = true;
      const note = await writeBack(fresh).finally(() => {
        returning = false;
      });
      outage.clear();
      notice = note ?? notice;
      if (note !== null) onFault({ kind: 'lost', message: note });
    }
    clearTimeout(patience);
    away = null;
    toldOf.clear();
    tries = 0;
    session = fresh;
    void fresh.lost.then((fault) => lose(fresh, fault));
    renew(fresh);
    for (const job of jobs) send(job, fresh);
    changed(fresh);
    judge(fresh.health, wasAway);
  };
  const attempt = async (): Promise<void> => {
    const fresh = await open();
    try {
      await take(fresh);
    } catch (error) {
      fresh.close();
      throw error;
    }
  };
  const reopen = (): Promise<void> => {
    opening ??= attempt()
      .catch((error: unknown) => {
        const fault = faultOf(error);
        // A broken connection is still within its patience; what only the configuration mends is not worth waiting for.
        if (away !== null || (fault.code !== 'BACKEND_UNAVAILABLE' && fault.code !== 'TIMEOUT')) goAway(fault);
        tryAgain();
      })
      .finally(() => {
        opening = undefined;
      });
    return opening;
  };

  const perform: Perform = <T>(work: Work<T>) =>
    new Promise<T>((resolve, reject) => {
      // `done` is given what this very work returned.
      const job: Job = { work, done: (value) => resolve(value as T), failed: reject, sent: false };
      if (away !== null && !returning) {
        inMemory(job);
        return;
      }
      jobs.add(job);
      if (session !== undefined) send(job, session);
      else if (jobs.size > maxWaiting && !returning) goAway(new VigilError('BACKEND_UNAVAILABLE', 'the connection was lost'));
    });
  const notes = (message: string | null): string | null => [message, notice].filter((each) => each !== null).join(' ') || null;
  const forgotten = (): string => (outage.forgotten() > 0 ? ` ${outage.forgotten()} old entries were let go for lack of room.` : '');
  return {
    perform,
    begin: async (start) => {
      const fault = isVigilError(start) ? start : await take(start).then(() => undefined, faultOf);
      if (fault === undefined) return;
      goAway(fault);
      tryAgain();
    },
    health: () => (away === null ? { ...judged, message: notes(judged.message) } : { durable: false, message: `${away}${forgotten()}` }),
    end: async () => {
      ended = true;
      for (const timer of [retry, patience, renewal]) clearTimeout(timer);
      await opening;
      // Once more: what is still kept in memory goes with the process.
      if (session === undefined) await attempt().catch((error: unknown) => goAway(faultOf(error)));
      // What was asked for before it is answered before it.
      await perform({ inRedis: (own) => own.run('get', [own.keys.values], ''), inMemory: () => null });
      const last = session;
      session = undefined;
      changed(undefined);
      for (const timer of [retry, patience, renewal]) clearTimeout(timer);
      await last?.end();
    },
  };
};
