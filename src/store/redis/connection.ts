import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { Redis } from 'ioredis';
import type { RedisTarget } from '../../domain/index.js';
import { isVigilError, VigilError } from '../../errors.js';
import { describeRedisFault } from './faults.js';

/** What the server may answer with. Text comes as bytes. */
export type Reply = Buffer | number | null | readonly Reply[];
export type Argument = string | number | Buffer;

/** One connection. It is not mended: whoever holds it makes another. */
export interface Connection {
  /** Commands are carried out in the order of asking. Rejects with what `describeRedisFault` makes of the fault, and with TIMEOUT when the server falls silent. */
  call(command: string, ...args: readonly Argument[]): Promise<Reply>;
  /** Resolves once, with the reason, when the connection is gone. */
  readonly lost: Promise<VigilError>;
  /** Idempotent. What is under way is rejected. */
  close(): void;
}

const tlsOptions = ({ host, tls }: RedisTarget): ConnectionOptions | undefined => {
  if (tls === undefined) return undefined;
  const { ca, cert, key, passphrase, rejectUnauthorized = true } = tls;
  return {
    rejectUnauthorized,
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key: key.reveal() }),
    ...(passphrase === undefined ? {} : { passphrase: passphrase.reveal() }),
  };
};

const createClient = (target: RedisTarget, deadlineMs: number): Redis => {
  const tls = tlsOptions(target);
  return new Redis({
    host: target.host,
    port: target.port,
    lazyConnect: true,
    connectTimeout: deadlineMs,
    socketTimeout: deadlineMs,
    disconnectTimeout: 100,
    keepAlive: 10_000,
    // Whether and when to try again, and what to send again, is decided by the store: the client only carries.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    ...(tls === undefined ? {} : { tls }),
  });
};

/** The same, with an error that says nothing else than ERR explained. */
const explained = async (answer: Promise<Reply>, meaning: string): Promise<Reply> => {
  try {
    return await answer;
  } catch (error) {
    if (!isVigilError(error) || !error.message.endsWith(' ERR')) throw error;
    throw new VigilError('INVALID_INPUT', meaning, { path: ['store', 'url'] });
  }
};

/** AUTH and SELECT are sent by hand: ioredis 5.9 prints to the console when a server has no password, and lives on in the wrong database. */
const enter = async ({ call }: Connection, { username, password, database }: RedisTarget): Promise<void> => {
  if (password !== undefined) {
    const user = username === undefined ? [] : [username];
    await explained(call('AUTH', ...user, password.reveal()), 'it does not take the password of `store.url`; perhaps it has none itself');
  }
  if (database !== 0) await explained(call('SELECT', database), `it has no database ${database}`);
};

/** Connects, is let in, and chooses the database. */
export const openConnection = async (target: RedisTarget, deadlineMs: number): Promise<Connection> => {
  const client = createClient(target, deadlineMs);
  let reason: unknown;
  // The reason comes as an event of its own, before the end.
  client.on('error', (error: unknown) => {
    reason ??= error;
  });
  const lost = new Promise<VigilError>((resolve) => {
    client.once('end', () => resolve(describeRedisFault(reason ?? new VigilError('BACKEND_UNAVAILABLE', 'the connection was closed'))));
  });
  const rejected = (error: unknown): VigilError => {
    const isReply = error instanceof Error && error.name === 'ReplyError';
    return describeRedisFault(isReply ? error : (reason ?? error));
  };
  const connection: Connection = {
    call: async (command, ...args) => {
      try {
        return (await client.callBuffer(command, ...args)) as Reply;
      } catch (error) {
        throw rejected(error);
      }
    },
    lost,
    close: () => client.disconnect(),
  };
  try {
    await client.connect();
    await enter(connection, target);
    return connection;
  } catch (error) {
    client.disconnect();
    throw rejected(error);
  }
};
