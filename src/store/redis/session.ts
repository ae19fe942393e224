import { randomBytes } from 'node:crypto';
import type { RedisTarget } from '../../domain/index.js';
import { VigilError } from '../../errors.js';
import type { StoreHealth } from '../store.js';
import type { StoreFault } from '../store-fault.js';
import type { Claimant } from './claim.js';
import { describeClockDifference } from './clock-difference.js';
import { type Argument, type Connection, openConnection, type Reply } from './connection.js';
import { judgeDurability } from './durability.js';
import { refuseUnfit } from './fitness.js';
import { type ScriptName, scripts } from './scripts.js';

/** Stamp of the layout below a prefix. A store with another stamp was written by another version of the product. */
const layout = '1';
/** A lease that lapsed so long ago is dropped when a session begins. */
const lapsedLeaseMs = 24 * 60 * 60_000;

/** Names of the server's keys. */
export interface SessionKeys {
  readonly values: string;
  /** Names of the values, for their order. */
  readonly names: string;
  readonly heads: string;
  readonly large: string;
  readonly leases: string;
  readonly pieces: string;
  stream(name: string): string;
  /** Of a value that was put because there was none, by this gateway. */
  mark(id: string): string;
}

const keysOf = (base: string): SessionKeys => ({
  values: `${base}values`,
  names: `${base}names`,
  heads: `${base}heads`,
  large: `${base}large`,
  leases: `${base}leases`,
  pieces: `${base}pieces:`,
  stream: (name) => `${base}stream:${name}`,
  mark: (id) => `${base}put:${id}`,
});

/** A connection that may write. */
export interface Session {
  readonly keys: SessionKeys;
  /** Carries out a script, in the order of asking. Rejects with VigilError when the server or the way to it fails. */
  run(name: ScriptName, keys: readonly string[], ...args: readonly Argument[]): Promise<Reply>;
  /** The highest number of a stream, and the highest fence, that this store ever gave. */
  readonly highest: { readonly number: number; readonly fence: number };
  /** What was set aside when the session began. */
  readonly setAside: StoreFault | undefined;
  /** Holds the right to write for another while, and looks whether the server keeps what it is given. */
  renew(): Promise<StoreHealth>;
  /** As of the beginning. */
  readonly health: StoreHealth;
  readonly lost: Promise<VigilError>;
  /** Gives the right to write back, and closes. */
  end(): Promise<void>;
  /** Closes; the right to write lapses by itself. */
  close(): void;
}

export interface SessionOptions {
  readonly target: RedisTarget;
  readonly prefix: string;
  readonly claimant: Claimant;
  readonly deadlineMs: number;
  readonly claimMs: number;
  /** Instead of the server's; empty: the server's, which this machine's should agree with then. */
  readonly clock: () => string;
}

const text = (reply: Reply | undefined): string => (Buffer.isBuffer(reply) ? reply.toString('utf8') : String(reply ?? ''));

const asideOf = (found: string, aside: string): StoreFault => {
  const version = /^(\S{1,20}) [0-9a-f]+$/.exec(found)?.[1];
  const what =
    version === undefined
      ? 'damaged (its stamp cannot be read)'
      : `of an unknown version (it has ${version}, this product writes ${layout})`;
  return {
    kind: version === undefined ? 'damaged' : 'unknown-version',
    message: `The store in Redis was ${what}. Its stamp was set aside as ${aside}, its data left where they are, and a fresh store begun.`,
  };
};

/** What is written is kept, but the clocks that order it do not agree: worth saying. */
const judge = async (connection: Connection, clock: () => string): Promise<StoreHealth> => {
  const [health, difference] = await Promise.all([
    judgeDurability(connection),
    clock() === '' ? describeClockDifference(connection) : null,
  ]);
  if (!health.durable || difference === null) return health;
  return { ...health, message: [health.message, difference].filter((each) => each !== null).join(' ') };
};

const prepare = async (connection: Connection, { prefix, claimant, claimMs, clock }: SessionOptions): Promise<Session> => {
  const claimKey = `${prefix}gateway:${claimant.gateway}`;
  const token = claimant.nextToken();
  const run: Session['run'] = (name, keys, ...args) =>
    // Without EVAL to fall back on: it would overtake what was asked for before.
    connection.call('EVALSHA', scripts.get(name)?.digest ?? '', keys.length + 1, claimKey, ...keys, token, ...args);
  const aside = `${prefix}store.aside-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  // All of it at once: they are carried out in this order, and a gateway that has lost its connection is in a hurry.
  const fitness = refuseUnfit(connection);
  const preparation = Promise.all([
    ...[...scripts.values()].map(({ source }) => connection.call('SCRIPT', 'LOAD', source)),
    connection.call('SET', claimKey, token, 'PX', claimMs),
    run('area', [`${prefix}store`], layout, randomBytes(6).toString('hex'), aside),
  ]);
  // One that is unfit refuses the rest, too, and does not say why.
  await Promise.allSettled([fitness, preparation]);
  await fitness;
  const prepared = await preparation;
  const area = prepared.at(-1) as readonly Reply[];
  const keys = keysOf(`${prefix}${text(area[0])}:`);
  const [, found, health] = await Promise.all([
    run('sweepLeases', [keys.leases], lapsedLeaseMs, clock()),
    run('highest', [keys.heads, keys.leases]),
    judge(connection, clock),
  ]);
  const highest = found as readonly Reply[];
  return {
    keys,
    run,
    highest: { number: Number(text(highest[0])), fence: Number(text(highest[1])) },
    setAside: area[1] === null ? undefined : asideOf(text(area[1]), aside),
    health,
    renew: async () => {
      await run('renew', [], claimMs);
      return judge(connection, clock);
    },
    lost: connection.lost,
    end: async () => {
      // What cannot be given back lapses by itself.
      await run('yield', []).catch(() => undefined);
      connection.close();
    },
    close: connection.close,
  };
};

/** Connects and takes the right to write. Throws INVALID_INPUT for what only the configuration mends. */
export const openSession = async (options: SessionOptions): Promise<Session> => {
  const connection = await openConnection(options.target, options.deadlineMs);
  try {
    return await prepare(connection, options);
  } catch (error) {
    connection.close();
    throw error;
  }
};

/** The same fault with the server named, without who may enter: for a start that failed. */
export const atTarget = ({ host, port, database }: RedisTarget, fault: VigilError): VigilError =>
  new VigilError(fault.code, `Redis at ${host}:${port}, database ${database}: ${fault.message}.`, fault.facts);
