import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SimulatorOptions } from '../../src/simulator/simulator.js';
import { type BackendSetup, createGatewayRig, type GatewayRig } from './gateway-rig.js';
import { type SymetrySimulator, sampleAuth, startSymetry } from './symetry-simulator.js';

/** How a gateway is started in front of it. */
export interface SymetryGateway {
  /** More keys of the backend in vigil.yaml. */
  readonly backend?: Readonly<Record<string, unknown>>;
  /** More keys of vigil.yaml. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** More backends. */
  readonly others?: readonly BackendSetup[];
}

/** A server and a folder for a store; gateways come and go in front of both. */
export interface SymetryWorld {
  readonly simulator: SymetrySimulator;
  /** On the same store and server; the gateway before it is stopped. The backend is called `sym`. */
  start(gateway?: SymetryGateway): Promise<GatewayRig>;
  stop(): Promise<void>;
  dispose(): Promise<void>;
}

export const createSymetryWorld = async (options: SimulatorOptions = {}): Promise<SymetryWorld> => {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-symetry-'));
  const simulator = await startSymetry(options);
  await simulator.project('irisTest', { models: ['testLDA'] });
  let rig: GatewayRig | undefined;
  const stop = async (): Promise<void> => {
    await rig?.dispose();
    rig = undefined;
  };
  return {
    simulator,
    start: async ({ backend, config, others = [] } = {}) => {
      await stop();
      rig = await createGatewayRig({
        backends: [{ id: 'sym', vendor: 'symetryml', url: simulator.url, config: { auth: sampleAuth, ...backend } }, ...others],
        config: { store: { kind: 'embedded', path: join(folder, 'store') }, ...config },
      });
      return rig;
    },
    stop,
    dispose: async () => {
      await stop();
      await simulator.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
