import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { persistent, type RealRedis, startRealRedis } from '../real-redis.js';
import { eventually } from './eventually.js';
import { createInstance, type Instance } from './instance.js';
import { type BackendKey, createVendors, type Received, type Vendors } from './vendors.js';

/** Several gateways on one Redis, in front of one simulator of each vendor. */
export interface Instances {
  readonly vendors: Vendors;
  readonly redis: RealRedis;
  readonly all: readonly Instance[];
  /** Those a load balancer would try: also one that sleeps, for nobody has told it. */
  serving(): readonly Instance[];
  /** What the instances have sent to a backend since then, each. */
  sentSince(backend: BackendKey, at: number): ReadonlyMap<Instance, readonly Received[]>;
  /** The one that says it leads a backend, once exactly one does. */
  leaderOf(backend: BackendKey): Promise<Instance>;
  dispose(): Promise<void>;
}

export interface InstancesOptions {
  readonly count?: number;
  /** More keys of `server` in vigil.yaml. */
  readonly server?: Readonly<Record<string, unknown>>;
}

export const createInstances = async ({ count = 3, server }: InstancesOptions = {}): Promise<Instances> => {
  const undo: (() => Promise<unknown>)[] = [];
  const dispose = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'vigil-instances-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const vendors = await createVendors();
    undo.push(() => vendors.dispose());
    const redis = await startRealRedis(persistent);
    undo.push(() => redis.dispose());
    const all: Instance[] = [];
    for (const name of ['a', 'b', 'c', 'd'].slice(0, count)) {
      const instance = await createInstance({ name, folder, vendors, redisPort: redis.port, ...(server ? { server } : {}) });
      undo.push(() => instance.dispose());
      all.push(instance);
    }
    await Promise.all(all.map((instance) => instance.start()));

    const sentSince: Instances['sentSince'] = (backend, at) => {
      const since = vendors.received.filter((request) => request.backend === backend && request.at >= at);
      return new Map(all.map((instance) => [instance, since.filter(instance.sent)]));
    };
    return {
      vendors,
      redis,
      all,
      serving: () => all.filter((instance) => instance.url() !== undefined),
      sentSince,
      leaderOf: async (backend) => {
        const leading = async (): Promise<readonly Instance[]> => {
          const open = all.filter((instance) => instance.url() !== undefined);
          const said = await Promise.all(open.map((instance) => instance.ready()));
          return open.filter((_instance, index) => said[index]?.leads.includes(backend));
        };
        const [leader] = await eventually(leading, ({ length }) => length === 1);
        if (!leader) throw new TypeError(`nobody leads ${backend}`);
        return leader;
      },
      dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
};
