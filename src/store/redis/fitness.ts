import { VigilError } from '../../errors.js';
import type { Connection } from './connection.js';
import { fieldOf, infoOf } from './info.js';

/** The first with `XTRIM MINID`, without which the journal would grow until Redis is full. */
const leastVersion: readonly [major: number, minor: number] = [6, 2];

const isOlder = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < leastVersion[0] || (major === leastVersion[0] && minor < leastVersion[1]);
};

/** Throws INVALID_INPUT for a server that the store cannot work on, whatever it is given: otherwise it would fail later, and not say why. */
export const refuseUnfit = async (connection: Connection): Promise<void> => {
  const info = await infoOf(connection, 'server');
  const unfit = (reason: string): VigilError => new VigilError('INVALID_INPUT', reason, { path: ['store', 'url'] });
  const mode = fieldOf(info, 'redis_mode') ?? 'standalone';
  if (mode === 'cluster') throw unfit('it is a node of a Redis Cluster; the store needs a Redis of its own');
  if (mode === 'sentinel') throw unfit('it is a Sentinel, which keeps nothing; the store needs the address of the Redis behind it');
  const version = fieldOf(info, 'redis_version') ?? '';
  if (/^\d+\.\d+/.test(version) && isOlder(version))
    throw unfit(`it is Redis ${version}; the store needs ${leastVersion.join('.')} or later`);
};
