import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { SimulatedUser } from '../simulator/index.js';
import { freePortFrom } from './free-port.js';
import { readConfig } from './read-config.js';

/** What the demo plays on: simulators of every vendor and a gateway over them, with a store that is removed at the end. */
export interface DemoWorld {
  readonly url: string;
  /** Title and URL of what is simulated, by backend key. */
  readonly simulated: ReadonlyMap<string, { readonly title: string; readonly url: string }>;
  dispose(): Promise<void>;
}

/** `elasticsearch-prod` for `elasticsearch-ml`: the last word names a part of the product, not the cluster. */
const backendKeyOf = (simulatorId: string): string => `${simulatorId.replace(/-[^-]+$/, '')}-prod`;
const pollFastMs = 250;

/** Undoes in the opposite order what was done; goes on when one step fails, and reports the first failure. */
const createUndo = () => {
  const steps: (() => Promise<unknown>)[] = [];
  return {
    push: (step: () => Promise<unknown>) => void steps.push(step),
    async run() {
      const failures: unknown[] = [];
      for (let step = steps.pop(); step; step = steps.pop()) await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    },
  };
};

/** What is simulated, as far as a configuration names it. */
interface SimulatedBackend {
  readonly id: string;
  readonly vendor: string;
  readonly url: string;
  /** Who may ask there; absent: everybody. */
  readonly user?: SimulatedUser;
}

const authOf = ({ user }: SimulatedBackend) =>
  user ? { auth: { kind: 'hmac', customerId: user.name, secretKey: user.password ?? '' } } : {};

/** Config that stands in for a vigil.yaml. */
const configText = (port: number, storePath: string, backends: readonly SimulatedBackend[]): string =>
  stringify({
    server: { host: '127.0.0.1', port },
    store: { kind: 'embedded', path: storePath },
    logLevel: 'silent',
    backends: backends.map(({ id, vendor, url, ...rest }) => ({
      id,
      vendor,
      url,
      ...authOf({ id, vendor, url, ...rest }),
      poll: { fastMs: pollFastMs },
    })),
  });

export const createDemoWorld = async (options: { readonly port: number; readonly speed: number }): Promise<DemoWorld> => {
  const undo = createUndo();
  try {
    const [{ simulators }, { createGateway }] = await Promise.all([import('../simulator/index.js'), import('../gateway.js')]);
    const folder = await mkdtemp(join(tmpdir(), 'vigil-demo-'));
    undo.push(() => rm(folder, { recursive: true, force: true }));
    const simulated = new Map<string, { readonly title: string; readonly url: string }>();
    const backends: SimulatedBackend[] = [];
    for (const simulator of simulators) {
      const running = await simulator.start({ port: 0, speed: options.speed });
      undo.push(() => running.dispose());
      const { id: vendor, title, defaultUser } = simulator;
      const id = backendKeyOf(vendor);
      simulated.set(id, { title, url: running.url });
      backends.push({ id, vendor, url: running.url, ...(defaultUser ? { user: defaultUser } : {}) });
    }
    const text = configText(await freePortFrom(options.port), join(folder, 'store'), backends);
    // The environment of whoever tries the demo must not reconfigure it.
    const gateway = await createGateway(await readConfig({ cwd: folder, env: {} }, { text }));
    undo.push(() => gateway.stop());
    return { url: gateway.url, simulated, dispose: undo.run };
  } catch (error) {
    await undo.run();
    throw error;
  }
};
