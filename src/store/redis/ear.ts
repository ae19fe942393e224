import { isVigilError, VigilError } from '../../errors.js';
import type { Store } from '../store.js';
import type { Connection, Reply } from './connection.js';
import type { SessionKeys } from './session.js';
import { type Found, numberOf } from './streams.js';

/** Hears what other gateways add to streams. What is in the streams is the truth: whoever is told goes and reads. */
export interface Ear extends Pick<Store, 'listen'> {
  /** Where the streams are from now on; undefined while they cannot be reached. Whoever listens is told. */
  follow(keys: SessionKeys | undefined): void;
  /** Why it hears late, fit to be shown to an operator; null: it does not. */
  trouble(): string | null;
  /** Idempotent. */
  dispose(): void;
}

export interface EarOptions {
  /** A connection of its own, for it is silent for up to so long. */
  readonly open: (silenceMs: number) => Promise<Connection>;
  /** What this gateway itself adds is not told. */
  readonly isOwn: (id: string) => boolean;
  /** Told once, with `trouble()`, when it has failed to hear for a while. */
  readonly troubled: (message: string) => void;
}

/** So long an answer is waited for. It is the rhythm of asking while nothing is added. */
const silenceMs = 2_000;
/** A few at a time: their values come along. */
const entriesAtOnce = 10;
const firstRetryMs = 50;
/** While it cannot hear, those who listen are told so often that there may be something. */
const retryMs = 1_000;
/** A server that goes away breaks the ear first: only what lasts is the ear's own trouble. */
const failuresToTell = 5;

/** How far each stream is. */
const headsOf = async (connection: Connection, keys: SessionKeys, streams: readonly string[]): Promise<number[]> => {
  const heads = (await connection.call('HMGET', keys.heads, ...streams)) as readonly Reply[];
  return heads.map((head) => (head === null ? 0 : numberOf(head)));
};

export const createEar = ({ open, isOwn, troubled }: EarOptions): Ear => {
  const listeners = new Map<string, Set<() => void>>();
  let place: SessionKeys | undefined;
  /** Ends what is under way. */
  let stop = (): void => undefined;
  let trouble: VigilError | undefined;

  const tell = (streams: Iterable<string>): void => {
    for (const stream of streams) for (const listener of [...(listeners.get(stream) ?? [])]) listener();
  };

  const describe = (): string | null =>
    trouble && place
      ? `Redis does not tell this gateway what others write, so it looks once a second: ${trouble.message.replace(/\.$/, '')}.`
      : null;

  /** Until the connection fails, which is what it rejects with. `answered`: it can be listened on; false when that is enough. */
  const hear = async (connection: Connection, keys: SessionKeys, streams: readonly string[], answered: () => boolean): Promise<void> => {
    const heard = await headsOf(connection, keys, streams);
    tell(streams);
    const names = streams.map((stream) => keys.stream(stream));
    for (let goesOn = true; goesOn; ) {
      const places = heard.map((number) => `${number}-0`);
      const found = await connection.call('XREAD', 'COUNT', entriesAtOnce, 'BLOCK', silenceMs, 'STREAMS', ...names, ...places);
      goesOn = answered();
      for (const [name, entries] of (found ?? []) as readonly (readonly [name: Buffer, entries: readonly Found[]])[]) {
        const index = names.indexOf(name.toString('utf8'));
        heard[index] = numberOf(entries.at(-1)?.[0]);
        if (entries.every(([, fields]) => isOwn(fields[5]?.toString('utf8') ?? ''))) continue;
        tell(streams.slice(index, index + 1));
      }
    }
  };

  const begin = (): void => {
    stop();
    const keys = place;
    const streams = [...listeners.keys()];
    if (keys === undefined || streams.length === 0) return;
    let connection: Connection | undefined;
    let retry: NodeJS.Timeout | undefined;
    let failures = 0;
    let over = false;
    stop = () => {
      over = true;
      clearTimeout(retry);
      connection?.close();
    };
    const attempt = async (): Promise<void> => {
      try {
        connection = await open(silenceMs);
        if (over) return connection.close();
        await hear(connection, keys, streams, () => {
          if (over) return false;
          failures = 0;
          trouble = undefined;
          return true;
        });
      } catch (error) {
        connection?.close();
        if (over) return;
        failures += 1;
        // One that broke is mended at once, mostly.
        if (failures > 1) trouble = isVigilError(error) ? error : new VigilError('INTERNAL', 'it cannot be listened to', { cause: error });
        const message = describe();
        if (failures === failuresToTell && message !== null) troubled(message);
        retry = setTimeout(() => void attempt(), failures > 1 ? retryMs : firstRetryMs).unref();
        tell(streams);
      }
    };
    void attempt();
  };

  return {
    listen: (stream, listener) => {
      // Each is its own, also when one is given twice.
      const own = (): void => listener();
      const isNew = !listeners.has(stream);
      const others = listeners.get(stream) ?? new Set();
      listeners.set(stream, others.add(own));
      if (isNew) begin();
      return () => {
        if (!others.delete(own) || others.size > 0) return;
        listeners.delete(stream);
        begin();
      };
    },
    follow: (keys) => {
      place = keys;
      begin();
    },
    trouble: describe,
    dispose: () => {
      place = undefined;
      listeners.clear();
      stop();
    },
  };
};
