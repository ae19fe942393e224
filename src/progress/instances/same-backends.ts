import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { Connection } from '../../domain/index.js';
import type { Channel, Leadership } from './instances.js';

/** How to find out whether instances mean the same by the key of a backend. */
export interface SameBackendsOptions {
  readonly connections: readonly Connection[];
  readonly instances: Pick<Leadership, 'missed'>;
  readonly channel: Channel;
  /** For the log. */
  readonly fault: (message: string, cause: unknown) => void;
}

const topic = 'targets';
const targets = z.record(z.string(), z.string());
/** Instances remembered to which that has been said. */
const most = 1_000;

/** Says nothing of the address to whoever reads the log, but whether it is the same. */
const printOf = ({ vendorId, url, auth }: Connection): string =>
  createHash('sha256')
    .update(JSON.stringify([vendorId, url.href, auth.kind === 'hmac' ? auth.customerId : '']))
    .digest('base64url')
    .slice(0, 16);

/**
 * Says so, at both, when another instance asks something else under the same key: two deployments were given one store by mistake, and each shows what the
 * other has read. They are not kept apart, for a backend may move while its instances are restarted one by one. Returns the way out.
 */
export const watchForOtherBackends = ({ connections, instances, channel, fault }: SameBackendsOptions): (() => void) => {
  const own = new Map(connections.map((connection) => [connection.key, printOf(connection)]));
  const told = new LRUCache<string, true>({ max: most });
  const say = (): void => channel.announce(topic, Object.fromEntries(own));
  const waysOut = [
    instances.missed(say),
    channel.hear(topic, (body, from) => {
      const heard = targets.safeParse(body);
      if (!heard.success || told.has(from)) return;
      const others = Object.entries(heard.data).flatMap(([key, print]) => ((own.get(key) ?? print) === print ? [] : [key]));
      if (others.length === 0) return;
      told.set(from, true);
      fault(
        `another instance on this store means something else by the same keys of backends (${others.join(', ')}): each shows what the other reads. Give deployments a store.keyPrefix of their own`,
        undefined,
      );
      // It may not have heard what these are.
      say();
    }),
  ];
  return () => {
    for (const leave of waysOut) leave();
  };
};
