import type { StoreHealth } from '../store.js';
import type { Connection } from './connection.js';
import { fieldOf, infoOf } from './info.js';

/** `always`, `everysec` or `no`; undefined where the server does not say: hosted ones often keep CONFIG to themselves. */
const flushingOf = async (connection: Connection): Promise<string | undefined> => {
  const answer = await connection.call('CONFIG', 'GET', 'appendfsync').catch(() => undefined);
  return Array.isArray(answer) && answer.length > 1 ? String(answer[1]) : undefined;
};

const weaker = (flushing: string | undefined): string | null => {
  switch (flushing) {
    case 'always':
      return null;
    case 'everysec':
      return 'Redis flushes to its disk once a second: what was written last may be lost when its machine crashes. `appendfsync always` keeps it.';
    case 'no':
      return 'Redis leaves it to its system when to flush to the disk: half a minute may be lost when its machine crashes. `appendfsync always` keeps it.';
    default:
      return 'Redis does not say how often it flushes to its disk: only `appendfsync always` keeps everything when its machine crashes.';
  }
};

/** Only what is to end by itself has an end: what is being received, until it is whole. */
const hasty = (policy: string): string | null =>
  policy.startsWith('volatile-')
    ? `Redis throws away what is being received when its memory is full (${policy}): a result may be lost. Set \`maxmemory-policy noeviction\` at the server.`
    : null;

/** Leases alone are renewed several times a second. One that flushes always ends when its disk is full. */
const growing = 'Redis could not rewrite its log, which goes on growing: its disk may be nearly full.';

/** Whether this server keeps what it is given, as it is set now. */
export const judgeDurability = async (connection: Connection): Promise<StoreHealth> => {
  const [persistence, memory, flushing] = await Promise.all([
    infoOf(connection, 'persistence'),
    infoOf(connection, 'memory'),
    flushingOf(connection),
  ]);
  const policy = fieldOf(memory, 'maxmemory_policy') ?? '';
  if (fieldOf(persistence, 'aof_enabled') !== '1') {
    return {
      durable: false,
      forgetful: true,
      message:
        'Redis keeps no log of what is written: it is lost when Redis stops. Set `appendonly yes` and `appendfsync always` at the server.',
    };
  }
  if (fieldOf(persistence, 'aof_last_write_status') === 'err') {
    return { durable: false, message: 'Redis cannot write its log: its disk may be full.' };
  }
  if (fieldOf(memory, 'maxmemory') !== '0' && policy.startsWith('allkeys-')) {
    return {
      durable: false,
      forgetful: true,
      message: `Redis throws entries away when its memory is full (${policy}). Set \`maxmemory-policy noeviction\` at the server.`,
    };
  }
  const reservations = [
    weaker(flushing),
    fieldOf(memory, 'maxmemory') === '0' ? null : hasty(policy),
    fieldOf(persistence, 'aof_last_bgrewrite_status') === 'err' ? growing : null,
  ];
  return { durable: true, message: reservations.filter((each) => each !== null).join(' ') || null };
};
